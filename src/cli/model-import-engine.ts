// The last look at a model before it is written: a request through the engine that contributors
// have, from the manifest and the shards alone.
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { TensorMap } from '#protocol/tensor.ts';

export interface EngineRun {
  row: TensorMap;
  milliseconds: number;
}

/** @throws onnx/..., unit/... where the model could not be run as it is written */
export async function runThroughEngine(
  manifest: BoundedManifest,
  shards: readonly Uint8Array[],
  request: TensorMap,
): Promise<EngineRun> {
  const backend = await createOnnxBackend({ backend: 'wasm' });
  try {
    const read = async (index: number) => shards[index] as Bytes;
    const model = await backend.createModel(manifest, read, new AbortController().signal);
    const started = performance.now();
    const unit = { model: new Uint8Array(32), requests: [request] };
    const [row] = await model.run(unit);
    const milliseconds = performance.now() - started;
    await model.destroy();
    return { row: decodeRowOutput(row), milliseconds };
  } finally {
    backend.destroy();
  }
}
