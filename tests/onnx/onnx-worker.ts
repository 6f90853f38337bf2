// The browser's side of these tests: what the contributor's worker does with bounded units, driven by
// name.

import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { BoundedBackendName } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { toIdlewildError, type WireError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { createBoundedMember } from '#worker/bounded-create.ts';
import { carryErrors } from '#worker/transfer-errors.ts';
import { answerCommands } from '../engine/answer-commands.ts';
import { floats, integers, waves } from './requests.ts';

const model = new Uint8Array(32);
const { signal } = new AbortController();
const { gpu } = navigator;

const refusal = (given: Promise<unknown>): Promise<WireError | null> =>
  given.then(
    () => null,
    (thrown: unknown) => toIdlewildError(thrown).toWire(),
  );

/** A model as JSON carries it: the test makes it in Node. */
interface PlainModel {
  manifest: BoundedManifest;
  shards: number[][];
}

const unpack = ({ manifest, shards }: PlainModel) => ({
  manifest,
  readShard: async (index: number) => Uint8Array.from(shards[index]),
});

/** In this worker, or in a thread of its own. */
const createOf = {
  here: (backend: BoundedBackendName) => createOnnxBackend({ backend }),
  thread: createBoundedMember,
};

interface Order {
  backend: BoundedBackendName;
  place: keyof typeof createOf;
  model: PlainModel;
}

async function run({ backend: name, place, model: given }: Order, requests: TensorMap[]) {
  const backend = await createOf[place](name);
  const { manifest, readShard } = unpack(given);
  const opened = await backend.createModel(manifest, readShard, signal);
  const seen: string[] = [];
  const rows = await opened.run(
    { model, requests },
    {
      onRequest: (done, total) => void seen.push(`${done}/${total}`),
      onStep: () => void seen.push('step'),
    },
  );
  await opened.destroy();
  backend.destroy();
  const { adapterClass } = backend;
  return { adapterClass, bytes: opened.bytes, rows: rows.map((row) => [...row]), seen };
}

const runTiny = (order: Order) => run(order, [waves(1), waves(3, 2)]);

const runDecoder = (order: Order) => {
  const request = {
    features: floats([1, 4], [0.3, -0.2, 0.5, 0.1]),
    start: integers([3, -1, 5]),
    choices: integers([7, 8]),
  };
  return run(order, [request, request]);
};

/** A GPU that is destroyed under a model, and one that takes its place. */
async function loseDevice(given: PlainModel) {
  let device: GPUDevice | null = null;
  const spied = {
    async requestAdapter(options: GPURequestAdapterOptions) {
      const adapter = (await gpu.requestAdapter(options)) as GPUAdapter;
      const { requestDevice } = adapter;
      adapter.requestDevice = async (descriptor) => {
        device = await requestDevice.call(adapter, descriptor);
        return device;
      };
      return adapter;
    },
  };
  const lost = await createOnnxBackend({ backend: 'webgpu', gpu: spied as unknown as GPU });
  const { manifest, readShard } = unpack(given);
  const opened = await lost.createModel(manifest, readShard, signal);
  await opened.run({ model, requests: [waves(1)] });
  (device as GPUDevice | null)?.destroy();
  const first = await refusal(opened.run({ model, requests: [waves(1)] }));
  const second = await refusal(lost.createModel(manifest, readShard, signal));
  lost.destroy();
  return { first, second };
}

/** A thread that is stopped in the middle of a unit; tells how the call ended, and the next one. */
async function stopThread(given: PlainModel) {
  const backend = await createBoundedMember('wasm');
  const { manifest, readShard } = unpack(given);
  const opened = await backend.createModel(manifest, readShard, signal);
  const stop = new AbortController();
  const requests = [waves(1), waves(1)];
  const stopped = opened.run(
    { model, requests },
    { signal: stop.signal, onRequest: () => stop.abort(new Error('stopped')) },
  );
  const how = await refusal(stopped);
  return { how, next: await refusal(opened.run({ model, requests })) };
}

/** What a lane throws between requests ends the unit, and leaves the thread and its model. */
async function throwBetween(given: PlainModel) {
  const backend = await createBoundedMember('wasm');
  const { manifest, readShard } = unpack(given);
  const opened = await backend.createModel(manifest, readShard, signal);
  const unit = () => ({ model, requests: [waves(1), waves(1)] });
  const how = await refusal(
    opened.run(unit(), {
      onRequest() {
        throw toIdlewildError(new Error('Handed back.'), 'lease/returned');
      },
    }),
  );
  const rows = await opened.run(unit());
  backend.destroy();
  return { how, rows: rows.length };
}

/** A thread given a model that is none, and then one that is. */
async function breakModel(given: PlainModel) {
  const backend = await createBoundedMember('wasm');
  const { manifest, readShard } = unpack(given);
  const nothing = async () => new Uint8Array(1 << 16);
  const how = await refusal(backend.createModel(manifest, nothing, signal));
  const opened = await backend.createModel(manifest, readShard, signal);
  const rows = await opened.run({ model, requests: [waves(1)] });
  backend.destroy();
  return { how, rows: rows.length };
}

const commands = { runTiny, runDecoder, loseDevice, stopThread, throwBetween, breakModel };
export type Commands = typeof commands;

carryErrors();
answerCommands(commands);
