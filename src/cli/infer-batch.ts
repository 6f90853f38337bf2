// A bounded model by batches, which contributors compute and confirm: whatever is asked at about one
// time, by however many pages or files, goes out as one batch.
//
//   asked → gathered until nothing came for a moment, or it is enough → uploaded → followed → answered
//   cancelled by whoever asked: told to the coordinator once, and each request fails
import { setTimeout as wait } from 'node:timers/promises';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { tensorsFromJson, tensorsToJson } from '#protocol/tensor-json.ts';
import type { InferOptions } from './open-inference.ts';
import type { Batch, Requester } from './requester.ts';

/** So long after the last request more may come: the next page is being read meanwhile. */
const quietMs = 1_000;
/** Tensors of one batch, in bytes: four thirds of it as text, well below a file's limit. */
const batchBytesMax = 64 << 20;
/** A coordinator may be started again while a batch is under way. */
const pollFailuresMax = 60;
const pollPauseMs = 2_000;
const endpoint = '/v1/infer';

/** What a batch needs of a requester. */
export type BatchRequester = Pick<
  Requester,
  'upload' | 'createBatch' | 'waitForBatch' | 'cancelBatch' | 'outputLines'
>;

interface Asked {
  request: TensorMap;
  /** Told of the whole batch. */
  onShare: (share: number) => void;
  resolve(outputs: TensorMap): void;
  reject(error: IdlewildError): void;
}

interface InferLine {
  custom_id: string;
  response: { body: { outputs?: unknown; error?: { message?: string } } };
}

const bytesOf = (request: TensorMap) =>
  Object.values(request).reduce((sum, { data }) => sum + data.length, 0);

interface BatchOptions {
  bytesMax?: number;
  /** Cancels every batch that is under way, and takes no further request. */
  signal?: AbortSignal | undefined;
}

export class BatchInference {
  readonly #requester: BatchRequester;
  /** By name. */
  readonly #model: string;
  readonly #bytesMax: number;
  readonly #signal: AbortSignal | undefined;
  #asked: Asked[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(requester: BatchRequester, model: string, options: BatchOptions = {}) {
    this.#requester = requester;
    this.#model = model;
    this.#bytesMax = options.bytesMax ?? batchBytesMax;
    this.#signal = options.signal;
  }

  /**
   * Each request's outputs, in order.
   * @throws infer/batch, infer/cancelled, requester/refused
   */
  async infer(
    requests: readonly TensorMap[],
    { onShare = () => {} }: InferOptions = {},
  ): Promise<TensorMap[]> {
    const shares = requests.map(() => 0);
    const answers = requests.map((request, index) =>
      this.#ask(request, (share) => {
        shares[index] = share;
        onShare(shares.reduce((sum, one) => sum + one, 0) / shares.length);
      }),
    );
    return Promise.all(answers);
  }

  #ask(request: TensorMap, onShare: Asked['onShare']): Promise<TensorMap> {
    const bytes = bytesOf(request);
    const isFull = this.#asked.length === limits.batchLinesMax;
    if (isFull || this.#bytes + bytes > this.#bytesMax) this.#send();
    return new Promise((resolve, reject) => {
      this.#asked.push({ request, onShare, resolve, reject });
      this.#bytes += bytes;
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#send(), quietMs);
    });
  }

  #send(): void {
    const asked = this.#asked;
    if (this.#timer) clearTimeout(this.#timer);
    this.#asked = [];
    this.#bytes = 0;
    if (asked.length === 0) return;
    const computing = this.#signal?.aborted ? Promise.reject(notSent()) : this.#compute(asked);
    computing.catch((thrown: unknown) => {
      for (const one of asked) one.reject(toIdlewildError(thrown));
    });
  }

  async #compute(asked: readonly Asked[]): Promise<void> {
    const lines = asked.map(({ request }, index) =>
      JSON.stringify({
        custom_id: String(index),
        method: 'POST',
        url: endpoint,
        body: { model: this.#model, inputs: tensorsToJson(request) },
      }),
    );
    const file = await this.#requester.upload(`${lines.join('\n')}\n`, 'requests.jsonl');
    const { id } = await this.#requester.createBatch(file, { endpoint });
    const batch = await this.#follow(id, ({ x_units: { completed, total } }) => {
      for (const { onShare } of asked) onShare(total > 0 ? completed / total : 0);
    });
    await this.#answer(batch, asked);
  }

  /** A poll that fails is tried again: hours of others' work hang on it. */
  async #follow(id: string, onPoll: (batch: Batch) => void): Promise<Batch> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#requester.waitForBatch(id, (batch) => {
          failures = 0;
          this.#signal?.throwIfAborted();
          onPoll(batch);
        });
      } catch (thrown) {
        if (this.#signal?.aborted) throw await this.#cancel(id);
        if (failures >= pollFailuresMax || isRefusal(thrown)) throw thrown;
        await wait(pollPauseMs);
      }
    }
  }

  /** @returns what its requests fail with */
  async #cancel(id: string): Promise<IdlewildError> {
    try {
      await this.#requester.cancelBatch(id);
      return new IdlewildError('infer/cancelled', `The batch ${id} was cancelled.`);
    } catch (cause) {
      const message = `The batch ${id} could not be cancelled, and goes on.`;
      return new IdlewildError('infer/cancelled', message, { cause });
    }
  }

  async #answer(batch: Batch, asked: readonly Asked[]): Promise<void> {
    const { status, errors, output_file_id: output, error_file_id: error } = batch;
    if (status === 'failed') {
      const metaMessages = (errors?.data ?? []).map(({ message }) => message).slice(0, 8);
      throw new IdlewildError('infer/batch', 'The coordinator refused the batch.', {
        metaMessages,
      });
    }
    const answered = new Set<Asked>();
    for (const file of [output, error]) {
      const lines = file === null ? [] : await this.#requester.outputLines<InferLine>(file);
      for (const { custom_id: place, response } of lines) {
        const one = asked[Number(place)];
        if (!one) continue;
        answered.add(one);
        take(one, response);
      }
    }
    for (const one of asked) if (!answered.has(one)) one.reject(noAnswer(`the batch is ${status}`));
  }
}

function take({ resolve, reject }: Asked, { body }: InferLine['response']): void {
  try {
    if (body.error) throw noAnswer(body.error.message ?? 'without a word');
    resolve(tensorsFromJson(body.outputs, 'outputs'));
  } catch (thrown) {
    reject(toIdlewildError(thrown));
  }
}

function notSent(): IdlewildError {
  return new IdlewildError('infer/cancelled', 'Cancelled before a batch was made of it.');
}

function isRefusal(thrown: unknown): boolean {
  return /refused .* with 4(?!29|08)\d\d/.test(toIdlewildError(thrown).message);
}

function noAnswer(why: string): IdlewildError {
  return new IdlewildError('infer/batch', `A request of the batch has no answer: ${why}.`);
}
