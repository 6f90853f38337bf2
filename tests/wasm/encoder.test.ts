// The WASM backend whole: equal to the oracle on models of many shapes, whatever the company of a
// row and however the work is sliced; and the contract of src/model/backend.ts.
import { beforeAll, describe, expect, test } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import type { SliceProgress } from '#model/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { groupRows } from '#wasm/encoder.ts';

let kernels: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  kernels = await readKernels();
});

/** A clock by which every step is a slice. */
const everyStep = { now: () => 0, sliceMs: 0 };

function makeConfig(change: Partial<EncoderConfig>): EncoderConfig {
  return { ...syntheticConfig, ...change };
}

async function open(seed: number, change: Partial<EncoderConfig> = {}, clock = everyStep) {
  const weights = makeSyntheticEncoder(seed, makeConfig(change));
  const backend = await createWasmBackend(kernels, { clock });
  const encoder = await backend.createEncoder(weights);
  const rows = (...lengths: number[]) =>
    makeSyntheticRows(seed + 1, lengths, weights.config.vocabularySize);
  return { weights, backend, encoder, rows };
}

describe('a whole model equals the oracle', () => {
  test.each<[string, Partial<EncoderConfig>]>([
    ['8-bit weights, 4 outlier columns', {}],
    ['7-bit weights', { weightBits: 7 }],
    ['no outlier columns', { outlierColumns: 0 }],
    ['16 outlier columns', { outlierColumns: 16, weightBits: 7 }],
    ['every column an outlier', { outlierColumns: 64 }],
    ['heads of 4', { heads: 16 }],
    ['heads of 12, odd widths', { hiddenSize: 48, intermediateSize: 80, heads: 4 }],
    ['one head of 64', { heads: 1 }],
    ['the smallest shape', { hiddenSize: 16, intermediateSize: 16, heads: 4, layers: 1 }],
    ['wide and shallow', { hiddenSize: 256, intermediateSize: 1024, heads: 8, layers: 1 }],
    ['one token at most', { tokensMax: 1, positions: 1 }],
  ])('%s', async (_name, change) => {
    const { weights, encoder, rows } = await open(11, change);
    const { tokensMax } = weights.config;
    const texts = rows(...[1, 2, 3, 5, 8, 13, 31, 64].filter((length) => length <= tokensMax));
    const output = await encoder.encode(texts);
    texts.forEach((text, row) => {
      const { hiddenSize } = weights.config;
      const actual = output.slice(row * hiddenSize, (row + 1) * hiddenSize);
      expect(actual, `row ${row}`).toEqual(encodeRow(weights, text));
    });
  });

  test('a row of 512 tokens', async () => {
    const change = { tokensMax: 512, positions: 512, layers: 1, hiddenSize: 32, heads: 1 };
    const { weights, encoder, rows } = await open(12, change);
    const [text] = rows(512);
    expect(await encoder.encode([text])).toEqual(encodeRow(weights, text));
  });
});

describe('a row is independent of its neighbours', () => {
  test('alone, in any company, in any order', async () => {
    const { weights, encoder, rows } = await open(21);
    const texts = rows(...Array.from({ length: 40 }, (_, i) => 1 + ((i * 29) % 64)));
    const { hiddenSize } = weights.config;
    const together = await encoder.encode(texts);
    for (const [row, text] of texts.entries()) {
      const expected = together.slice(row * hiddenSize, (row + 1) * hiddenSize);
      expect(await encoder.encode([text]), `row ${row}`).toEqual(expected);
    }
    const backwards = await encoder.encode([...texts].reverse());
    texts.forEach((_, row) => {
      const at = (texts.length - 1 - row) * hiddenSize;
      const expected = together.slice(row * hiddenSize, (row + 1) * hiddenSize);
      expect(backwards.slice(at, at + hiddenSize)).toEqual(expected);
    });
  });

  test('calls made at once do not mix', async () => {
    const { encoder, rows } = await open(22);
    const [a, b] = [rows(7, 9), rows(30, 2, 11)];
    const onSlice = () => Promise.resolve();
    const apart = [await encoder.encode(a), await encoder.encode(b)];
    const calls = [encoder.encode(a, { onSlice }), encoder.encode(b, { onSlice })];
    expect(await Promise.all(calls)).toEqual(apart);
  });

  test('groups hold whole rows and every row once', () => {
    const rows = makeSyntheticRows(1, [100, 100, 56, 1, 256, 3, 300, 2], 9);
    expect(groupRows(rows, 300)).toEqual([
      { row: 0, lengths: [100, 100, 56, 1], tokens: 257 },
      { row: 4, lengths: [256, 3], tokens: 259 },
      { row: 6, lengths: [300], tokens: 300 },
      { row: 7, lengths: [2], tokens: 2 },
    ]);
  });
});

