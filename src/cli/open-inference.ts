// A bounded model as the commands use it: by a coordinator or, in batches, by its contributors, or in
// this process by onnxruntime-web. Whatever a pipeline asks goes through the same few functions.
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { openLocalInference } from './infer-local.ts';
import { openRemoteInference } from './infer-remote.ts';

export interface InferOptions {
  signal?: AbortSignal | undefined;
  /** Told how much of these requests is done, 0 to 1. */
  onShare?: ((share: number) => void) | undefined;
}

export interface Inference {
  /** Of the model: its manifest's sha256. */
  id: string;
  manifest: BoundedManifest;
  /** Requests that gain from being asked at once. */
  concurrency: number;
  /** One that goes with the model, its digest checked. @throws infer/no-file */
  file(name: string): Promise<Bytes>;
  /** Each request's outputs, in order. */
  infer(requests: readonly TensorMap[], options?: InferOptions): Promise<TensorMap[]>;
  close(): Promise<void>;
}

export interface InferenceChoice {
  /** A coordinator's address and an API key of it. */
  coordinator?: string | undefined;
  key?: string | undefined;
  /** Of a coordinator: by batches, which contributors compute; else it computes by itself, at once. */
  batch?: boolean | undefined;
  /** Compute here instead. */
  local?: boolean | undefined;
  /** Of a coordinator: its name or id there. Here: its folder. */
  model?: string | undefined;
  /** Cancels what batches are under way; each request of theirs fails with infer/cancelled. */
  signal?: AbortSignal | undefined;
}

/**
 * @param fits whether a model is one that the command can use; of a coordinator's the first is taken
 * where none is named
 * @throws infer/choice, infer/no-model, infer/model, and what reaching it throws
 */
export async function openInference(
  { coordinator, key, local, model, batch, signal }: InferenceChoice,
  fits: (manifest: BoundedManifest) => boolean,
): Promise<Inference> {
  if (local) {
    if (model !== undefined) return openLocalInference(model, fits);
    throw refuse('--local needs a model: --model FOLDER.', [
      'Make one from ONNX files: idlewild model import --bounded',
    ]);
  }
  if (coordinator === undefined || key === undefined) {
    throw refuse('Where to compute? Give --coordinator URL and --key KEY, or --local.', []);
  }
  if (!URL.canParse(coordinator)) throw refuse('--coordinator must be an address.', []);
  return openRemoteInference({ coordinator, key, model, batch, signal }, fits);
}

function refuse(message: string, metaMessages: string[]): IdlewildError {
  return new IdlewildError('infer/choice', message, { metaMessages });
}
