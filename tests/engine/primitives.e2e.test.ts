// The primitives of the kernels against their formulas, in Chromium's compiler on SwiftShader: a
// fault of one in the last place would hide in a whole kernel, whose outputs are rounded again.
import { beforeAll, describe, expect, test } from 'vitest';
import { type EngineDevice, openDevice } from '#engine/device.ts';
import { makeRandom } from '#model/synthetic.ts';
import { makeExp2Table } from '#model/tables.ts';
import {
  bitLength,
  exp2,
  multiplyHigh,
  normalize,
  requantize,
  roundedSquareRoot,
} from '#reference/arithmetic.ts';
import { runProbe } from './run-primitives.ts';
import { openSoftwareGpu } from './software-gpu.ts';

let engine: EngineDevice;

beforeAll(async () => {
  engine = await openDevice(await openSoftwareGpu());
});

test('the primitives agree with their formulas', async () => {
  const random = makeRandom(11);
  const operands: number[] = [];
  const expected: number[] = [];
  for (let i = 0; i < 8000; i++) {
    const m = [random(65536), 65535, 32768, 0][random(8) % 4];
    const s = 1 + random(48);
    // As large as the result may be: the norm's second form needs it to fit i32.
    const most = Math.min(2 ** 31, Math.floor((2 ** 31 * 2 ** s) / Math.max(m, 1) / 2));
    const x = Math.max(-(2 ** 31), random(2 * most) - most);
    const any = [random(2 ** 32), 2 ** random(32), 2 ** random(32) - 1, 2 ** 32 - 1][i % 4];
    const { m: mantissa, e } = normalize(Math.max(any, 1));
    const q = requantize(x, m, s);
    operands.push(x, m, s, any);
    expected.push(q, q, multiplyHigh(m, any & 65535), roundedSquareRoot(any));
    expected.push(mantissa, e, any, bitLength(any));
  }
  const words = await runProbe(engine, { probe: 'primitives', operands });
  const wrong = expected.findIndex((word, at) => (word | 0) !== words[at]);
  const at = 4 * Math.floor(wrong / 8);
  expect({ wrong, given: operands.slice(at, at + 4) }).toMatchObject({ wrong: -1 });
});

describe('attention', () => {
  const table = makeExp2Table();

  /** section 6, step 5: w = ((E >> 6)·(m >> 1)) >> halvings. */
  const weight = (e: number, m: number, halvings: number) =>
    Math.floor((Math.floor(e / 64) * Math.floor(m / 2)) / 2 ** halvings);

  async function firstFault(rows: [f: number, m: number, e: number, halvings: number][]) {
    const operands = rows.flatMap(([f, m, e, halvings]) => [f, m, e + 32, halvings]);
    const words = await runProbe(engine, { probe: 'softmax', operands, table: [...table] });
    const wrong = rows.findIndex(([f, m, , halvings], at) => {
      const e = exp2(f, table);
      return words[4 * at] !== e || words[4 * at + 1] !== weight(e, m, halvings);
    });
    return wrong < 0 ? null : { given: rows[wrong], got: words.slice(4 * wrong, 4 * wrong + 2) };
  }

  test('2^-f is the formula for every f below 2^19, where it is long zero', async () => {
    const rows = Array.from(
      { length: 2 ** 19 },
      (_, f) => [f, 32768 + (f % 32768), (f % 22) - 15, f % 22] as [number, number, number, number],
    );
    expect(await firstFault(rows)).toBeNull();
  });

  test('and for the largest f; weights are cut by up to 21 halvings', async () => {
    const random = makeRandom(3);
    const rows: [number, number, number, number][] = [];
    for (let halvings = 0; halvings <= 21; halvings++) {
      for (const m of [32768, 32769, 65534, 65535]) {
        for (const f of [0, 1, 23 * 16384, 24 * 16384 - 1, 24 * 16384, 2 ** 31 - 1]) {
          rows.push([f, m, 6 - halvings, halvings], [random(2 ** 31), m, -15, halvings]);
        }
      }
    }
    expect(await firstFault(rows)).toBeNull();
  });
});
