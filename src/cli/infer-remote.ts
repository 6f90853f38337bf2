// A bounded model over a coordinator's API, as any requester reaches it: /v1/models to find it, its
// manifest and files by their digests, and /v1/infer for each request, which the coordinator computes
// itself; or batches, which its contributors compute (infer-batch.ts).
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import { type Bytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { tensorsFromJson, tensorsToJson } from '#protocol/tensor-json.ts';
import { sha256 } from '#sha256';
import { fetchBytes } from './fetch-bytes.ts';
import { BatchInference } from './infer-batch.ts';
import type { Inference, InferOptions } from './open-inference.ts';
import { createRequester } from './requester.ts';

interface Place {
  coordinator: string;
  key: string;
  model?: string | undefined;
  batch?: boolean | undefined;
  /** Cancels its batches. */
  signal?: AbortSignal | undefined;
}

interface ListedModel {
  id: string;
  x_manifest: string;
  x_class?: string;
}

/** Calls at once: one is on its way while another is computed. */
const callsAtOnce = 8;
/** Pages or files whose requests go into one batch: each has its pixels or sound in memory. */
const batchedAtOnce = 12;
const attemptsMax = 8;
/** Between two attempts where the coordinator names no time. */
const pauseMs = 2_000;
const pauseMsMax = 60_000;
/** Others may be before it, and a model may take minutes. */
const answerMs = 30 * 60_000;
const listBytesMax = 1 << 20;

/** @throws infer/no-model, infer/refused, infer/damaged, fetch/... */
export async function openRemoteInference(
  place: Place,
  fits: (manifest: BoundedManifest) => boolean,
): Promise<Inference> {
  const { id, name, manifest } = await findModel(place, fits);
  const batches = place.batch
    ? new BatchInference(
        createRequester({ coordinator: place.coordinator, apiKey: place.key }),
        name,
        { signal: place.signal },
      )
    : null;
  return {
    id,
    manifest,
    concurrency: batches ? batchedAtOnce : callsAtOnce,
    async file(wanted) {
      const file = Object.hasOwn(manifest.files, wanted) ? manifest.files[wanted] : undefined;
      if (!file) {
        throw new IdlewildError('infer/no-file', `The model ${name} has no ${wanted}.`);
      }
      return fetchChecked(place, `/v1/shards/${file.sha256}`, file);
    },
    infer: (requests, options) =>
      batches ? batches.infer(requests, options) : callEach(place, name, { requests, ...options }),
    close: async () => {},
  };
}

async function callEach(
  place: Place,
  model: string,
  { requests, signal, onShare }: InferOptions & { requests: readonly TensorMap[] },
): Promise<TensorMap[]> {
  const outputs: TensorMap[] = [];
  for (let at = 0; at < requests.length; at += callsAtOnce) {
    const few = requests.slice(at, at + callsAtOnce).map((request) => {
      const body = JSON.stringify({ model, inputs: tensorsToJson(request) });
      return ask(place, body, signal);
    });
    outputs.push(...(await Promise.all(few)));
    onShare?.(outputs.length / requests.length);
  }
  return outputs;
}

function withKey({ key }: Place): RequestInit {
  return { headers: { authorization: `Bearer ${key}` } };
}

async function findModel(place: Place, fits: (manifest: BoundedManifest) => boolean) {
  const url = new URL('/v1/models', place.coordinator);
  const listed = await fetchBytes(url, { bytesMax: listBytesMax, init: withKey(place) });
  if (!listed) throw noModel(`${url.host} is no coordinator of this kind.`, []);
  const { data } = JSON.parse(new TextDecoder().decode(listed)) as { data: ListedModel[] };
  const wanted = data.filter(({ id, x_manifest: manifest, x_class: kind }) => {
    if (kind !== 'bounded') return false;
    return place.model === undefined || place.model === id || place.model === manifest;
  });
  for (const { id: name, x_manifest: id } of wanted) {
    const bytesMax = limits.manifestBytesMax;
    const bytes = await fetchChecked(place, `/v1/manifests/${id}`, { sha256: id, bytes: bytesMax });
    const manifest = parseBoundedManifest(bytes);
    if (fits(manifest)) return { id, name, manifest };
  }
  const which = place.model === undefined ? 'No model' : `No model ${place.model}`;
  throw noModel(`${which} that can do this is offered to this key by ${url.host}.`, data);
}

function noModel(message: string, offered: readonly ListedModel[]): IdlewildError {
  const names = offered.map(({ id }) => id).join(', ') || 'none';
  return new IdlewildError('infer/no-model', message, { metaMessages: [`It offers ${names}.`] });
}

async function fetchChecked(
  place: Place,
  path: string,
  { sha256: digest, bytes: bytesMax }: { sha256: string; bytes: number },
): Promise<Bytes> {
  const bytes = await fetchBytes(new URL(path, place.coordinator), { bytesMax });
  if (bytes && toHex(sha256(bytes)) === digest) return bytes;
  const what = bytes ? 'are not what their name says' : 'are missing';
  throw new IdlewildError('infer/damaged', `The bytes of ${path.slice(0, 28)}… ${what}.`);
}

/** Again where the coordinator is busy. @throws infer/refused, infer/unreachable */
async function ask(
  place: Place,
  body: string,
  signal: AbortSignal | undefined,
): Promise<TensorMap> {
  for (let attempt = 1; ; attempt++) {
    const limit = AbortSignal.timeout(answerMs);
    const response = await fetch(new URL('/v1/infer', place.coordinator), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${place.key}` },
      body,
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    }).catch((cause: Error) => {
      signal?.throwIfAborted();
      if (attempt < attemptsMax) return null;
      const { host } = new URL(place.coordinator);
      throw new IdlewildError('infer/unreachable', `No answer from ${host}.`, { cause });
    });
    if (response?.ok) {
      const answer = (await response.json()) as { outputs: unknown };
      return tensorsFromJson(answer.outputs, 'outputs');
    }
    const busy = !response || response.status === 429 || response.status >= 500;
    if (response && (!busy || attempt === attemptsMax)) throw await refused(response);
    await response?.body?.cancel();
    const wishedMs = 1000 * Number(response?.headers.get('retry-after') ?? Number.NaN);
    const waitMs = Math.min(pauseMsMax, wishedMs >= 0 ? wishedMs : pauseMs);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    signal?.throwIfAborted();
  }
}

async function refused(response: Response): Promise<IdlewildError> {
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  const message = `The coordinator refused /v1/infer with ${response.status}.`;
  const said = body.error?.message;
  return new IdlewildError('infer/refused', message, said ? { metaMessages: [said] } : {});
}