describe('onSlice', () => {
  test('rises to the total in order, and ends with it', async () => {
    const { weights, encoder, rows } = await open(31);
    const texts = rows(64, 64, 64, 64, 1, 20, 64);
    const seen: SliceProgress[] = [];
    await encoder.encode(texts, { onSlice: (progress) => void seen.push(progress) });
    const total = texts.reduce((sum, text) => sum + rowCost(weights.config, text.length), 0);
    expect(seen.length).toBeGreaterThan(weights.config.layers * 2);
    expect(new Set(seen.map((slice) => slice.total))).toEqual(new Set([total]));
    expect(seen.at(-1)?.done).toBe(total);
    seen.slice(1).forEach((slice, at) => {
      const before = seen[at];
      expect(slice.done).toBeGreaterThan(before.done);
      const isLater = slice.row > before.row;
      expect(isLater || (slice.row === before.row && slice.layer >= before.layer)).toBe(true);
      expect(slice.row + slice.rows).toBeLessThanOrEqual(texts.length);
    });
  });

  test('cutting into slices moves no byte', async () => {
    const { encoder, rows } = await open(32);
    const texts = rows(33, 5, 64, 64, 64, 64);
    const plain = await encoder.encode(texts);
    expect(await encoder.encode(texts, { onSlice: async () => {} })).toEqual(plain);
  });

  test('is awaited, and what it throws ends the call', async () => {
    const { encoder, rows } = await open(33);
    const texts = rows(9, 9);
    const plain = await encoder.encode(texts);
    let calls = 0;
    const stopped = encoder.encode(texts, {
      onSlice: async () => {
        await Promise.resolve();
        calls++;
        if (calls === 3) throw new Error('stopped');
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(calls).toBe(3);
    expect(await encoder.encode(texts)).toEqual(plain);
  });

  test('ends a slice by time, and calls once for work shorter than that', async () => {
    let now = 0;
    const clock = { now: () => now++, sliceMs: 5 };
    const { encoder, rows } = await open(34, {}, clock);
    let calls = 0;
    await encoder.encode(rows(4), { onSlice: () => void calls++ });
    const steps = calls;
    clock.sliceMs = 1e9;
    await encoder.encode(rows(4), { onSlice: () => void calls++ });
    expect(steps).toBeGreaterThan(1);
    expect(calls - steps).toBe(1);
  });

  test('no rows: no slice, no output', async () => {
    const { encoder } = await open(35);
    const onSlice = () => expect.unreachable();
    expect(await encoder.encode([], { onSlice })).toEqual(new Int32Array());
  });
});

describe('refusals', () => {
  test.each([
    ['an empty row', new Uint32Array(), 'model/row-length'],
    ['a row too long', new Uint32Array(65), 'model/row-length'],
    ['a token outside the vocabulary', Uint32Array.of(1, 64), 'model/token-id'],
  ])('%s', async (_name, row, code) => {
    const { encoder } = await open(41);
    await expect(encoder.encode([row])).rejects.toMatchObject({ code });
  });

  test('a tensor shorter than its shape', async () => {
    const { weights, backend } = await open(42);
    weights.layers[1].up.bias = weights.layers[1].up.bias.slice(1);
    const message = expect.stringContaining('layers.1.up.bias');
    await expect(backend.createEncoder(weights)).rejects.toMatchObject({ message });
  });

  test('a tensor that the config does not ask for', async () => {
    const { weights, backend } = await open(44);
    const attentionBias = new Int32Array(2 * 127);
    const message = expect.stringContaining('no array');
    const opened = backend.createEncoder({ ...weights, attentionBias });
    await expect(opened).rejects.toMatchObject({ message });
  });

  test('a destroyed encoder, also between two slices', async () => {
    const { encoder, backend, rows } = await open(43);
    const code = 'engine/destroyed';
    const running = encoder.encode(rows(20), { onSlice: () => encoder.destroy() });
    await expect(running).rejects.toMatchObject({ code });
    await expect(encoder.encode(rows(2))).rejects.toMatchObject({ code });
    const other = await backend.createEncoder(makeSyntheticEncoder(43));
    backend.destroy();
    await expect(other.encode(rows(2))).rejects.toMatchObject({ code });
  });
});

test('a backend opens from bytes, from a buffer and from a compiled module', async () => {
  const weights = makeSyntheticEncoder(51);
  const [text] = makeSyntheticRows(52, [6], 64);
  const { compileKernels } = await import('#wasm/kernels.ts');
  for (const source of [kernels, kernels.buffer, await compileKernels(kernels)]) {
    const backend = await createWasmBackend(source);
    expect(backend.name).toBe('wasm');
    const encoder = await backend.createEncoder(weights);
    expect(await encoder.encode([text])).toEqual(encodeRow(weights, text));
  }
});
