// The WebGPU race wherever it runs: in a worker of a browser, or in Node over Dawn. Every side is
// warmed on every case, every rival raced at its best batching, all of them in turn.
import { timeLeft } from '#cli/progress.ts';
import { rowCost } from '#model/cost.ts';
import type { CpuClock, RaceResult, Side } from './race.ts';
import type { PlainCase } from './webgpu-cases.ts';
import { measureCeiling } from './webgpu-ceiling.ts';
import type { AdapterKind, WebgpuOutcome, WebgpuResult } from './webgpu-outcome.ts';
import { openSides, type SideSources, type Sides, settingsOf } from './webgpu-sides.ts';

/**
 * A round on a software adapter takes half a minute: those dtypes that are only shown beside the
 * first run one. On a GPU a round takes a second, on a weak one many: then it is as few as `least`.
 */
const rounds: Record<AdapterKind, { least: number; most: number; beside: number }> = {
  software: { least: 3, most: 3, beside: 1 },
  hardware: { least: 3, most: 12, beside: 12 },
};
const caseMsMax = 20_000;
/** What our side should take on a real GPU: long against a submit, short against patience. */
const setMs = 250;
const calibrationRows = 256;
const sampleRows = 8;

export interface WebgpuHost extends SideSources {
  cases: Record<AdapterKind, PlainCase[]>;
  /** CPU time of all that computes here; a real GPU is timed by the wall's clock instead. */
  cpuMs: CpuClock;
}

export async function raceOnWebgpu(host: WebgpuHost): Promise<WebgpuOutcome> {
  const sides = await openSides(host, toRows(host.cases.software[0]).slice(0, sampleRows));
  const { backend, kind, rivals, skipped } = sides;
  const clock: CpuClock = kind === 'software' ? host.cpuMs : () => performance.now();
  host.onProgress('The integer-dot ceiling');
  const hasDot = host.gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product');
  const ceiling = hasDot ? await measureCeiling(backend.device, clock) : null;
  const keepEvery = kind === 'hardware' ? await fitRows(sides, host.cases[kind]) : 1;
  const results: WebgpuResult[] = [];
  const started = performance.now();
  const cases = host.cases[kind];
  for (const [index, one] of cases.entries()) {
    const rows = toRows(one).filter((_, at) => at % keepEvery === 0);
    const report = (share: number) => {
      const left = timeLeft(index + share, cases.length, performance.now() - started);
      host.onProgress(`${one.name}${left && `, ${left}`}`);
    };
    const raced = await raceCase(sides, rows, { clock, report });
    const cost = rows.reduce((sum, { length }) => sum + rowCost(host.weights.config, length), 0);
    results.push({ name: one.name, rows: rows.length, gigaOperations: (2 * cost) / 1e9, ...raced });
  }
  const cosines = Object.fromEntries(rivals.map(({ dtype, cosine }) => [dtype, cosine]));
  for (const { rival } of rivals) await rival.release();
  const adapter = [backend.adapter, backend.choice?.variant].filter(Boolean).join(', ');
  backend.destroy();
  return { adapter, kind, ceiling, results, cosines, skipped };
}

const toRows = ({ rows }: PlainCase) => rows.map((row) => Uint32Array.from(row));

/** @returns n where every n-th row of a case makes a set of the right size for this GPU */
async function fitRows({ ours }: Sides, [first]: readonly PlainCase[]): Promise<number> {
  const rows = toRows(first);
  const some = rows.slice(0, calibrationRows);
  await ours.encode(some);
  const start = performance.now();
  await ours.encode(some);
  const allMs = ((performance.now() - start) * rows.length) / some.length;
  return Math.min(calibrationRows / 2, Math.max(1, Math.round(allMs / setMs)));
}

interface Watch {
  clock: CpuClock;
  report: (share: number) => void;
}

async function raceCase(
  { kind, ours, rivals }: Sides,
  rows: readonly Uint32Array[],
  { clock, report }: Watch,
): Promise<Pick<RaceResult, 'times' | 'settings'>> {
  const time = async (side: Side) => {
    const start = await clock();
    await side.encode(rows);
    return (await clock()) - start;
  };
  const fastest = [ours];
  // Its first run compiles new shaders; that is no part of any speed.
  await ours.encode(rows);
  for (const rival of rivals)
    fastest.push(await pickFastest(settingsOf(rival, rows, kind), rows, time));
  const { least, most, beside } = rounds[kind];
  const times: Record<string, number[]> = {};
  const started = performance.now();
  for (let round = 0; round < most; round++) {
    if (round >= least && performance.now() - started > caseMsMax) break;
    report((round + 1) / (most + 1));
    for (const [index, side] of fastest.entries()) {
      // Ours and the first rival lead the list.
      if (index > 1 && round >= beside) continue;
      times[side.group] ??= [];
      times[side.group].push(await time(side));
    }
  }
  const settings = Object.fromEntries(fastest.map(({ group, name }) => [group, name]));
  return { times, settings };
}

/** Every setting is warmed on the rows; where there are several, the fastest of two runs wins. */
async function pickFastest(
  settings: readonly Side[],
  rows: readonly Uint32Array[],
  time: (side: Side) => Promise<number>,
): Promise<Side> {
  let best = { side: settings[0], ms: Number.POSITIVE_INFINITY };
  for (const side of settings) {
    await side.encode(rows);
    if (settings.length === 1) break;
    const ms = Math.min(await time(side), await time(side));
    if (ms < best.ms) best = { side, ms };
  }
  return best.side;
}
