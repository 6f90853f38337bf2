// The operator's page as it is shipped, under the strictest policy, with a coordinator that says what
// a test wants: the gate, the figures, what is done and what is asked first; narrow and wide, light
// and dark.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { busy, health, keys, projects, quiet } from './admin-answers.ts';
import { openBrowser, words } from './serve-page.ts';

const root = path.resolve(import.meta.dirname, '../..');
const token = 'correct-horse-battery-staple';
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'";

let folder: string;
let server: PreviewServer;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-admin-'));
  const shared = { root, configFile: false, logLevel: 'warn' } as const;
  const input = path.join(root, 'admin.html');
  const target = { outDir: folder, emptyOutDir: false, modulePreload: false } as const;
  await build({ ...shared, build: { ...target, rolldownOptions: { input } } });
  const headers = { 'content-security-policy': policy };
  server = await preview({
    ...shared,
    build: { outDir: folder },
    preview: { port: 0, host: '127.0.0.1', headers },
  });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  method: string;
  path: string;
  body: unknown;
}

/** The page before a coordinator that answers `overview`, and keeps what it was asked to do. */
async function visit(overview: object, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const asked: Asked[] = [];
  const complaints: string[] = [];
  /** What the next acts are answered. */
  const refusals: { message: string; param: string | null }[] = [];
  page.on('console', (message) => {
    const expected = /status of (400|401|403|503)|ERR_FAILED/.test(message.text());
    if (message.type() === 'error' && !expected) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  const answers: Record<string, object> = {
    '/v1/admin/overview': overview,
    '/v1/admin/projects': { data: projects },
    '/v1/admin/keys': { data: keys },
  };
  await page.route('**/v1/admin/**', async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (request.headers().authorization !== `Bearer ${token}`) {
      return route.fulfill({ status: 401, json: { error: { message: 'Not the token.' } } });
    }
    if (request.method() === 'POST') {
      const refusal = refusals.shift();
      if (refusal) return route.fulfill({ status: 400, json: { error: refusal } });
      asked.push({ method: 'POST', path: pathname, body: request.postDataJSON() });
      return route.fulfill({ json: { name: 'A new one', api_key: 'sk-idlewild-told-once' } });
    }
    return route.fulfill({ json: answers[pathname] });
  });
  await page.route('**/readyz', (route) => route.fulfill({ status: 503, json: health }));
  await page.goto(new URL('admin.html', server.resolvedUrls?.local[0]).href);
  return { page, asked, complaints, refusals };
}

async function open(page: Page): Promise<void> {
  await page.getByLabel('Admin token').fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { name: 'Queue' }).waitFor();
}

