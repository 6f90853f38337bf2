// One graph of a model as a session of the runtime. Calls take turns on the runtime, which serves
// one at a time, and every failure comes out as an error that says who is at fault.
import type { InferenceSession } from 'onnxruntime-web';
import { IdlewildError } from '#protocol/errors.ts';
import { explainFailure, type FailurePlace, isCrash } from './explain-failure.ts';
import type { GpuDevice } from './gpu-device.ts';
import type { Runtime } from './load-runtime.ts';
import type { GraphFiles } from './rebuild-graph.ts';
import type { RuntimeTensor } from './tensors.ts';

/** What all sessions of a backend share. */
export interface Host {
  runtime: Runtime;
  /** Null on the wasm backend. */
  gpu: GpuDevice | null;
  /** Why nothing computes here any more; null while it does. */
  failure: IdlewildError | null;
  /** Resolves when the runtime is free; never rejects. */
  free: Promise<void>;
}

export interface GraphSession {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Computes these outputs alone. @throws onnx/run, engine/... */
  run(feeds: Record<string, RuntimeTensor>, outputs: string[]): Promise<RuntimeTensor[]>;
  release(): Promise<void>;
}

export interface SessionOptions {
  /** The graph's name, for messages. */
  name: string;
  /** Outputs that are asked for. */
  outputs: readonly string[];
  /** Of them, those that stay on the GPU for a later run. */
  kept: readonly string[];
}

/** The only place that external weights are read from: what the importer names them. */
const weightsPath = 'weights';

/** @throws onnx/session, engine/out-of-memory, engine/device-lost, engine/destroyed */
export async function openGraphSession(
  host: Host,
  { skeleton, weights }: GraphFiles,
  options: SessionOptions,
): Promise<GraphSession> {
  const { runtime, gpu } = host;
  const { name } = options;
  const session = await guard(host, { place: 'create', name }, () =>
    runtime.InferenceSession.create(skeleton, {
      executionProviders: [gpu ? { name: 'webgpu', device: gpu.device } : 'wasm'],
      // Warnings of a model are its maker's; what fails is thrown.
      logSeverityLevel: 3,
      ...(weights ? { externalData: [{ path: weightsPath, data: weights }] } : {}),
      ...(gpu && options.kept.length > 0 ? keepOnGpu(options) : {}),
    }),
  );
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    run: (feeds, outputs) =>
      guard(host, { place: 'run', name }, async () => {
        const found = await session.run(feeds, outputs);
        return outputs.map((output) => found[output] as RuntimeTensor);
      }),
    release: () => guard(host, { place: 'run', name }, () => session.release()).catch(() => {}),
  };
}

function keepOnGpu({ kept, outputs }: SessionOptions): InferenceSession.SessionOptions {
  const places = outputs.map(
    (output) => [output, kept.includes(output) ? 'gpu-buffer' : 'cpu'] as const,
  );
  return { preferredOutputLocation: Object.fromEntries(places) };
}

/** In its turn; a device that is lost meanwhile ends the call, which would else never return. */
async function guard<Result>(
  host: Host,
  { place, name }: { place: FailurePlace; name: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const turn = host.free;
  let leave = () => {};
  host.free = new Promise((resolve) => {
    leave = resolve;
  });
  await turn;
  try {
    if (host.failure) throw host.failure;
    const result = await (host.gpu ? Promise.race([work(), host.gpu.lost]) : work());
    // What a GPU without memory computed is garbage.
    if (host.gpu?.failure) throw host.gpu.failure;
    return result;
  } catch (thrown) {
    if (isCrash(thrown)) host.failure ??= crashed();
    host.failure ??= host.gpu?.failure ?? null;
    throw host.gpu?.failure ?? explainFailure(thrown, place, name);
  } finally {
    leave();
  }
}

function crashed(): IdlewildError {
  const message = 'The runtime crashed over a model, and must be started again.';
  return new IdlewildError('engine/device-lost', message, { retryable: true });
}
