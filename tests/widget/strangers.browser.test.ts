// Neither side of the widget listens to strangers: other windows, other origins, sites that the
// project does not name; and a browser that keeps frames from storing is told apart.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { button, method } from './frame-hands.ts';
import { allHeard, heard, openProfile, type Profile, visitHost } from './host-site.ts';
import { asked, type FrameSite, serveFrame } from './serve-frame.ts';

let site: FrameSite;
let profile: Profile;

beforeAll(async () => {
  site = await serveFrame();
  profile = await openProfile();
});

afterAll(async () => {
  await profile?.close();
  await site?.close();
});

beforeEach(() => {
  site.origins = ['http://localhost:*'];
});

test('strangers are not heard, on either side', async () => {
  const { page, frame, complaints, close } = await visitHost(profile.context, site);
  await heard(page, 'ready');
  const said = (await allHeard(page)).length;
  const forged = { idlewild: 1, type: 'event', name: 'credit', detail: { credit: 9, held: 0 } };
  // The host page itself, and a frame of the host's own origin, are not the coordinator's frame.
  await page.evaluate(async (message) => {
    window.postMessage(message, '*');
    const other = document.createElement('iframe');
    other.srcdoc = `<script>parent.postMessage(${JSON.stringify(message)}, '*')</script>`;
    const loaded = new Promise((resolve) => other.addEventListener('load', resolve));
    document.body.append(other);
    await loaded;
  }, forged);
  // Nor does the frame listen to a window that is not its parent.
  await frame.locator('body').evaluate(() => {
    window.postMessage({ idlewild: 1, type: 'start' }, '*');
  });
  // Malformed messages of the right window are no event either.
  await frame.locator('body').evaluate(() => {
    const send = (message: object) => window.parent.postMessage(message, '*');
    send({ idlewild: 1, type: 'event', name: 'credit', detail: { credit: 'much', held: 0 } });
    send({ idlewild: 2, type: 'event', name: 'credit', detail: { credit: 1, held: 0 } });
    send({ idlewild: 1, type: 'event', name: 'constructor', detail: {} });
    send({
      idlewild: 1,
      type: 'event',
      name: 'credit',
      detail: { credit: 7, held: 7, account: 1 },
    });
  });
  expect(await heard(page, 'credit', { credit: 7 })).toEqual({ credit: 7, held: 7 });
  expect((await allHeard(page)).length).toBe(said + 1);
  expect(await asked(frame)).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('a site that the project does not name cannot frame it', async () => {
  site.origins = ['https://elsewhere.example'];
  const { page, complaints } = await visitHost(profile.context, site, { isUnanswered: true });
  expect(await heard(page, 'error')).toMatchObject({ code: 'widget/no-answer' });
  await page.getByRole('link', { name: 'Instead' }).waitFor();
  expect(complaints.join()).toContain('frame-ancestors');
  await page.close();
});

test('and where a browser framed it all the same, it tells that site nothing', async () => {
  const { page, frame, close } = await visitHost(profile.context, site, {
    before: `<script>addEventListener('DOMContentLoaded', () => {
      const widget = document.querySelector('idlewild-contributor');
      widget.coordinator = '${site.coordinator}';
    })</script>`,
  });
  // The data block names others than the header did.
  await page.route(`${site.coordinator}/embed*`, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    await route.fulfill({
      response,
      body: html.replace('"origins":["http://localhost:*"]', '"origins":["https://a.example"]'),
    });
  });
  await page.reload();
  await frame.getByText('does not let').waitFor();
  expect(await button(frame, 'Start').count()).toBe(0);
  expect(await allHeard(page)).toEqual([]);
  await close();
});

test('where the browser gives frames no storage, it says so and offers the way out', async () => {
  // A private window: Chromium keeps frames of other sites from storing anything there.
  const private_ = await launchPatiently({ webgpu: false });
  const { page, frame } = await visitHost(await private_.newContext(), site);
  await heard(page, 'ready');
  await frame.getByText('store nothing').waitFor();
  expect(await button(frame, 'Start').count()).toBe(0);
  const link = frame.getByRole('link', { name: 'Open its own page' });
  expect(await link.getAttribute('target')).toBe('_blank');
  await method(page, 'start');
  await heard(page, 'error', { code: 'frame/no-storage' });
  await private_.close();
});
