// How long each variant takes for the linear layers of a usual encoder, on the device itself.
// Submits start tiny and grow until they can be told from the cost of a submit, so that no device
// is blocked for long, and rounds are interleaved, so that a busy moment hurts all alike.
import { BufferSet, uniformStride } from './buffers.ts';
import type { EngineDevice } from './device.ts';
import { perTile } from './grids.ts';
import type { Kernels } from './kernels.ts';
import { VECTOR } from './pack.ts';
import { type Dispatch, Recorder, record } from './recorder.ts';

/**
 * MiniLM's `up` and `down`, whatever model comes: a device is tuned once, before any model is known,
 * and what it chose is remembered for all of them. Other encoders have the same two kinds of layer,
 * long and wide; no choice changes a byte of what they give.
 */
const layers = [
  { inputs: 384, outputs: 1536 },
  { inputs: 1536, outputs: 384 },
];

/** Sizes of a submit, each about four times the one before. */
const levels = [
  { tokens: 16, repeats: 1 },
  { tokens: 64, repeats: 1 },
  { tokens: 256, repeats: 1 },
  { tokens: 512, repeats: 2 },
  { tokens: 512, repeats: 8 },
  { tokens: 512, repeats: 32 },
];
const tokensMost = 512;

/** Long enough to be told from what a submit costs, which is up to a millisecond. */
const submitMsLeast = 4;
/** Slower than the best by so much even in a tiny submit: not worth a large one. */
const hopeless = 8;
const rounds = 5;
/** No further round starts after so long; the first one always does. */
const timingMsMax = 500;

/** A scale that leaves every shift in its range: what is computed does not matter here. */
const anyScale = 32768 | (32 << 16);
const anyShift = 34;

interface Track {
  dispatches: Dispatch[];
  best: number;
  isHopeless: boolean;
}

class Stopwatch {
  readonly #engine: EngineDevice;
  readonly #buffers: BufferSet;
  readonly tracks: Track[];

  constructor(engine: EngineDevice, buffers: BufferSet, tracks: Track[]) {
    this.#engine = engine;
    this.#buffers = buffers;
    this.tracks = tracks;
  }

  /** Milliseconds of one submit of a size. */
  async time({ dispatches }: Track, level: number): Promise<number> {
    const { device } = this.#engine;
    const { tokens, repeats } = levels[level];
    const encoder = device.createCommandEncoder({ label: 'tuning' });
    const pass = encoder.beginComputePass({ label: 'tuning' });
    for (let turn = 0; turn < repeats; turn++) {
      for (const dispatch of dispatches) record(pass, dispatch, level, tokens);
    }
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await this.#engine.wait(device.queue.onSubmittedWorkDone());
    return performance.now() - start;
  }

  destroy(): void {
    this.#buffers.destroy();
  }
}

/** Buffers for the largest layer at the most tokens, and each candidate's dispatches over them. */
async function openStopwatch(engine: EngineDevice, candidates: Kernels[]): Promise<Stopwatch> {
  const buffers = new BufferSet(engine);
  const { STORAGE, UNIFORM } = GPUBufferUsage;
  const most = Math.max(...layers.flatMap(({ inputs, outputs }) => [inputs, outputs]));
  const slots = new Uint32Array((levels.length * uniformStride) / 4);
  levels.forEach(({ tokens }, level) => {
    slots.set([0, tokens], (level * uniformStride) / 4);
  });
  try {
    const { ranges, storage } = await engine.allocate(() => ({
      ranges: buffers.upload('tuning.ranges', slots, UNIFORM),
      storage: [
        buffers.create('tuning.q', tokensMost * most, STORAGE),
        buffers.upload('tuning.rowScale', new Uint32Array(tokensMost).fill(anyScale)),
        buffers.create('tuning.weights', layers[0].inputs * layers[0].outputs, STORAGE),
        buffers.create('tuning.channels', 12 * most, STORAGE),
        buffers.create('tuning.gelu', 16, STORAGE),
        buffers.create('tuning.y', 4 * tokensMost * most, STORAGE),
      ],
    }));
    const recorder = new Recorder(engine, ranges);
    const tracks = candidates.map((kernels) => ({
      dispatches: layers.map(({ inputs, outputs }) => {
        const shape = [inputs / VECTOR, 0, outputs, anyShift, 0];
        return recorder.add(kernels.get('linear'), shape, storage, perTile(kernels, outputs));
      }),
      best: Infinity,
      isHopeless: false,
    }));
    await recorder.finish(buffers);
    return new Stopwatch(engine, buffers, tracks);
  } catch (thrown) {
    buffers.destroy();
    throw thrown;
  }
}

/** A submit that takes long enough to be measured, found with the best of all candidates. */
async function findLevel(watch: Stopwatch): Promise<number> {
  // Drivers finish compiling in the first dispatch: it is not counted.
  for (const track of watch.tracks) {
    await watch.time(track, 0);
    track.best = await watch.time(track, 0);
  }
  const best = Math.min(...watch.tracks.map((track) => track.best));
  for (const track of watch.tracks) {
    track.isHopeless = track.best > submitMsLeast && track.best > hopeless * best;
  }
  const fastest = watch.tracks.find((track) => track.best === best)!;
  let level = 0;
  for (let ms = best; ms < submitMsLeast && level < levels.length - 1; ) {
    level++;
    ms = await watch.time(fastest, level);
  }
  return level;
}

/**
 * @param candidates kernels that all give right bytes
 * @returns milliseconds of each for the same work, Infinity for what was not worth measuring
 */
export async function timeVariants(engine: EngineDevice, candidates: Kernels[]): Promise<number[]> {
  const watch = await openStopwatch(engine, candidates);
  try {
    const start = performance.now();
    const level = await findLevel(watch);
    for (const track of watch.tracks) track.best = Infinity;
    for (let round = 0; round < rounds; round++) {
      if (round > 0 && performance.now() - start > timingMsMax) break;
      for (const track of watch.tracks) {
        if (!track.isHopeless) track.best = Math.min(track.best, await watch.time(track, level));
      }
    }
    return watch.tracks.map((track) => track.best);
  } finally {
    watch.destroy();
  }
}
