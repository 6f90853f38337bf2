// The page for site owners: choices become a live widget and its snippet, with the digest of the
// very module that the coordinator serves; and the example of a host page works as it is served.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agree } from './frame-hands.ts';
import { openProfile, type Profile } from './host-site.ts';
import { type FrameSite, project, serveFrame } from './serve-frame.ts';

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

test('choices show in the preview and in the snippet', async () => {
  const page = await profile.context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const json = { data: [{ id: project.id, name: project.name }] };
  await page.route('**/v1/projects', (route) => route.fulfill({ json }));
  await page.goto(`${site.coordinator}/widget.html`);

  await page.getByLabel('Project').selectOption(project.name);
  await page.getByLabel('Mode').selectOption('compact');
  await page.getByLabel('Intensity').selectOption('gentle');
  await page.getByLabel('Theme').selectOption('dark');
  await page.getByLabel('Language').selectOption('ar');
  const widget = page.locator('idlewild-contributor');
  expect(await widget.evaluate((element) => element.outerHTML)).toBe(
    '<idlewild-contributor project="project_library" mode="compact" intensity="gentle" ' +
      'theme="dark" lang="ar"></idlewild-contributor>',
  );
  const frame = page.frameLocator('idlewild-contributor iframe');
  await frame.locator('html[data-theme="dark"][lang="ar"][dir="rtl"]').waitFor();
  expect(await page.locator('idlewild-contributor iframe').boundingBox()).toMatchObject({
    width: 320,
    height: 72,
  });
  await page.locator('#log').getByText('ready').waitFor();

  const built = await readFile(path.join(site.folder, 'widget/integrity.json'), 'utf8');
  await page.locator('#snippet').getByText(JSON.parse(built).integrity).waitFor();
  expect(await page.locator('#snippet').textContent()).toContain(
    '<idlewild-contributor project="project_library" mode="compact" intensity="gentle" ' +
      `theme="dark" lang="ar">\n  <a href="${site.coordinator}/">` +
      'Lend your idle machine to The open library</a>\n</idlewild-contributor>',
  );
  expect(await page.locator('#tables').getByText('CustomEvent<CreditDetail>').count()).toBe(1);

  await profile.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByText('Copied.').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    await page.locator('#snippet').textContent(),
  );
  expect(complaints).toEqual([]);
  await page.close();
});

test('the example host page starts and hears', async () => {
  const page = await profile.context.newPage();
  await page.goto(`${site.coordinator}/embed.html`);
  await page.getByText('Ready, for The open library.').waitFor();
  await page.locator('#start').click();
  await page.getByText('(consent/needed)').waitFor();
  await agree(page.frameLocator('iframe'));
  await page.getByText('Connecting').waitFor();
  await page.close();
});
