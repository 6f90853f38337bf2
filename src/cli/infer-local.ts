// A bounded model from its folder (manifest.json, shards/<sha256>), run in this process on
// onnxruntime-web's wasm backend, one thread.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { manifestId } from '#model/manifest.ts';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import type { ReadShard } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import { type Bytes, fromHex, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import type { Inference } from './open-inference.ts';

function refuse(folder: string, why: string, cause?: unknown): IdlewildError {
  const message = `${folder} cannot be used as a model: ${why}.`;
  return new IdlewildError('infer/model', message, { cause });
}

/** @throws infer/model, manifest/..., onnx/... */
export async function openLocalInference(
  folder: string,
  fits: (manifest: BoundedManifest) => boolean,
): Promise<Inference> {
  const bytes = await readFile(path.join(folder, 'manifest.json')).catch((cause) => {
    throw refuse(folder, 'it holds no manifest.json', cause);
  });
  const manifest = parseBoundedManifest(bytes);
  if (!fits(manifest)) throw refuse(folder, `${manifest.name} is not of the kind wanted here`);

  async function readBlob(digest: string): Promise<Bytes> {
    const blob = await readFile(path.join(folder, 'shards', digest)).catch((cause) => {
      throw refuse(folder, `its shard ${digest.slice(0, 12)}… is missing`, cause);
    });
    if (toHex(sha256(blob)) === digest) return new Uint8Array(blob);
    throw refuse(folder, `its shard ${digest.slice(0, 12)}… is damaged`);
  }

  return inferHere({
    id: manifestId(bytes),
    manifest,
    readShard: (index) => readBlob(manifest.shards[index].sha256),
    readFile: (name) => readBlob(manifest.files[name].sha256),
  });
}

interface LocalModel {
  id: string;
  manifest: BoundedManifest;
  readShard: ReadShard;
  /** One of the manifest's. */
  readFile(name: string): Promise<Bytes>;
}

/** @throws onnx/..., engine/unavailable */
export async function inferHere(given: LocalModel): Promise<Inference> {
  const { id, manifest, readShard, readFile } = given;
  const backend = await createOnnxBackend({ backend: 'wasm' });
  const model = await backend.createModel(manifest, readShard, new AbortController().signal);
  return {
    id,
    manifest,
    concurrency: 1,
    async file(name) {
      if (Object.hasOwn(manifest.files, name)) return readFile(name);
      throw new IdlewildError('infer/no-file', `The model ${manifest.name} has no ${name}.`);
    },
    async infer(requests, { signal, onShare } = {}) {
      const rows = await model.run(
        { model: fromHex(id), requests: [...requests] },
        { ...(signal && { signal }), onRequest: (done, total) => onShare?.(done / total) },
      );
      return rows.map(decodeRowOutput);
    },
    async close() {
      await model.destroy();
      backend.destroy();
    },
  };
}
