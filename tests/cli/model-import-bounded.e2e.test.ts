// `idlewild model import --bounded`, from a file to a folder that reads back and runs: on wasm in
// Node, and one small graph on WebGPU in Chromium.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importBounded } from '#cli/model-import-bounded.ts';
import type { BoundedOptions } from '#cli/model-import-options.ts';
import { runGraphJob } from '#cli/model-import-run.ts';
import { isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import {
  type Fields,
  floats,
  graph,
  model,
  node,
  tensor,
  value,
} from '../onnx-import/make-onnx.ts';
import { realModels, whisperFolder } from '../onnx-import/real-models.ts';

const options: BoundedOptions = {
  runner: 'graph',
  compare: 'close',
  examples: 2,
  margin: 16,
  webgpu: false,
};

/** y = softsign(x times w): the product has a kernel on the GPU, softsign has none. */
const tiny = () =>
  model({
    nodes: [node('MatMul', [['x', 'w'], ['a']]), node('Softsign', [['a'], ['y']])],
    weights: [tensor({ name: 'w', dims: [64, 8], raw: floats(...weights) })],
    inputs: [value('x', ['n', 64])],
    outputs: [value('y', ['n', 8])],
  });
const weights = Array.from({ length: 512 }, (_, i) => Math.sin(i));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'idlewild-import-'));
  await writeFile(path.join(folder, 'tiny.onnx'), tiny());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The manifest as a coordinator would read it, every blob of it held against its name. */
async function readFolder(directory: string): Promise<BoundedManifest> {
  const manifest = parseAnyManifest(await readFile(path.join(directory, 'manifest.json')));
  if (!isBounded(manifest)) throw new Error('an exact manifest');
  const blobs = [...manifest.shards, ...Object.values(manifest.files)];
  for (const { sha256: digest, bytes } of blobs) {
    const blob = await readFile(path.join(directory, 'shards', digest));
    expect([blob.length, toHex(sha256(blob))]).toEqual([bytes, digest]);
  }
  expect(await readdir(path.join(directory, 'shards'))).toHaveLength(
    new Set(blobs.map((blob) => blob.sha256)).size,
  );
  return manifest;
}

describe('a graph', () => {
  it('is measured on wasm and on WebGPU, and the folder reads back', async () => {
    const directory = path.join(folder, 'tiny');
    const source = path.join(folder, 'tiny.onnx');
    const made = await importBounded({
      source,
      directory,
      options: { ...options, webgpu: true, licence: 'MIT' },
    });
    const manifest = await readFolder(directory);
    expect(manifest).toEqual(made.manifest);
    expect([manifest.name, manifest.licence, manifest.batching]).toEqual(['tiny', 'MIT', 'same']);
    expect(manifest.measured.ways.at(-1)).toMatch(/^webgpu:.+:.+:float32$/);
    expect(manifest.backends.webgpu.fallback).toEqual(['Softsign']);
    // One row: 64 by 8 products, and eight softsigns.
    expect(manifest.cost).toEqual({ perRequest: 520, perElement: 9, example: { x: [1, 64] } });
    const { compare } = manifest;
    if (compare.kind !== 'close') throw new Error(compare.kind);
    expect(compare.outputs.y.relative).toBeGreaterThanOrEqual(1e-5);
    expect(compare.outputs.y.absolute).toBeLessThan(1e-3);
  });

  it('is measured with the requests that are given', async () => {
    const directory = path.join(folder, 'asked');
    const source = path.join(folder, 'tiny.onnx');
    const feed = { dtype: 'uint8' as const, axis: 0, scale: [0.5], offset: [-1] };
    const give = async (data: number[], name: string, dtype = 'uint8') => {
      const file = path.join(folder, name);
      await writeFile(file, JSON.stringify({ x: { dtype, shape: [1, 64], data } }));
      return importBounded({
        source,
        directory,
        options: { ...options, feed: new Map([['x', feed]]), request: [file] },
      });
    };
    const { manifest } = await give(new Array(64).fill(200), 'request.json');
    expect([manifest.measured.requests, manifest.cost.perRequest]).toEqual([1, 520]);
    await expect(give(new Array(63).fill(1), 'short.json')).rejects.toThrow(
      /short.json is no request of this model/,
    );
    await expect(give(new Array(64).fill(1), 'typed.json', 'int32')).rejects.toThrow(/int32/);
  });

  it('imported twice has one id', async () => {
    const ids: string[] = [];
    for (const name of ['once', 'again']) {
      const source = path.join(folder, 'tiny.onnx');
      const directory = path.join(folder, name);
      const { id } = await importBounded({ source, directory, name: 'tiny', options });
      ids.push(id);
    }
    expect(ids[0]).toBe(ids[1]);
  });

  it('brings along its letters, and may take bytes', async () => {
    const directory = path.join(folder, 'reader');
    const feed = { dtype: 'uint8', axis: 1, scale: [2 / 255], offset: [-1] } as const;
    await importBounded({
      source: realModels.reader,
      directory,
      options: {
        ...options,
        compare: 'argmax',
        ctc: true,
        example: new Map([['x', [1, 3, 48, 64]]]),
        feed: new Map([['x', { ...feed, scale: [...feed.scale], offset: [...feed.offset] }]]),
      },
    });
    const manifest = await readFolder(directory);
    const [output] = manifest.graphs.model.outputs;
    const { name } = output;
    expect(manifest.compare).toEqual({ kind: 'argmax', output: name, axis: 2, collapse: true });
    expect(manifest.graphs.model.inputs[0].feed).toEqual(feed);
    const { sha256: digest } = manifest.files['characters.txt'];
    const letters = await readFile(path.join(directory, 'shards', digest), 'utf8');
    expect(letters.split('\n').length).toBeGreaterThan(6000);
  });

  it('says that batching changes a result, where a scale is taken over the batch', async () => {
    const source = path.join(folder, 'dynamic.onnx');
    const scaled = ['q', 'scale', 'zero'];
    const nodes = [
      node('DynamicQuantizeLinear', [['x'], scaled]),
      node('DequantizeLinear', [scaled, ['y']]),
    ];
    const ports = { inputs: [value('x', ['n', 64])], outputs: [value('y', ['n', 64])] };
    await writeFile(source, model({ nodes, ...ports }));
    const directory = path.join(folder, 'dynamic');
    const { manifest } = await importBounded({ source, directory, options });
    expect(manifest.batching).toBe('changes');
    expect(manifest.backends.webgpu.fallback).toEqual(['DynamicQuantizeLinear']);
  });

  it('that does not end is ended', async () => {
    // Loop without a count, its condition as it came: true.
    const body = graph({
      nodes: [node('Identity', [['go_on'], ['still']]), node('Neg', [['last'], ['next']])],
      inputs: [value('i', [], 7), value('go_on', [], 9), value('last', ['n'])],
      outputs: [value('still', [], 9), value('next', ['n'])],
    });
    const attribute: Fields = [
      [1, 'body'],
      [6, body],
      [20, 5],
    ];
    const skeleton = model({
      nodes: [node('Loop', [['', 'true', 'x'], ['y']], [[5, attribute]])],
      weights: [tensor({ name: 'true', dims: [], type: 9, raw: Uint8Array.of(1) })],
      inputs: [value('x', ['n'])],
      outputs: [value('y', ['n'])],
    });
    const x = { dtype: 'float32' as const, shape: [1], data: new Uint8Array(4) };
    const job = { skeleton, weights: null, requests: [{ x }], outputs: ['y'] };
    const run = runGraphJob({ ...job, isOptimized: false, isProfiled: false }, 4000);
    await expect(run).rejects.toMatchObject({ code: 'onnx/too-slow' });
  });

  it('refuses the runtime’s refusal, and an example of open lengths, in words', async () => {
    const directory = path.join(folder, 'never');
    const odd = path.join(folder, 'odd.onnx');
    const nodes = [node('NoSuchOperator', [['x'], ['y']])];
    const ports = { inputs: [value('x', ['n', 64])], outputs: [value('y', ['n', 8])] };
    await writeFile(odd, model({ nodes, ...ports }));
    await expect(importBounded({ source: odd, directory, options })).rejects.toThrow(
      /onnxruntime-web refuses the model.[\s\S]*NoSuchOperator/,
    );
    await expect(
      importBounded({ source: realModels.detector, directory, options }),
    ).rejects.toThrow(/--example x=1,3,64,64/);
    expect(await readdir(folder)).not.toContain('never');
  });
});

