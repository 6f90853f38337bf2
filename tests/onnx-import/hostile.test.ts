// Files that nobody honest would write: each gets an error that names what is wrong, and where.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importGraph } from '#onnx-import/import-graph.ts';
import { planShards } from '#onnx-import/plan-shards.ts';
import {
  addition,
  constant,
  encode,
  external,
  type Fields,
  floats,
  graph,
  model,
  node,
  tensor,
  value,
} from './make-onnx.ts';

const inputs = [value('x', ['n', 4])];
const outputs = [value('y', ['n', 4])];
const weight = (dims: (number | bigint)[], raw = floats(1, 2, 3, 4)) =>
  addition([tensor({ name: 'w', dims, raw })]);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-onnx-'));
  await mkdir(path.join(folder, 'model', 'inner'), { recursive: true });
  await writeFile(path.join(folder, 'secret'), floats(9, 9, 9, 9));
  await writeFile(path.join(folder, 'model', 'data'), floats(0, 1, 2, 3, 4, 5));
  await writeFile(path.join(folder, 'model', 'inner', 'data'), floats(1, 2, 3, 4));
  await symlink('../secret', path.join(folder, 'model', 'link'));
  await symlink('inner', path.join(folder, 'model', 'linked'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(bytes: Uint8Array) {
  return importGraph({ bytes, folder: path.join(folder, 'model') }, planShards());
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await run(bytes).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error?.name).toBe('IdlewildError');
  return `${error.code} ${error.message}`;
}

describe('bytes', () => {
  it('takes a whole file', async () => {
    const { graph: read, opset, operators } = await run(addition());
    expect(read.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['n', 4], feed: null }]);
    expect([opset, operators]).toEqual([13, ['Add']]);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('<html>not found</html>')],
    ['zeros', new Uint8Array(64)],
    ['ones', new Uint8Array(64).fill(255)],
  ])('refuses %s', async (_, bytes) => {
    expect(await refusal(bytes)).toMatch(/^onnx\/(malformed|truncated) /);
  });

  it('refuses a file that was cut', async () => {
    const whole = addition();
    expect(await refusal(whole.subarray(0, whole.length - 7))).toMatch(
      /^onnx\/truncated The file: field 7 ends 7 bytes beyond its message/,
    );
  });

  it('refuses a length beyond 2^53, and a negative one', async () => {
    const endless = Uint8Array.from([0x3a, ...new Array(8).fill(0xff), 0x7f]);
    expect(await refusal(endless)).toMatch(/^onnx\/truncated /);
    const negative = Uint8Array.from([0x3a, ...new Array(9).fill(0xff), 0x01]);
    expect(await refusal(negative)).toMatch(/^onnx\/malformed .*negative length/);
  });

  it('refuses two graphs, no opset, and a version of nothing', async () => {
    const twice = model({ inputs, outputs }, [[7, graph({ inputs, outputs })]]);
    expect(await refusal(twice)).toMatch(/^onnx\/malformed The file has 2 graphs/);
    expect(
      await refusal(
        encode([
          [1, 8],
          [7, graph({ inputs })],
        ]),
      ),
    ).toMatch(/^onnx\/opset /);
    expect(
      await refusal(
        encode([
          [1, -1],
          [7, graph({ inputs })],
        ]),
      ),
    ).toMatch(/^onnx\/malformed ir/);
  });
});

