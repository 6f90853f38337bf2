// A model in a kernels' memory. encode() walks groups of rows through the layers and hands control
// back between slices of time; the bytes do not depend on how either is cut.
import { outputSize } from '#model/architecture.ts';
import type { EncodeOptions, Encoder } from '#model/backend.ts';
import { checkRows } from '#model/check-rows.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { poolGroup } from './pool-group.ts';
import { embedGroup, type Group, type Machine, runLayer } from './run-layer.ts';

export interface SliceClock {
  /** Milliseconds. */
  now(): number;
  /** A slice ends with the first step past this; one step takes a few milliseconds. */
  sliceMs: number;
}

/** Consecutive rows while they fit the buffers; a row is never cut. */
export function groupRows(rows: readonly Uint32Array[], tokensMax: number): Group[] {
  const groups: Group[] = [];
  let group: Group | undefined;
  for (const [row, { length }] of rows.entries()) {
    if (!group || group.tokens + length > tokensMax) {
      group = { row, lengths: [], tokens: 0 };
      groups.push(group);
    }
    group.lengths.push(length);
    group.tokens += length;
  }
  return groups;
}

export class WasmEncoder implements Encoder {
  #machine: Machine | null;
  readonly #clock: SliceClock;
  readonly #spare: (() => Promise<Machine>) | undefined;
  /** Calls share the buffers, so they run one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param spare makes the machine that takes over when this one is found unsound */
  constructor(machine: Machine, clock: SliceClock, spare?: () => Promise<Machine>) {
    this.#machine = machine;
    this.#clock = clock;
    this.#spare = spare;
  }

  encode(rows: readonly Uint32Array[], options: EncodeOptions = {}) {
    const run = () => this.#encodeSoundly(rows, options);
    const call = this.#last.then(run, run);
    this.#last = call.catch(() => {});
    return call;
  }

  /** A second pass by the spare machine reports all as done: progress never falls. */
  async #encodeSoundly(rows: readonly Uint32Array[], options: EncodeOptions) {
    const output = await this.#encode(rows, options, 0);
    if (!this.#spare || this.#live().isSound()) return output;
    const spare = await this.#spare();
    this.#live();
    this.#machine = spare;
    return this.#encode(rows, options, Infinity);
  }

  async #encode(rows: readonly Uint32Array[], { onSlice }: EncodeOptions, reached: number) {
    const { config, buffers } = this.#live();
    checkRows(config, rows);
    const total = totalCost(config, rows);
    const output = new Int32Array(rows.length * outputSize(config));
    let done = 0;
    let sliceStart = this.#clock.now();
    let slice = { done, total, layer: 0, row: 0, rows: 0 };
    for (const group of groupRows(rows, buffers.groupTokens)) {
      for (const { layer, cost } of runGroup(this.#live(), group, { rows, output })) {
        done += cost;
        const shown = Math.max(done, Math.min(reached, total));
        slice = { done: shown, total, layer, row: group.row, rows: group.lengths.length };
        const isLast = done === total;
        if (!onSlice || isLast || this.#clock.now() - sliceStart < this.#clock.sliceMs) continue;
        await onSlice(slice);
        this.#live();
        sliceStart = this.#clock.now();
      }
    }
    if (rows.length > 0) await onSlice?.(slice);
    return output;
  }

  /** @throws engine/destroyed once destroy() was called, also to a call between two slices */
  #live(): Machine {
    if (this.#machine) return this.#machine;
    throw new IdlewildError('engine/destroyed', 'This encoder was destroyed.');
  }

  destroy(): void {
    this.#machine = null;
  }
}

interface Batch {
  rows: readonly Uint32Array[];
  output: Int32Array;
}

/** Every step of a group, after it has run; what follows the last layer counts as a part of it. */
function* runGroup(machine: Machine, group: Group, { rows, output }: Batch) {
  const { layers } = machine.weights;
  embedGroup(machine, group, rows);
  for (const [layer, placed] of layers.entries()) {
    for (const cost of runLayer(machine, placed, group)) yield { layer, cost };
  }
  const layer = layers.length - 1;
  for (const cost of poolGroup(machine, group, output)) yield { layer, cost };
}

function totalCost(config: EncoderConfig, rows: readonly Uint32Array[]): number {
  return rows.reduce((sum, row) => sum + rowCost(config, row.length), 0);
}
