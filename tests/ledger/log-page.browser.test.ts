// A page that follows the log by itself, in a real Chromium: tiles, consistency and Ed25519 by
// WebCrypto; and what it says where the platform has no Ed25519.
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toBase64 } from '#protocol/signed-note-base64.ts';
import { formatVerifierKey } from '#protocol/signed-note-key.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { entryAt, type LabLog, logSigner, makeLabLog, makeLogOf, origin } from './log-lab.ts';
import type { Visit } from './log-page-visit.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      // What it fetches only where it must is one more file.
      rollupOptions: { output: { codeSplitting: false } },
      lib: { entry: path.join(import.meta.dirname, 'log-page-visit.ts'), formats: ['es'] },
    },
  });
  const [{ output }] = built as { output: { code: string }[] }[];
  script = output[0].code;
  browser = await launchPatiently({ webgpu: false });
});

afterAll(async () => {
  await browser?.close();
});

async function openAt(url: string): Promise<Page> {
  const page = await browser.newPage();
  const body = `<!doctype html><script type="module">${script}</script>`;
  await page.route('**/*', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body }),
  );
  await page.goto(url);
  await page.waitForFunction(() => 'visit' in globalThis);
  return page;
}

function see(page: Page, log: LabLog, remembered: Uint8Array | null, latest = log.checkpoint()) {
  const tiles = Object.fromEntries([...log.tiles].map(([path, bytes]) => [path, toBase64(bytes)]));
  const key = formatVerifierKey(logSigner.key);
  const memory = remembered && toBase64(remembered);
  const visited: Visit = { origin, key, remembered: memory, latest: toBase64(latest), tiles };
  return page.evaluate((all) => {
    return (globalThis as unknown as { visit(all: Visit): Promise<string> }).visit(all);
  }, visited);
}

test('an honest log is trusted, a forked, bent or shrunken one is not', async () => {
  const page = await openAt('http://localhost/');
  const log = makeLogOf(300);
  const first = log.checkpoint();
  expect(await see(page, log, null)).toBe('trusted');
  log.append(Array.from({ length: 300 }, (_, i) => entryAt(300 + i)));
  expect(await see(page, log, first)).toBe('trusted');
  expect(await see(page, makeLogOf(299), first)).toBe('log/older');
  const changed = [...log.entries.slice(0, 7), entryAt(0), ...log.entries.slice(8)];
  expect(await see(page, makeLabLog(changed), first)).toBe('log/unproven');
  expect(await see(page, makeLabLog(changed.slice(0, 300)), first)).toBe('log/forked');
  const bent = log.checkpoint();
  bent[bent.length - 6] ^= 1;
  expect(await see(page, log, first, bent)).toBe('log/bad-signature');
});

test('a page that is not secure has no Ed25519, and says so', async () => {
  const page = await openAt('http://idlewild.test/');
  expect(await page.evaluate(() => isSecureContext)).toBe(false);
  expect(await see(page, makeLogOf(3), null)).toBe('log/unsupported');
});
