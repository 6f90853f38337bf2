// How two results of a bounded unit are compared: declared in the model's manifest, measured when the
// model was imported. Types only; it imports nothing.

/** Two results agree on an output where every element and the whole are this close. */
export interface Closeness {
  /** |a - b| <= absolute + relative * max(|a|, |b|), for each element. */
  absolute: number;
  relative: number;
  /** Least cosine of the two outputs as vectors, -1 to 1. */
  cosine: number;
}

export type Comparison =
  | { kind: 'close'; outputs: Record<string, Closeness> }
  /**
   * Equality of what the largest elements along an axis say; `collapse` drops repeats and blanks
   * (index 0), as CTC does.
   */
  | { kind: 'argmax'; output: string; axis: number; collapse: boolean }
  /** Equality of integers, such as token ids. */
  | { kind: 'equal'; output: string };
