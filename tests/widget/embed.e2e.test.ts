// The widget on a host site, its frame from a real coordinator: the headers that let it be there,
// and a unit that is computed in it and accepted.
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '#cli/build.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { agree, button } from './frame-hands.ts';
import {
  type HostSite,
  heard,
  openProfile,
  type Profile,
  serveHost,
  visitHost,
} from './host-site.ts';

const pageFolder = path.resolve(import.meta.dirname, '../../dist');

let site: TestSite;
let host: HostSite;
let profile: Profile;
let coordinator: string;
let project: { project: string; apiKey: string };

beforeAll(async () => {
  await build();
  // One browser on one machine is its own partner here.
  const laboratory = { laboratory: true, tickMs: 200, now: () => Date.now() };
  site = await startTestSite({ pageFolder, ...laboratory });
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  coordinator = site.coordinator.origin();
  host = await serveHost('127.0.0.1');
  profile = await openProfile();
  project = await site.coordinator.addProject({
    name: 'The open library',
    words: 'We index the letters of a public library.',
    origins: ['http://127.0.0.1:*'],
  });
});

afterAll(async () => {
  await profile?.close();
  await host?.close();
  await site?.close();
});

test('the frame may be shown by the project’s origins alone', async () => {
  const embed = (query: string) => fetch(`${coordinator}/embed${query}`);
  const frame = await embed(`?project=${project.project}&lang=ar&theme=dark`);
  expect(frame.status).toBe(200);
  expect(frame.headers.get('content-security-policy')).toMatch(
    /frame-ancestors 'self' http:\/\/127\.0\.0\.1:\*$/,
  );
  expect(frame.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(frame.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(frame.headers.get('x-frame-options')).toBeNull();

  const own = await embed('');
  expect(own.headers.get('content-security-policy')).toMatch(/frame-ancestors 'self'$/);
  const none = await embed('?project=project_none');
  expect(none.status).toBe(404);
  expect(none.headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'$/);

  const module = await fetch(`${coordinator}/widget/idlewild.js`);
  expect(module.headers.get('content-type')).toMatch(/javascript/);
  expect(module.headers.get('access-control-allow-origin')).toBe('*');
  expect(module.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
});

test('a unit is computed in the frame, and accepted', async () => {
  const lines = makeTexts(8).map((text, index) => embedLine(`row-${index}`, text));
  await site.submit(lines, project.apiKey);
  const { page, frame, complaints, close } = await visitHost(
    profile.context,
    { coordinator, host },
    {
      attributes: `project="${project.project}" intensity="full"`,
      headers: {
        'content-security-policy': `default-src 'none'; script-src ${coordinator}; frame-src ${coordinator}`,
        'cross-origin-embedder-policy': 'require-corp',
      },
    },
  );
  expect(await heard(page, 'ready')).toMatchObject({ name: 'The open library', consent: false });
  await agree(frame);
  await heard(page, 'consentchange', { given: true });
  expect(await heard(page, 'progress', { accepted: 1 })).toMatchObject({ units: 1, rows: 8 });
  expect((await heard(page, 'credit')).credit).toBeGreaterThan(0);
  await button(frame, 'Stop').click();
  await heard(page, 'statuschange', { phase: 'stopped' });
  expect(complaints).toEqual([]);
  await close();
});

test('a project without origins is not framed elsewhere', async () => {
  const place = { coordinator, host };
  const { page } = await visitHost(profile.context, place, { isUnanswered: true });
  expect(await heard(page, 'error')).toMatchObject({ code: 'widget/no-answer' });
  await page.close();
});
