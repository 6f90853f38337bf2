// An encode group cut into slices: which tokens go through which half of which layer in one
// submit. A layer has two halves, because attention needs the keys of a whole row: `keys` makes
// queries, keys and values, `mix` does the rest. Both work on any range of tokens. Pure.
import { denseCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';

export interface Step {
  kind: 'embed' | 'keys' | 'mix' | 'pool';
  layer: number;
  /** Tokens [start, end) of the group. */
  start: number;
  end: number;
}

export interface Slice {
  steps: Step[];
  /** What the slice weighs against the budget: multiply-adds, attention's counted dearer. */
  cost: number;
  multiplyAdds: number;
}

interface Phase {
  kind: Step['kind'];
  layer: number;
  /** Multiply-adds of each token in linear layers. */
  linear: number;
  /** Cost of each token beside multiply-adds. */
  other: number;
  attends: boolean;
  /** Multiply-adds over rows, in a phase that is never cut. */
  rows: number;
  /** Tokens that cannot be parted. */
  granule: number;
}

interface GroupSize {
  tokens: number;
  rows: number;
}

/** The tokens of one invocation of the tallest linear kernel: slices cut no finer. */
const tokensPerTile = 8;

/** Steps in one submit at most: each has a slot in the buffer of ranges. */
export const stepsMax = 128;

/** One multiply-add of attention takes as long as so many of a linear layer. */
const attentionWeight = 8;

/** The same for a column that is embedded or pooled. */
const columnWeight = 16;

function makePhases(config: EncoderConfig, { tokens, rows }: GroupSize): Phase[] {
  const { hiddenSize, intermediateSize, outlierColumns, layers } = config;
  const other = hiddenSize * columnWeight;
  const shared = { linear: 0, other, attends: false, rows: 0, granule: tokensPerTile };
  const phases: Phase[] = [{ ...shared, kind: 'embed', layer: 0 }];
  const keys = 3 * hiddenSize * (hiddenSize + outlierColumns);
  const mix = hiddenSize * hiddenSize + intermediateSize * (2 * hiddenSize + outlierColumns);
  for (let layer = 0; layer < layers; layer++) {
    phases.push({ ...shared, kind: 'keys', layer, linear: keys });
    phases.push({ ...shared, kind: 'mix', layer, linear: mix, attends: true });
  }
  const pool = { rows: rows * denseCost(config), granule: tokens };
  phases.push({ ...shared, ...pool, kind: 'pool', layer: layers - 1 });
  return phases;
}

export class Plan {
  readonly #phases: Phase[];
  /** Attention's multiply-adds in one layer of all tokens before each. */
  readonly #attention: number[] = [0];
  #phase = 0;
  #token = 0;

  /** @param lengths tokens of each row of the group */
  constructor(config: EncoderConfig, lengths: readonly number[]) {
    let sum = 0;
    for (const length of lengths) {
      for (let token = 0; token < length; token++) {
        sum += 2 * length * config.hiddenSize;
        this.#attention.push(sum);
      }
    }
    const tokens = this.#attention.length - 1;
    this.#phases = makePhases(config, { tokens, rows: lengths.length });
  }

  get done(): boolean {
    return this.#phase === this.#phases.length;
  }

  /** The next steps, of at most `budget` in cost, but at least one granule. */
  next(budget: number): Slice {
    const slice: Slice = { steps: [], cost: 0, multiplyAdds: 0 };
    while (!this.done && slice.steps.length < stepsMax) {
      const end = this.#reach(budget - slice.cost, slice.steps.length === 0);
      if (end === this.#token) break;
      const { kind, layer } = this.#phases[this.#phase];
      const work = this.#weigh(this.#token, end);
      slice.steps.push({ kind, layer, start: this.#token, end });
      slice.cost += work.cost;
      slice.multiplyAdds += work.multiplyAdds;
      this.#advance(end);
    }
    return slice;
  }

  /** How far the current phase gets within the budget. */
  #reach(budget: number, must: boolean): number {
    const tokens = this.#attention.length - 1;
    const { granule } = this.#phases[this.#phase];
    let end = must ? Math.min(tokens, this.#token + granule) : this.#token;
    while (end < tokens) {
      const further = Math.min(tokens, end + granule);
      if (this.#weigh(this.#token, further).cost > budget) break;
      end = further;
    }
    return end;
  }

  #weigh(start: number, end: number): { cost: number; multiplyAdds: number } {
    const { linear, other, attends, rows } = this.#phases[this.#phase];
    const attention = attends ? this.#attention[end] - this.#attention[start] : 0;
    const tokens = end - start;
    return {
      cost: tokens * (linear + other) + attention * attentionWeight + rows,
      multiplyAdds: tokens * linear + attention + rows,
    };
  }

  #advance(end: number): void {
    const isLast = end === this.#attention.length - 1;
    this.#token = isLast ? 0 : end;
    if (isLast) this.#phase++;
  }
}

/** Rows in order, cut where the next would exceed a group. */
export function cutGroups(
  lengths: readonly number[],
  groupMax: GroupSize,
): { row: number; rows: number }[] {
  const groups: { row: number; rows: number }[] = [];
  let tokens = 0;
  lengths.forEach((length, row) => {
    const group = groups.at(-1);
    if (group && group.rows < groupMax.rows && tokens + length <= groupMax.tokens) {
      group.rows++;
      tokens += length;
    } else {
      groups.push({ row, rows: 1 });
      tokens = length;
    }
  });
  return groups;
}
