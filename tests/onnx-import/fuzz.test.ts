// Bytes cut and flipped: the answer is a model or an IdlewildError, soon, and never anything else.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importGraph } from '#onnx-import/import-graph.ts';
import { planShards } from '#onnx-import/plan-shards.ts';
import { IdlewildError } from '#protocol/errors.ts';
import {
  addition,
  constant,
  type Fields,
  floats,
  graph,
  model,
  node,
  tensor,
  value,
} from './make-onnx.ts';
import { realModels } from './real-models.ts';

/** One of everything that the reader knows. */
function small(): Uint8Array {
  const branch = graph({
    nodes: [
      constant('c', tensor({ name: '', dims: [2], type: 7, more: [[7, Uint8Array.of(1, 2)]] })),
    ],
    weights: [tensor({ name: 'v', dims: [1], raw: floats(1) })],
    outputs: [value('c', [2], 7)],
  });
  const attribute = (name: string): Fields[number] => [
    5,
    [
      [1, name],
      [6, branch],
    ],
  ];
  return model(
    {
      nodes: [
        node('If', [['b'], ['y']], [attribute('then_branch'), attribute('else_branch')]),
        node('Add', [['x', 'w'], ['z']], [[3, 'sum']]),
      ],
      weights: [tensor({ name: 'w', dims: [2, 2], more: [[4, floats(1, 2, 3, 4)]] })],
      inputs: [value('x', ['n', 2]), value('b', [], 9)],
      outputs: [value('y', ['k'], 7), value('z', ['n', 2])],
    },
    [
      [
        14,
        [
          [1, 'character'],
          [2, 'abc'],
        ],
      ],
    ],
  );
}

/** @returns 'read', or the error's code */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    await importGraph({ bytes, folder: null }, planShards());
    return 'read';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(IdlewildError);
    return (thrown as IdlewildError).code;
  }
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('a small file', () => {
  it('is read as it is', async () => {
    expect(await outcome(small())).toBe('read');
  });

  it('is refused at every cut but none crashes', async () => {
    const whole = small();
    const found = new Set<string>();
    for (let length = 0; length < whole.length; length++) {
      found.add(await outcome(whole.slice(0, length)));
    }
    expect([...found].filter((code) => code !== 'read' && !code.startsWith('onnx/'))).toEqual([]);
    expect(found.size).toBeGreaterThan(1);
  });

  it('never crashes by any one byte', async () => {
    const whole = small();
    const found = new Set<string>();
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0, 0x7f, 0x80, 0xff, whole[at] ^ 1, whole[at] ^ 0x80]) {
        const bytes = whole.slice();
        bytes[at] = byte;
        found.add(await outcome(bytes));
      }
    }
    expect([...found].filter((code) => code !== 'read' && !code.startsWith('onnx/'))).toEqual([]);
    expect(found.size).toBeGreaterThan(5);
  });

  it('never crashes by many bytes, moved, doubled or gone', async () => {
    const random = randomOf(7);
    const place = (length: number) => Math.floor(random() * length);
    for (let round = 0; round < 800; round++) {
      let bytes = round % 2 === 0 ? small() : addition();
      for (let change = 0; change < 1 + (round % 5); change++) {
        const [from, to] = [place(bytes.length), place(bytes.length)].sort((a, b) => a - b);
        const part = bytes.slice(from, to);
        if (round % 3 === 0) bytes[from] = place(256);
        else if (round % 3 === 1)
          bytes = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
        else bytes = Buffer.concat([bytes.subarray(0, to), part, bytes.subarray(to)]);
      }
      const code = await outcome(bytes);
      expect(code === 'read' || code.startsWith('onnx/')).toBe(true);
    }
  });
});

describe('a published file', () => {
  it('never crashes by bytes of its structure', async () => {
    const whole = readFileSync(realModels.classifier);
    const random = randomOf(11);
    const found = new Set<string>();
    for (let round = 0; round < 15; round++) {
      const bytes = new Uint8Array(whole);
      for (let change = 0; change < 20; change++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      found.add(await outcome(bytes));
    }
    for (let round = 0; round < 10; round++) {
      found.add(await outcome(whole.subarray(0, Math.floor(random() * whole.length))));
    }
    expect([...found].filter((code) => code !== 'read' && !code.startsWith('onnx/'))).toEqual([]);
    expect(found).toContain('onnx/truncated');
  });
});

it('takes thousands of graphs within a graph without copying names for each', async () => {
  const branch = graph({ nodes: [], outputs: [value('x', [1])] });
  const nodes = Array.from({ length: 8000 }, (_, i) =>
    node(
      'If',
      [['b'], [`y${i}`]],
      [
        [
          5,
          [
            [1, 'then_branch'],
            [6, branch],
          ],
        ],
      ],
    ),
  );
  const bytes = model({
    nodes,
    inputs: [value('x', [1]), value('b', [], 9)],
    outputs: [value('y7', [1])],
  });
  // Copied for each graph, the names would be 64 million.
  expect(await outcome(bytes)).toBe('read');
});
