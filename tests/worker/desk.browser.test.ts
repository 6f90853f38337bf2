// The account's desk in a real Chromium, against the real coordinator on the page's own origin: its own
// Ed25519 and P-256, kernels in a thread of their own, and a deletion that leaves no database and no file.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VerdictLine, VerifyReport, VerifyStep } from '#worker/status.ts';
import { launchPatiently } from '../cli/patient-chromium.ts';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';
import { serveHarness } from './serve-harness.ts';
import { submitTexts } from './site-lab.ts';

let server: Awaited<ReturnType<typeof serveHarness>>;
let site: TestSite;
let browser: Browser;

beforeAll(async () => {
  server = await serveHarness(async (url, { headers, body }) => {
    const answer = await site.coordinator.inject({
      method: body.length > 0 ? 'POST' : 'GET',
      url: url.pathname + url.search,
      headers: Object.fromEntries(headers),
      ...(body.length > 0 ? { payload: Buffer.from(body) } : {}),
    });
    const type = String(answer.headers['content-type']);
    const init = { status: answer.statusCode, headers: { 'content-type': type } };
    return new Response(new Uint8Array(answer.rawPayload), init);
  });
  site = await startTestSite({ origin: server.origin });
  browser = await launchPatiently({ webgpu: false });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await site?.close();
});

async function open(page: Page): Promise<Page> {
  await page.goto(`${server.origin}/harness`);
  await page.waitForFunction('globalThis.harness');
  return page;
}

const start = (page: Page) =>
  page.evaluate(
    `harness.contributor.start(
      { backend: 'wasm', unitsMax: 0, settings: harness.settings }, null)`,
  );

/** The first receipt; the coordinator's clock goes on meanwhile, so that its partner confirms. */
async function earn(page: Page): Promise<VerdictLine> {
  for (;;) {
    const line = await page.evaluate<VerdictLine | null>(
      `harness.statuses.at(-1).verdicts.find(({ state, receipt }) =>
        state === 'accepted' && receipt) ?? null`,
    );
    if (line) return line;
    site.clock.now += 1_000;
    await site.coordinator.settle();
  }
}

/** What this origin still keeps in the browser. */
const kept = (page: Page) =>
  page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const root = await navigator.storage.getDirectory();
    const files: string[] = [];
    for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) {
      files.push(name);
    }
    return { databases: databases.map(({ name }) => name), files };
  });

test('a receipt is checked to the byte, and then nothing of the visit is left', async () => {
  const context = await browser.newContext();
  const page = await open(await context.newPage());
  const other = await open(await context.newPage());
  await submitTexts(site, 64);
  await start(page);
  const { lease } = await earn(page);
  await site.coordinator.settle();
  // Another tab that has used the store must not hold the database open.
  await other.evaluate(`harness.contributor.clearCache().catch(() => {})`);
  const { report, running } = await page.evaluate<{ report: VerifyReport; running: VerifyStep[] }>(
    `(async () => {
      const running = [];
      const hear = (step) => { if (step.share !== null) running.push(step); };
      return { report: await harness.contributor.verify('${lease}', hear), running };
    })()`,
  );
  expect(report.steps.map(({ code }) => code)).toEqual([
    'receipt/holds',
    'signature/holds-new-key',
    'inclusion/holds-sealed',
    'result/holds',
    'wallet/holds',
    'credit/holds',
    'recompute/holds',
  ]);
  expect(report.steps[6].values).toMatchObject({ backend: 'wasm' });
  expect(running.at(-1)).toMatchObject({ code: 'recompute/computing', share: 1 });
  expect(await kept(page)).toMatchObject({ databases: ['idlewild'], files: ['idlewild-shards'] });
  const deleted = await page.evaluate(`harness.contributor.deleteData('everywhere')`);
  expect(deleted).toMatchObject({ atCoordinator: true });
  expect(await kept(page)).toEqual({ databases: [], files: [] });
  // The same worker can begin anew, as somebody whom nobody knows.
  await start(page);
  await page.waitForFunction(`harness.statuses.at(-1).phase === 'waiting'`);
  expect(await page.evaluate(`harness.statuses.at(-1).totals.accepted`)).toBe(0);
  await page.evaluate('harness.contributor.stop()');
  await context.close();
});