test('asks for the token, keeps it for the tab alone, and forgets it', async () => {
  const { page, complaints } = await visit(quiet);
  await page.getByLabel('Admin token').fill('wrong');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('Not the token.').waitFor();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  await open(page);
  expect(await page.evaluate('[localStorage.length, document.cookie]')).toEqual([0, '']);
  await page.reload();
  await page.getByRole('heading', { name: 'Queue' }).waitFor();
  await page.getByRole('button', { name: 'Forget the token' }).click();
  expect(await page.evaluate('sessionStorage.length')).toBe(0);
  expect(await page.locator('#desk').isVisible()).toBe(false);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('an empty coordinator says what will be here', async () => {
  const { page, complaints } = await visit(quiet);
  await open(page);
  const text = await words(page.locator('#desk'));
  for (const line of [
    'No batch yet',
    'Nobody has computed here yet',
    'No result was proved wrong',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toContain('log fails: 1399416 leaves');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('figures that are old say so, until the coordinator answers again', async () => {
  const { page } = await visit(busy);
  await page.clock.install();
  await open(page);
  const overview = '**/v1/admin/overview';
  await page.route(overview, (route) => route.abort());
  await page.clock.runFor(5_000);
  await page.getByText('The coordinator does not answer. These figures are from before.').waitFor();
  expect(await words(page.locator('#queue'))).toContain('912,344');
  await page.unroute(overview);
  await page.clock.runFor(5_000);
  await expect.poll(() => page.locator('#notice').textContent()).toBe('');
  await page.context().close();
});

test('shows the queue, the crowd, the books and the hour', async () => {
  const { page } = await visit(busy);
  await open(page);
  expect(await words(page.locator('#queue'))).toMatch(/Open units\s+912,344/);
  const row = page.getByRole('row').filter({ hasText: 'in progress' });
  expect(await words(row)).toContain('120,000 of 400,000');
  const banned = page.locator('#contributors').getByRole('row').filter({ hasText: 'banned' });
  expect(await words(banned)).toMatch(/0xdddd…dddd/);
  expect(await words(page.locator('#books'))).toMatch(/Credit earned\s+48.1 billion/);
  expect(await page.getByRole('img').getAttribute('aria-labelledby')).toBe('chart-words');
  expect(await words(page.locator('#chart-words'))).toMatch(/Last 60 minutes.*\d verdicts/);
  expect(await page.locator('#chart .rejected').count()).toBe(4);
  await page.context().close();
});

test('asks first, wants a reason for a ban, and sends both', async () => {
  const { page, asked } = await visit(busy);
  await open(page);
  await page.getByRole('button', { name: 'Lift the ban' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Lift the ban' }).click();
  expect(await dialog.isVisible()).toBe(true);
  await dialog.getByRole('button', { name: 'Not now' }).click();
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: 'Lift the ban' }).click();
  await dialog.getByLabel('Reason').fill('a sick card');
  await dialog.getByRole('button', { name: 'Lift the ban' }).click();
  await expect.poll(() => asked.length).toBe(1);
  const id = `0x${'d'.repeat(40)}`;
  expect(asked[0]).toMatchObject({
    path: `/v1/admin/contributors/${id}/unban`,
    body: { reason: 'a sick card' },
  });
  await page.getByRole('button', { name: 'Cancel' }).first().click();
  await dialog.getByRole('button', { name: 'Cancel the batch' }).click();
  await expect.poll(() => asked.at(-1)?.path).toMatch(/batches\/batch_1+\/cancel$/);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke the key' }).click();
  await expect.poll(() => asked.at(-1)?.path).toBe(`/v1/admin/keys/${keys[0].id}/revoke`);
  await page.context().close();
});

test('a new key is told once, in words', async () => {
  const { page, asked } = await visit(busy);
  await open(page);
  await page.getByLabel('Name of a new project').fill('Letters');
  await page.getByRole('button', { name: 'Add project' }).click();
  await page.getByText('sk-idlewild-told-once It is shown this once').waitFor();
  expect(asked).toEqual([
    { method: 'POST', path: '/v1/admin/projects', body: { name: 'Letters' } },
  ]);
  await page.context().close();
});

test('edits a project by keyboard, sends what was changed, and says what is wrong beside it', async () => {
  const { page, asked, complaints, refusals } = await visit(busy);
  await open(page);
  const edit = page.locator('#projects').getByRole('button', { name: 'Edit' }).nth(1);
  await edit.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Edit The open library' });
  const active = () => page.evaluate('document.activeElement.id');
  await expect.poll(active).toBe('project-field-name');
  expect(await dialog.getByLabel('Its texts').inputValue()).toBe('public');
  expect(await dialog.getByLabel('all-MiniLM-L6-v2').isChecked()).toBe(true);
  expect(await dialog.getByLabel('bbbb…bbbb, not served now').isChecked()).toBe(true);
  expect(await dialog.getByLabel('Open', { exact: true }).isChecked()).toBe(false);

  const origins = dialog.getByLabel('Origins that may embed it');
  await origins.fill('https://library.example\n\nhttp://elsewhere.example');
  await dialog.getByLabel('Reason').fill('asked for');
  const message = "'origins.1': must be an origin such as https://example.org.";
  refusals.push({ message, param: 'origins.1' });
  await page.keyboard.press('Enter');
  await dialog.getByText('“http://elsewhere.example” must be an origin').waitFor();
  await expect.poll(active).toBe('project-field-origins');
  expect(await origins.getAttribute('aria-invalid')).toBe('true');
  expect(await origins.evaluate((field) => field.getAttribute('aria-describedby'))).toContain(
    'project-fault-origins',
  );
  refusals.push({ message: 'The coordinator failed.', param: null });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('alert').getByText('The coordinator failed.').waitFor();
  expect(await origins.getAttribute('aria-invalid')).toBeNull();

  await origins.fill('*');
  await dialog.getByLabel('Open', { exact: true }).check();
  await dialog.getByLabel('bbbb…bbbb, not served now').uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(asked).toEqual([
    {
      method: 'POST',
      path: `/v1/admin/projects/${projects[1].id}/set`,
      body: { origins: ['*'], open: true, models: ['a3f1'.repeat(16)], reason: 'asked for' },
    },
  ]);
  await expect
    .poll(() => page.evaluate('document.activeElement.dataset.key'))
    .toBe(`edit ${projects[1].id}`);
  // Left as it was, nothing is asked; Escape leaves too.
  await edit.press('Enter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await edit.press('Enter');
  await dialog.getByLabel('Name').fill('Lost');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(asked).toHaveLength(1);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test.each([
  [320, 'light'],
  [320, 'dark'],
  [1440, 'light'],
  [1440, 'dark'],
] as const)('nothing is cut off at %i px, %s', async (width, colorScheme) => {
  const { page, complaints } = await visit(busy, {
    viewport: { width, height: 900 },
    colorScheme,
  });
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  const look = async (name: string) => {
    expect(await page.evaluate(overflow), name).toBe(0);
    const folder = process.env.IDLEWILD_PICTURES;
    const path = `${folder}/admin-${name}-${width}-${colorScheme}.png`;
    if (folder) await page.screenshot({ path, fullPage: true });
  };
  await look('gate');
  await open(page);
  await look('desk');
  await page.getByRole('button', { name: 'Lift the ban' }).click();
  await look('ask');
  await page.getByRole('button', { name: 'Not now' }).click();
  await page.getByRole('button', { name: 'Edit' }).last().click();
  await look('project');
  expect(complaints).toEqual([]);
  await page.context().close();
});
