// The pairs of `npm run bench -- bounded` in a real Chromium, each in a fresh worker.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { launchChromium } from '#cli/chromium.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { PlainOrder } from './bounded-page.ts';
import type { PairCase, PairResult } from './bounded-pair.ts';
import { servePage } from './serve-page.ts';

export interface ChromiumCase extends PairCase {
  shards: readonly Bytes[];
}

/** JSON would carry a unit of Whisper as ten megabytes of digits. */
async function writeCase(folder: string, at: number, given: ChromiumCase): Promise<PlainOrder> {
  const { name, manifest, shards, rounds } = given;
  for (const [index, bytes] of shards.entries()) {
    await writeFile(path.join(folder, manifest.shards[index].sha256), bytes);
  }
  const requests: PlainOrder['requests'] = [];
  for (const [row, request] of given.requests.entries()) {
    const plain: PlainOrder['requests'][number] = {};
    for (const [input, { shape, data }] of Object.entries(request)) {
      const file = `${at}-${row}-${input}`;
      await writeFile(path.join(folder, file), data);
      plain[input] = { dtype: 'float32', shape, file: `/bench/files/${file}` };
    }
    requests.push(plain);
  }
  return { name, manifest, shards: '/bench/files', requests, rounds };
}

export async function pairInChromium(cases: readonly ChromiumCase[]): Promise<PairResult[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-bounded-'));
  const server = await servePage('tests/bench/bounded-page.ts', { files: folder });
  const browser = await launchChromium({ webgpu: false });
  try {
    const page = await browser.newPage();
    const session = await browser.newBrowserCDPSession();
    await page.exposeFunction('readCpuMs', async () => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer');
      return 1000 * renderers.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    });
    await page.goto(server.page, { waitUntil: 'load' });
    const results: PairResult[] = [];
    for (const [at, given] of cases.entries()) {
      const order = await writeCase(folder, at, given);
      results.push(await page.evaluate((one) => globalThis.runBounded(one), order));
    }
    return results;
  } finally {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

declare global {
  var runBounded: (order: PlainOrder) => Promise<PairResult>;
}