describe('shapes', () => {
  it.each([
    ['negative', [-4]],
    ['beyond 2^31', [2 ** 31]],
    ['beyond 2^53', [2n ** 53n + 1n]],
    ['of all bits', [2n ** 64n - 1n]],
  ])('refuses a length %s', async (_, dims) => {
    expect(await refusal(weight(dims))).toMatch(
      /^onnx\/shape graph\.initializer\[0\]: a length of /,
    );
  });

  it('refuses a product beyond any file, though a length of 0 would empty it', async () => {
    const absurd = /^onnx\/shape graph\.initializer\[0\]: .* is beyond any file/;
    expect(await refusal(weight([2 ** 20, 2 ** 20, 2 ** 20]))).toMatch(absurd);
    expect(await refusal(weight([2 ** 30, 2 ** 30, 0]))).toMatch(absurd);
  });

  it('refuses a weight that has not the bytes of its shape', async () => {
    expect(await refusal(weight([5]))).toBe(
      'onnx/size-mismatch graph.initializer[0]: its shape needs 20 bytes, it has 16.',
    );
    // float_data, packed: 3 of 4.
    const typed = tensor({ name: 'w', dims: [4], more: [[4, floats(1, 2, 3)]] });
    expect(await refusal(addition([typed]))).toMatch(/^onnx\/size-mismatch /);
  });

  it('refuses an unknown type, and one that a request cannot have', async () => {
    const odd = tensor({ name: 'w', dims: [4], type: 99 });
    expect(await refusal(addition([odd]))).toMatch(/^onnx\/dtype graph\.initializer\[0\]/);
    const text = model({ inputs: [value('x', [1], 8)], outputs: [value('x', [1], 8)] });
    expect(await refusal(text)).toMatch(/^onnx\/dtype input "x"/);
  });

  it('refuses 17 dimensions, and a negative one of an input', async () => {
    expect(await refusal(weight(new Array(17).fill(1)))).toMatch(/^onnx\/size .*dims/);
    const bad = model({
      nodes: [node('Neg', [['x'], ['y']])],
      inputs: [value('x', [-2])],
      outputs,
    });
    expect(await refusal(bad)).toMatch(/^onnx\/shape graph\.input\[0\]/);
  });
});

