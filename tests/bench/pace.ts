// `npm run bench -- pace`: what share of the time a real tab computes at each level, how long its
// slices are, and how long Stop takes in the middle of a unit. The whole contributor runs, with
// its signing, its storage and its calls to a coordinator; on WASM, and on WebGPU in software.
import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '#cli/chromium.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { serveHarness } from '../worker/serve-harness.ts';
import { StrictCoordinator } from '../worker/strict-coordinator.ts';
import type { PacePage } from './pace-page.ts';
import type { TimedSlice } from './pace-worker.ts';
import { type BenchReport, type BenchRow, describeMachine } from './report.ts';

/** 100 first: the others' CPU time is compared with its. */
const duties = [100, 75, 50, 25, 10, 5];
const warmMs = 1_500;
const windowMs = 8_000;
/** At the low levels a window must hold enough slices. */
const lowWindowMs = 30_000;
const lowDuty = 10;
const stops = 3;
const sliceMsBound = 50;
const stopMsBound = 1_000;

/** MiniLM's shape with random weights. */
const config = {
  ...syntheticConfig,
  vocabularySize: 1024,
  positions: 128,
  tokensMax: 128,
  hiddenSize: 384,
  intermediateSize: 1536,
  heads: 12,
  layers: 6,
};
const unitRows = new Array<number>(32).fill(128);

type BackendName = 'wasm' | 'webgpu';

interface Bench {
  page: Page;
  /** Milliseconds of CPU that the tab, or the GPU's process, has spent. */
  cpuMs(backend: BackendName): Promise<number>;
}

interface Level {
  duty: number;
  wallMs: number;
  cpuMs: number;
  slices: TimedSlice[];
  stopMs: number;
}

export async function pace(): Promise<BenchReport> {
  let coordinator: StrictCoordinator | null = null;
  const server = await serveHarness(async (url, { body }) => {
    if (!coordinator) throw new Error('No coordinator yet.');
    return coordinator.fetch(url, { body: new Uint8Array(body) });
  }, 'tests/bench/pace-page.ts');
  coordinator = new StrictCoordinator(server.origin, config);
  coordinator.checks = false;
  for (let unit = 0; unit < 200; unit++) coordinator.addUnit(unitRows);
  const browser = await launchChromium({ webgpu: true });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/harness`);
    await page.waitForFunction('globalThis.pacePage');
    const bench = { page, cpuMs: await cpuClock(browser) };
    const rows: BenchRow[] = [];
    for (const backend of ['wasm', 'webgpu'] as const) {
      rows.push(...(await measureBackend(bench, backend)));
    }
    return { bench: 'pace', machine: describeMachine(), rows };
  } finally {
    await browser.close();
    await server.close();
  }
}

async function cpuClock(browser: Browser): Promise<Bench['cpuMs']> {
  const session = await browser.newBrowserCDPSession();
  return async (backend) => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const type = backend === 'wasm' ? 'renderer' : 'GPU';
    const ours = processInfo.filter((one) => one.type === type);
    return 1000 * ours.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
}

async function measureBackend(bench: Bench, backend: BackendName): Promise<BenchRow[]> {
  const name = backend === 'wasm' ? 'WASM' : 'WebGPU';
  const rows: BenchRow[] = [];
  let full: Level | null = null;
  for (const duty of duties) {
    const level = await measureLevel(bench, backend, duty);
    full ??= level;
    const found = toRows(name, level, full);
    // It takes minutes: each level is told as it comes.
    for (const { case: what, unit, ours } of found) {
      process.stderr.write(`${what}: ${ours} ${unit}\n`);
    }
    rows.push(...found);
  }
  return rows;
}

/** What pace-page.ts put on the page. */
function call<Result>(page: Page, name: keyof PacePage, values: unknown[] = []): Promise<Result> {
  return page.evaluate(
    ([name, values]) =>
      (
        globalThis as unknown as { pacePage: Record<string, (...all: unknown[]) => Result> }
      ).pacePage[name](...values),
    [name, values] as const,
  );
}

const takeSlices = (page: Page) => call<{ slices: TimedSlice[]; now: number }>(page, 'takeSlices');

/** Starts, and waits until slices come. */
async function start(page: Page, backend: BackendName, duty: number): Promise<void> {
  await call(page, 'start', [backend, duty]);
  while ((await takeSlices(page)).slices.length === 0) await setTimeout(100);
  await setTimeout(warmMs);
}

async function measureLevel(bench: Bench, backend: BackendName, duty: number): Promise<Level> {
  const { page } = bench;
  await start(page, backend, duty);
  const [cpuBefore, { now: begin }] = [await bench.cpuMs(backend), await takeSlices(page)];
  await setTimeout(duty <= lowDuty ? lowWindowMs : windowMs);
  const [{ slices, now: end }, cpuAfter] = [await takeSlices(page), await bench.cpuMs(backend)];
  let stopMs = await call<number>(page, 'stop');
  for (let stop = 1; stop < stops; stop++) {
    await start(page, backend, duty);
    // Not always in the same part of a slice and its rest.
    await setTimeout(Math.random() * 500);
    stopMs = Math.max(stopMs, await call<number>(page, 'stop'));
  }
  return { duty, wallMs: end - begin, cpuMs: cpuAfter - cpuBefore, slices, stopMs };
}

function toRows(name: string, level: Level, full: Level): BenchRow[] {
  const { duty, wallMs, cpuMs, slices, stopMs } = level;
  const lengths = slices.map(({ ms }) => ms).sort((a, b) => a - b);
  const share = (100 * lengths.reduce((sum, ms) => sum + ms, 0)) / wallMs;
  // The tab has one thread that computes; a GPU in software has several, and its full share differs.
  const fullCpu = name === 'WASM' ? 1 : full.cpuMs / full.wallMs;
  const cpuShare = (100 * (cpuMs / wallMs)) / fullCpu;
  const at = (part: number) => lengths[Math.floor(part * (lengths.length - 1))];
  const about = `${name}, level ${duty} %`;
  const toLevel = { unit: '% of the time', rival: duty, rivalName: 'the level asked for' };
  const below = (ours: number, rival: number, rivalName: string) => ({
    ...{ unit: 'ms', ours: round(ours), rival, rivalName, spread: null },
    ratio: round(rival / ours, 2),
  });
  return [
    {
      case: `${about}, in slices`,
      ...toLevel,
      ours: round(share),
      ratio: round(share / duty, 3),
      spread: round(spreadOf(slices), 2),
    },
    {
      case: `${about}, CPU time of ${name === 'WASM' ? 'the tab' : 'the GPU against level 100 %'}`,
      ...toLevel,
      ours: round(cpuShare),
      ratio: round(cpuShare / duty, 3),
      spread: null,
    },
    { case: `${about}, slices, median`, ...below(at(0.5), sliceMsBound, 'the bound') },
    { case: `${about}, slices, 95th percentile`, ...below(at(0.95), sliceMsBound, 'the bound') },
    { case: `${about}, Stop, longest of ${stops}`, ...below(stopMs, stopMsBound, 'a second') },
  ];
}

/** Of the share, between the four quarters of the window. */
function spreadOf(slices: TimedSlice[]): number {
  if (slices.length < 8) return 0;
  const [first, last] = [slices[0].at, slices[slices.length - 1].at];
  const shares = [0, 0, 0, 0];
  for (const { at, ms } of slices.slice(1)) {
    shares[Math.min(3, Math.floor((4 * (at - first)) / (last - first)))] += ms;
  }
  const sum = shares.reduce((a, b) => a + b);
  return (Math.max(...shares) - Math.min(...shares)) / (sum / 4);
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits));
