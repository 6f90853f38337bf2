// The browser's side of the engine's tests: a dedicated worker that runs kernels and whole models
// and hands back plain words.
import { createWebgpuBackend, type WebgpuBackend, type WebgpuOptions } from '#engine/backend.ts';
import { PipelineCache } from '#engine/compile.ts';
import { EngineDevice } from '#engine/device.ts';
import { createKernels, type Kernels } from '#engine/kernels.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows } from '#model/synthetic.ts';
import { toIdlewildError, type WireError } from '#protocol/errors.ts';
import { answerCommands } from './answer-commands.ts';
import { type Drive, driveFeatures } from './drive-features.ts';
import { type KernelRun, runKernel } from './run-kernel.ts';
import { type ProbeRun, runProbe } from './run-primitives.ts';

/** A synthetic model and rows, by seeds: the test makes the same in Node. */
interface ModelRun {
  seed: number;
  config: EncoderConfig;
  lengths: number[];
  drives?: Drive[];
}

interface Open {
  backend: WebgpuBackend;
  engine: EngineDevice;
  kernels: Kernels;
}

const { gpu } = (globalThis as unknown as { navigator: { gpu: GPU } }).navigator;

let open: Open | null = null;

function opened(): Open {
  if (!open) throw new Error('call open first');
  return open;
}

async function openBackend(options: WebgpuOptions) {
  open?.backend.destroy();
  const backend = await createWebgpuBackend(gpu, options);
  const { device } = backend;
  const adapter = await gpu.requestAdapter();
  const engine = new EngineDevice(device, adapter!.info, gpu.wgslLanguageFeatures);
  const kernels = await createKernels(new PipelineCache(engine), backend.tuning);
  open = { backend, engine, kernels };
  return { adapter: backend.adapter, tuning: backend.tuning };
}

/** Encodes the rows at once, each alone, and in reverse; counts slices. */
async function encodeModel({ seed, config, lengths, drives = [] }: ModelRun) {
  const weights = driveFeatures(makeSyntheticEncoder(seed, config), drives);
  const encoder = await opened().backend.createEncoder(weights);
  const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
  const progress: { done: number; total: number; layer: number; row: number; rows: number }[] = [];
  const together = await encoder.encode(rows, {
    onSlice: (slice) => {
      progress.push(slice);
    },
  });
  const alone: number[] = [];
  for (const row of rows) alone.push(...(await encoder.encode([row])));
  const reversed = await encoder.encode(rows.toReversed());
  encoder.destroy();
  return { together: [...together], alone, reversed: [...reversed], progress };
}

/** Destroys the device in the middle of an encode, and tells how the call ended. */
async function loseDevice({ seed, config, lengths }: ModelRun) {
  const { backend } = opened();
  const encoder = await backend.createEncoder(makeSyntheticEncoder(seed, config));
  const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
  const encode = encoder.encode(rows, { onSlice: () => backend.device.destroy() });
  const first = await encode.then(() => null, refusal);
  const second = await encoder.encode(rows).then(() => null, refusal);
  return { first, second };
}

let loss: Promise<WireError> | null = null;

/** Encodes over and over until the device is taken away from outside; returns after one round. */
async function startEncoding({ seed, config, lengths }: ModelRun) {
  const encoder = await opened().backend.createEncoder(makeSyntheticEncoder(seed, config));
  const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
  await encoder.encode(rows);
  const again = async (): Promise<WireError> =>
    (await encoder.encode(rows).then(() => null, refusal)) ?? again();
  loss = again();
}

function refusal(thrown: unknown) {
  return toIdlewildError(thrown).toWire();
}

const commands = {
  open: openBackend,
  kernel: (run: KernelRun) => runKernel(opened().engine, opened().kernels, run),
  probe: (run: ProbeRun) => runProbe(opened().engine, run),
  encode: encodeModel,
  lose: loseDevice,
  startEncoding,
  awaitLoss: async (_: null) => loss,
};

export type Commands = typeof commands;

answerCommands(commands);
