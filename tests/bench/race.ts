// A race of encoders over the same rows, in Node and in a browser alike: every side computes the
// rows once a round, in turn, and is charged its CPU time.

export interface Side {
  name: string;
  /** Sides of one group are settings of one program: only the fastest of them runs the rounds. */
  group: string;
  /** Computes rows of token ids, whole forward pass. */
  encode(rows: readonly Uint32Array[]): Promise<unknown>;
}

export interface RaceCase {
  name: string;
  rows: Uint32Array[];
}

export interface RaceResult {
  name: string;
  rows: number;
  /** Milliseconds of each round, by group, and the setting that was raced. */
  times: Record<string, number[]>;
  settings: Record<string, string>;
}

const ROUNDS = 7;
/** Runs that are timed as one: a browser tells CPU time in steps of 10 ms. */
const RUNS = 3;

/** Milliseconds of CPU time: the wall's clock would measure who else uses the machine. */
export type CpuClock = () => number | Promise<number>;

export async function race(
  sides: readonly Side[],
  cases: readonly RaceCase[],
  cpuMs: CpuClock,
): Promise<RaceResult[]> {
  const time = async (side: Side, rows: readonly Uint32Array[]) => {
    const start = await cpuMs();
    for (let run = 0; run < RUNS; run++) await side.encode(rows);
    return ((await cpuMs()) - start) / RUNS;
  };
  const results: RaceResult[] = [];
  // The first seconds of any engine are slow: its second compiler is still at work.
  for (const side of sides) await time(side, cases[0].rows);
  for (const { name, rows } of cases) {
    const fastest = new Map<string, { side: Side; ms: number }>();
    for (const side of sides) {
      const ms = await time(side, rows);
      const known = fastest.get(side.group);
      if (!known || ms < known.ms) fastest.set(side.group, { side, ms });
    }
    const times: Record<string, number[]> = {};
    for (let round = 0; round < ROUNDS; round++) {
      for (const [group, { side }] of fastest) {
        times[group] ??= [];
        times[group].push(await time(side, rows));
      }
    }
    const settings = [...fastest].map(([group, { side }]) => [group, side.name]);
    results.push({ name, rows: rows.length, times, settings: Object.fromEntries(settings) });
  }
  return results;
}