describe('graphs', () => {
  const of = (...nodes: Fields[]) => model({ nodes, inputs, outputs });

  it('refuses a cycle, and one through a graph within', async () => {
    const cycle = of(node('Add', [['x', 'b'], ['y']]), node('Neg', [['y'], ['b']]));
    expect(await refusal(cycle)).toBe('onnx/cycle graph.node[0]: Add needs what itself makes.');
    const branch = graph({
      nodes: [node('Neg', [['y'], ['z']])],
      outputs: [value('z', [4])],
    });
    const within = of(
      node(
        'If',
        [['x'], ['y']],
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
    expect(await refusal(within)).toMatch(/^onnx\/cycle graph\.node\[0\]: If/);
  });

  it('takes nodes in any order that has an end', async () => {
    const { operators } = await run(of(node('Neg', [['a'], ['y']]), node('Abs', [['x'], ['a']])));
    expect(operators).toEqual(['Abs', 'Neg']);
  });

  it('refuses what nothing makes, and what is made twice', async () => {
    expect(await refusal(of(node('Neg', [['ghost'], ['y']])))).toMatch(
      /^onnx\/undefined graph\.node\[0\]: nothing makes its input "ghost"/,
    );
    expect(await refusal(of(node('Neg', [['x'], ['a']])))).toMatch(
      /^onnx\/undefined graph: nothing makes the output "y"/,
    );
    const twice = of(node('Neg', [['x'], ['y']]), node('Abs', [['x'], ['y']]));
    expect(await refusal(twice)).toMatch(/^onnx\/duplicate graph\.node\[1\]/);
  });

  it('refuses graphs within graphs without end', async () => {
    let inner = graph({ nodes: [node('Neg', [['x'], ['y']])], outputs });
    for (let depth = 0; depth < 9; depth++) {
      const attribute: Fields = [
        [1, 'body'],
        [6, inner],
      ];
      inner = graph({ nodes: [node('Loop', [['x'], ['y']], [[5, attribute]])], outputs, inputs });
    }
    const nested = encode([
      [1, 8],
      [8, [[2, 13]]],
      [7, inner],
    ]);
    expect(await refusal(nested)).toMatch(/^onnx\/depth .*depthMax/);
  });

  it('refuses a node of no operator, and a name of a megabyte', async () => {
    expect(await refusal(of(node('', [['x'], ['y']])))).toMatch(/^onnx\/malformed .*operator/);
    const long = of(node('Neg', [['x'], ['y'.repeat(1 << 20)]]));
    expect(await refusal(long)).toMatch(/^onnx\/name-size /);
  });
});

describe('external data', () => {
  const at = (entries: Record<string, string>) => addition([external('w', [4], entries)]);

  it('is read from the model’s folder and below', async () => {
    const plan = planShards();
    const read = await importGraph(
      { bytes: at({ location: 'data', offset: '4', length: '16' }), folder: `${folder}/model` },
      plan,
    );
    const [range] = read.graph.weights;
    expect(plan.finish()[range.shard].data).toEqual(Buffer.from(floats(1, 2, 3, 4)));
    await expect(run(at({ location: './inner/data' }))).resolves.toBeTruthy();
  });

  it.each([
    '../secret',
    'inner/../../secret',
    '/etc/passwd',
    'C:\\secret',
    '\\\\host\\share',
    'inner//data',
    'data\u0000.bin',
    'file:///etc/passwd',
    'x'.repeat(600),
  ])('refuses the path %j', async (location) => {
    expect(await refusal(at({ location }))).toMatch(
      /^onnx\/external-path graph\.initializer\[0\]: .* no path within/,
    );
  });

  it('refuses a link, a link on the way, a folder, and what is not there', async () => {
    expect(await refusal(at({ location: 'link' }))).toMatch(/^onnx\/external-path .*is a link/);
    expect(await refusal(at({ location: 'linked/data' }))).toMatch(
      /^onnx\/external-path .*is a link/,
    );
    expect(await refusal(at({ location: 'inner' }))).toMatch(/^onnx\/external-path .*plain file/);
    expect(await refusal(at({ location: 'gone' }))).toMatch(/^onnx\/external-missing /);
    expect(await refusal(at({ offset: '0' }))).toMatch(/^onnx\/external .*location/);
  });

  it('refuses ranges beyond the file, and counts that are none', async () => {
    expect(await refusal(at({ location: 'data', offset: '12' }))).toMatch(
      /^onnx\/external-range .*bytes 12 to 28 of a file of 24/,
    );
    for (const offset of ['-4', '1e3', '9007199254740993', ' 4', '0x4', '']) {
      expect(await refusal(at({ location: 'data', offset }))).toMatch(/^onnx\/external /);
    }
    expect(await refusal(at({ location: 'data', length: '8' }))).toMatch(/^onnx\/size-mismatch /);
  });

  it('is refused where no folder was given, and in attributes', async () => {
    const alone = importGraph({ bytes: at({ location: 'data' }), folder: null }, planShards());
    await expect(alone).rejects.toThrow(/no folder to look in/);
    const fields = external('c', [4], { location: 'data' });
    const attribute: Fields = [
      [1, 'value'],
      [5, fields],
    ];
    const bytes = model({
      nodes: [node('ConstantOfShape', [['x'], ['y']], [[5, attribute]])],
      inputs,
      outputs,
    });
    expect(await refusal(bytes)).toMatch(/^onnx\/external graph\.node\[0\]\.attribute\[0\]/);
  });

  it('moves a constant’s value, wherever its name stands', async () => {
    for (const isNameLast of [false, true]) {
      const plan = planShards();
      const bytes = model({
        nodes: [
          constant('w', external('', [4], { location: 'data' }), isNameLast),
          node('Add', [['x', 'w'], ['y']]),
        ],
        inputs,
        outputs,
      });
      const { graph: read } = await importGraph({ bytes, folder: `${folder}/model` }, plan);
      expect(read.weights).toEqual([{ shard: 0, offset: 0, bytes: 16 }]);
    }
  });
});
