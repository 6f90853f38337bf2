// The whole forward pass in plain TypeScript: the oracle that WASM and WGSL are compared with.
// It favours being read over being fast.
import { outputSize } from '#model/architecture.ts';
import type { EncodeOptions, Encoder, ExactBackend } from '#model/backend.ts';
import type { Observe } from '#model/calibrate.ts';
import { checkRows } from '#model/check-rows.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { gelu, requantize, saturate } from './arithmetic.ts';
import { attend } from './attention.ts';
import { poolRow } from './pool.ts';
import { addRows, linear, normalizeRow, quantizeRow, quantizeShiftedRow } from './rows.ts';

const tables = { exp2: makeExp2Table(), gelu: makeGeluTable(), tanh: makeTanhTable() };

function embed(weights: EncoderWeights, tokens: Uint32Array): Int32Array[] {
  const { words, wordScale, wordShift, positions, norm } = weights.embeddings;
  const size = weights.config.hiddenSize;
  return Array.from(tokens, (token, position) => {
    const sum = new Int32Array(size);
    for (let d = 0; d < size; d++) {
      const word = requantize(words[token * size + d], wordScale[token], wordShift);
      sum[d] = saturate(word + positions[position * size + d]);
    }
    return normalizeRow(sum, norm);
  });
}

function runLayer(
  x: Int32Array[],
  weights: EncoderWeights,
  index: number,
  observe: Observe,
): Int32Array[] {
  const layer = weights.layers[index];
  const { attention, attentionBias: bias } = weights;
  observe('qkv', index, x);
  const qkv = x.map((row) => linear(quantizeRow(row, layer.qkv.outliers), layer.qkv));
  const context = attend(qkv, weights.config, { attention, exp2: tables.exp2, bias });
  observe('output', index, context);
  const attended = context.map((row, token) => {
    const output = linear(quantizeRow(row), layer.output);
    return normalizeRow(addRows(x[token], output), layer.attentionNorm);
  });
  observe('up', index, attended);
  const activated = attended.map((row) => {
    const hidden = linear(quantizeRow(row, layer.up.outliers), layer.up);
    return hidden.map((value) => gelu(value, tables.gelu));
  });
  observe('down', index, activated);
  return activated.map((row, token) => {
    const down = linear(quantizeShiftedRow(row), layer.down);
    return normalizeRow(addRows(attended[token], down), layer.outputNorm);
  });
}

/**
 * One row's exact output: i32 [outputSize].
 * @param observe sees what enters each linear layer: how the importer calibrates
 */
export function encodeRow(
  weights: EncoderWeights,
  tokens: Uint32Array,
  observe: Observe = () => {},
): Int32Array {
  let x = embed(weights, tokens);
  weights.layers.forEach((_, index) => {
    x = runLayer(x, weights, index, observe);
  });
  return poolRow(x, weights, tables, observe);
}

class ReferenceEncoder implements Encoder {
  readonly #weights: EncoderWeights;

  constructor(weights: EncoderWeights) {
    this.#weights = weights;
  }

  async encode(rows: readonly Uint32Array[], options: EncodeOptions = {}) {
    const { config } = this.#weights;
    checkRows(config, rows);
    const costs = rows.map((row) => rowCost(config, row.length));
    const total = costs.reduce((sum, cost) => sum + cost, 0);
    const size = outputSize(config);
    const output = new Int32Array(rows.length * size);
    let done = 0;
    for (const [row, tokens] of rows.entries()) {
      output.set(encodeRow(this.#weights, tokens), row * size);
      done += costs[row];
      await options.onSlice?.({ done, total, layer: config.layers - 1, row, rows: 1 });
    }
    return output;
  }

  destroy(): void {}
}

/** @returns the oracle as a backend; slow, and available everywhere */
export function createReferenceBackend(): ExactBackend {
  return {
    name: 'typescript',
    adapter: 'plain TypeScript',
    createEncoder: async (weights) => new ReferenceEncoder(weights),
    destroy() {},
  };
}
