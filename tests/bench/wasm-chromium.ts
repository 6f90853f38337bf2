// The race of `npm run bench -- wasm` in a real Chromium: all sides in one worker, then our fast
// lane in one worker a core, which share nothing.
import os from 'node:os';
import type { Page } from 'playwright-core';
import { launchChromium } from '#cli/chromium.ts';
import type { RaceCase, RaceResult } from './race.ts';
import { type Folders, servePage } from './serve-page.ts';

export interface ChromiumRace {
  fastLane: string;
  /** Our sides. */
  names: string[];
  results: RaceResult[];
  workers: { count: number; rows: number; one: number[]; all: number[] };
}

/** JSON keeps no typed arrays. */
const plain = (rows: readonly Uint32Array[]) => rows.map((row) => [...row]);

export async function raceInChromium(
  folders: Folders,
  cases: readonly RaceCase[],
  batches: readonly number[],
): Promise<ChromiumRace> {
  const server = await servePage('tests/bench/wasm-page.ts', folders);
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
    const given = cases.map(({ name, rows }) => ({ name, rows: plain(rows) }));
    const run = await call<Omit<ChromiumRace, 'workers'>>(page, 'raceInWorker', [given, batches]);
    const count = Math.min(os.availableParallelism(), 2);
    const { rows } = cases[1];
    const workers = await call<{ one: number[]; all: number[] }>(page, 'raceWorkers', [
      count,
      plain(rows),
    ]);
    return { ...run, workers: { count, rows: rows.length, ...workers } };
  } finally {
    await browser.close();
    await server.close();
  }
}

function call<Result>(page: Page, name: string, values: unknown[]): Promise<Result> {
  return page.evaluate(
    ([name, values]) =>
      (globalThis as unknown as Record<string, (...all: unknown[]) => Promise<Result>>)[name](
        ...values,
      ),
    [name, values] as const,
  );
}
