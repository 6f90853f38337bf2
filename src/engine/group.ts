// A group of rows on its way to the device: tokens of all rows one after another, each with its
// place and its word. Words are fetched here, on the CPU: a vocabulary of 250,002 rows would not
// fit a storage binding (128 MiB by default), and a group needs few of them.
import type { EncoderWeights } from '#model/encoder.ts';
import type { ActivationBuffers, GroupMax } from './buffers.ts';
import type { Slice } from './plan.ts';

export interface Group {
  /** Index of the group's first row in the call. */
  row: number;
  rows: number;
  /** First token of each row, and past-last of the last. */
  starts: number[];
}

export class GroupLoader {
  readonly #embeddings: EncoderWeights['embeddings'];
  readonly #hiddenSize: number;
  readonly #activations: ActivationBuffers;
  /** Reused: a group allocates nothing of its size. */
  readonly #spans: Uint32Array<ArrayBuffer>;
  readonly #words: Int8Array<ArrayBuffer>;
  readonly #bounds: Uint32Array<ArrayBuffer>;

  constructor(
    { config, embeddings }: EncoderWeights,
    groupMax: GroupMax,
    activations: ActivationBuffers,
  ) {
    this.#embeddings = embeddings;
    this.#hiddenSize = config.hiddenSize;
    this.#activations = activations;
    this.#spans = new Uint32Array(4 * groupMax.tokens);
    this.#words = new Int8Array(groupMax.tokens * config.hiddenSize);
    this.#bounds = new Uint32Array(2 * groupMax.rows);
  }

  /** Queues a group's upload behind whatever the device still has to do. */
  load(queue: GPUQueue, row: number, rows: readonly Uint32Array[]): Group {
    const starts = [0];
    rows.forEach((tokens, index) => {
      starts.push(starts[index] + tokens.length);
      this.#place(tokens, index, starts[index]);
    });
    const tokens = starts[rows.length];
    const { spans, words, rows: bounds } = this.#activations;
    queue.writeBuffer(spans, 0, this.#spans, 0, 4 * tokens);
    queue.writeBuffer(words, 0, this.#words, 0, tokens * this.#hiddenSize);
    queue.writeBuffer(bounds, 0, this.#bounds, 0, 2 * rows.length);
    return { row, rows: rows.length, starts };
  }

  #place(tokens: Uint32Array, index: number, start: number): void {
    const { words, wordScale } = this.#embeddings;
    const size = this.#hiddenSize;
    const end = start + tokens.length;
    this.#bounds[2 * index] = start;
    this.#bounds[2 * index + 1] = end;
    tokens.forEach((token, position) => {
      const at = start + position;
      this.#spans[4 * at] = wordScale[token];
      this.#spans[4 * at + 1] = position;
      this.#spans[4 * at + 2] = start;
      this.#spans[4 * at + 3] = end;
      this.#words.set(words.subarray(token * size, (token + 1) * size), at * size);
    });
  }
}

/** The layer just computed, and the rows that the slice touched. */
export function describeSlice({ steps }: Slice, { row, starts }: Group) {
  const first = Math.min(...steps.map((step) => step.start));
  const last = Math.max(...steps.map((step) => step.end)) - 1;
  const rowOf = (token: number) => starts.findLastIndex((start) => start <= token);
  const layer = steps[steps.length - 1].layer;
  return { layer, row: row + rowOf(first), rows: rowOf(last) - rowOf(first) + 1 };
}
