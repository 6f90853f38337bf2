// An .onnx file as a model for this process alone: cut as the importer cuts it, but with nothing
// measured, since nobody else's answer is compared with ours.
import path from 'node:path';
import { BOUNDED_FORMAT, type BoundedManifest } from '#model/bounded-manifest.ts';
import { importGraph } from '#onnx-import/import-graph.ts';
import { planShards } from '#onnx-import/plan-shards.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { inferHere } from './infer-local.ts';
import { readInput } from './model-import-options.ts';
import type { Inference } from './open-inference.ts';

/** Where PaddleOCR's converters keep the letters of a recognizer, one a line. */
const lettersKey = 'character';
const lettersFile = 'characters.txt';

/** @throws onnx/..., infer/model */
export async function openOnnxFile(
  file: string,
  fits: (manifest: BoundedManifest) => boolean,
): Promise<Inference> {
  const bytes = await readInput(file);
  const plan = planShards();
  const { graph, opset, producer, metadata } = await importGraph(
    { bytes, folder: path.dirname(path.resolve(file)) },
    plan,
  );
  const shards = plan.finish();
  const letters = metadata.get(lettersKey);
  const manifest: BoundedManifest = {
    format: BOUNDED_FORMAT,
    name: path.basename(file, '.onnx'),
    licence: 'unknown',
    opset,
    producer,
    graphs: { model: graph },
    runner: { kind: 'graph' },
    shards: shards.map(({ sha256: digest, data }) => ({ sha256: digest, bytes: data.length })),
    files: letters ? { [lettersFile]: describe(letters) } : {},
    compare: { kind: 'close', outputs: {} },
    measured: { ways: [], requests: 0, margin: 1, spread: {} },
    backends: { wasm: { fallback: [] }, webgpu: { fallback: [] } },
    batching: 'unsupported',
    cost: { perRequest: 1, perElement: null, example: {} },
  };
  if (!fits(manifest)) {
    throw new IdlewildError('infer/model', `${file} is not a model of the kind wanted here.`);
  }
  return inferHere({
    id: toHex(sha256(bytes)),
    manifest,
    readShard: async (index) => new Uint8Array(shards[index].data),
    readFile: async () => utf8(letters ?? ''),
  });
}

function describe(letters: string): { sha256: string; bytes: number } {
  const bytes = utf8(letters);
  return { sha256: toHex(sha256(bytes)), bytes: bytes.length };
}