describe('a greedy decoder', () => {
  it('comes from a folder as exporters lay it out', async () => {
    const directory = path.join(folder, 'whisper');
    await importBounded({ source: whisperFolder, directory, options });
    const { runner, graphs, files, compare, cost } = await readFolder(directory);
    if (runner.kind !== 'greedy-decoder') throw new Error(runner.kind);
    expect([runner.features, runner.endToken, runner.tokensMax]).toEqual([
      'input_features',
      50257,
      224,
    ]);
    expect(runner.timestamps).toEqual({ begin: 50364, none: 50363, initialMax: 50 });
    expect(runner.noSpeech?.token).toBe(50362);
    expect(runner.decoder.branch).toBe('use_cache_branch');
    expect(runner.decoder.past).toHaveLength(16);
    expect(runner.decoder.past.filter(({ kept }) => kept)).toHaveLength(8);
    expect(graphs.encoder.outputs.map(({ name }) => name)).toEqual(['last_hidden_state']);
    expect(Object.keys(files)).toEqual(['tokenizer.json']);
    expect(compare).toEqual({ kind: 'equal', output: 'tokens' });
    expect(cost.example).toEqual({ input_features: [1, 80, 3000] });
    expect(cost.perRequest).toBeGreaterThan(15e9);
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      path.resolve('bin/idlewild.js'),
      'model',
      'import',
      ...args,
    ]);

  it('prints one object', async () => {
    const out = path.join(folder, 'command');
    const source = path.join(folder, 'tiny.onnx');
    const { stdout } = await run('--bounded', source, '--out', out, '--no-webgpu', '--json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ name: 'tiny', batching: 'same', webgpuFallback: ['Softsign'] });
    expect((await readFolder(out)).name).toBe('tiny');
  });

  it('says what is wrong with a file, and where', async () => {
    const cut = path.join(folder, 'cut.onnx');
    await writeFile(cut, tiny().slice(0, -9));
    const failed = await run('--bounded', cut, '--out', path.join(folder, 'cut')).then(
      () => null,
      (thrown) => thrown,
    );
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/idlewild: The file: field 7 ends 9 bytes beyond its message/);
    expect(failed.stdout).toBe('');
  });

  it('has help', async () => {
    const { stdout } = await run('--help');
    expect(stdout).toContain('Bounded models (any ONNX file, with --bounded):');
    expect(stdout).toContain('--example <name=lengths>');
  });
});
