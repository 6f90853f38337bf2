// How a device comes to its variant of the kernels, on SwiftShader: what computes wrong bytes or
// does not compile is refused and named, the choice is remembered, and a memory is not believed.
import { beforeAll, describe, expect, test } from 'vitest';
import { createWebgpuBackend, type TuningMemory } from '#engine/backend.ts';
import { variants } from '#engine/variants.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { encodeRow } from '#reference/encoder.ts';
import { openSoftwareGpu } from './software-gpu.ts';
import { type Watch, watchGpu } from './watched-gpu.ts';

let gpu: GPU;

beforeAll(async () => {
  gpu = await openSoftwareGpu();
});

const all = ['software-float', 'software-unpacked'];

/** A kernel whose text is altered: what a driver's bug amounts to. */
function miscompile(changes: Record<string, [from: string, to: string]>): Watch {
  return {
    onShader(label, code) {
      if (!(label in changes)) return code;
      const [from, to] = changes[label];
      expect(code).toContain(from);
      return code.replace(from, to);
    },
  };
}

const wrongFloat: Record<string, [string, string]> = {
  // Only where sums are long: 2048 inputs at a time are more than f32 holds.
  linear_float: ['stop + 256u', 'stop + 4096u'],
};
const wrongUnpacked: Record<string, [string, string]> = {
  // Only where there are outliers, in one row of a tile.
  linear_unpacked: ['near3 *= 128;', 'near3 *= 64;'],
};

function keep(): { memory: TuningMemory; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  const memory: TuningMemory = {
    load: async (key) => kept.get(key) ?? null,
    save: async (key, variant) => {
      kept.set(key, variant);
    },
  };
  return { memory, kept };
}

describe('a device', () => {
  test('takes the fastest variant, remembers it, and computes right', async () => {
    const { memory, kept } = keep();
    const first = await createWebgpuBackend(gpu, { memory });
    expect(first.choice).toMatchObject({ refused: [], isRemembered: false });
    const { adapterKey, variant } = first.choice!;
    expect(all).toContain(variant);
    expect([...kept]).toEqual([[adapterKey, variant]]);
    first.destroy();

    const second = await createWebgpuBackend(gpu, { memory });
    const known = { adapterKey, variant, refused: [], isRemembered: true, isTuned: true };
    expect(second.choice).toEqual(known);
    const weights = makeSyntheticEncoder(4);
    const rows = makeSyntheticRows(4, [9, 20], syntheticConfig.vocabularySize);
    const encoder = await second.createEncoder(weights);
    expect([...(await encoder.encode(rows))]).toEqual(
      rows.flatMap((row) => [...encodeRow(weights, row)]),
    );
    second.destroy();
  });

  test('in haste takes the likeliest variant, and is tuned when that is asked for', async () => {
    const { memory, kept } = keep();
    const weights = makeSyntheticEncoder(4);
    const rows = makeSyntheticRows(4, [9, 20], syntheticConfig.vocabularySize);
    const right = rows.flatMap((row) => [...encodeRow(weights, row)]);
    const backend = await createWebgpuBackend(gpu, { memory, isHasty: true });
    const likeliest = { variant: 'software-float', refused: [], isRemembered: false };
    expect(backend.choice).toMatchObject({ ...likeliest, isTuned: false });
    expect(kept.size).toBe(0);
    const before = await backend.createEncoder(weights);
    const isOther = await backend.tune?.();
    expect(isOther).toBe(backend.choice?.variant !== 'software-float');
    expect(backend.choice).toMatchObject({ refused: [], isRemembered: false, isTuned: true });
    expect([...kept.values()]).toEqual([backend.choice?.variant]);
    expect(backend.tuning.linear).toBe(isOther ? 'unpacked' : 'float');
    expect(await backend.tune?.()).toBe(false);
    const after = await backend.createEncoder(weights);
    for (const encoder of [before, after]) expect([...(await encoder.encode(rows))]).toEqual(right);
    backend.destroy();

    const second = await createWebgpuBackend(gpu, { memory, isHasty: true });
    expect(second.choice).toMatchObject({ isRemembered: true, isTuned: true });
    expect(await second.tune?.()).toBe(false);
    second.destroy();
  });

  test('in haste passes over a variant that computes wrong bytes', async () => {
    const sick = watchGpu(gpu, miscompile(wrongFloat));
    const backend = await createWebgpuBackend(sick, { isHasty: true });
    const choice = { variant: 'software-unpacked', refused: ['software-float'], isTuned: false };
    expect(backend.choice).toMatchObject(choice);
    expect(await backend.tune?.()).toBe(false);
    backend.destroy();
    const dead = watchGpu(gpu, miscompile({ ...wrongFloat, ...wrongUnpacked }));
    const refusal = await createWebgpuBackend(dead, { isHasty: true }).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'engine/wrong-bytes', retryable: false });
  });

  test('that calls itself hardware chooses among tiles, subgroups and floats', async () => {
    const watch = { ...miscompile(wrongFloat), vendor: 'hardware' };
    const backend = await createWebgpuBackend(watchGpu(gpu, watch));
    const { adapterKey, variant, refused } = backend.choice!;
    expect(adapterKey).toBe('hardware');
    expect(refused).toEqual(['float']);
    const names = variants.map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('software'))).toContain(variant);
    backend.destroy();
  });

  test('refuses a variant that computes wrong bytes, by name', async () => {
    const backend = await createWebgpuBackend(watchGpu(gpu, miscompile(wrongFloat)));
    expect(backend.choice).toMatchObject({
      variant: 'software-unpacked',
      refused: ['software-float'],
    });
    backend.destroy();
  });

  test('refuses a variant that does not compile, by name', async () => {
    const watch = miscompile({ linear_unpacked: ['near3 *= 128;', 'near3 *= ;'] });
    const backend = await createWebgpuBackend(watchGpu(gpu, watch));
    expect(backend.choice).toMatchObject({
      variant: 'software-float',
      refused: ['software-unpacked'],
    });
    backend.destroy();
  });

  test('asks a remembered variant again, and forgets one that fails', async () => {
    const saved: string[] = [];
    const memory: TuningMemory = {
      load: async () => 'software-unpacked',
      save: async (_, variant) => {
        saved.push(variant);
      },
    };
    const sick = watchGpu(gpu, miscompile(wrongUnpacked));
    const backend = await createWebgpuBackend(sick, { memory });
    expect(backend.choice).toMatchObject({
      variant: 'software-float',
      refused: ['software-unpacked'],
      isRemembered: false,
    });
    expect(saved).toEqual(['software-float']);
    backend.destroy();
  });

  test('tunes when its memory is broken or names what does not exist', async () => {
    const fail = () => Promise.reject(new Error('no database'));
    const broken: TuningMemory = { load: fail, save: fail };
    const unknown: TuningMemory = { load: async () => 'fastest', save: async () => {} };
    for (const memory of [broken, unknown]) {
      const backend = await createWebgpuBackend(gpu, { memory });
      expect(backend.choice).toMatchObject({ refused: [], isRemembered: false });
      backend.destroy();
    }
  });

  test('that computes nothing right says so', async () => {
    const watch = miscompile({ ...wrongFloat, ...wrongUnpacked });
    const refusal = await createWebgpuBackend(watchGpu(gpu, watch)).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'engine/wrong-bytes', retryable: false });
    for (const name of all) expect(refusal.message).toContain(name);
  });
});

test('a model whose heads the device computes wrongly is refused, others are not', async () => {
  const watch: Watch = {
    onShader: (label, code) =>
      label === 'attend' && code.includes('const head_words = 16u')
        ? code.replace('33286u', '33287u')
        : code,
  };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch));
  const heads = (count: number) =>
    backend.createEncoder(makeSyntheticEncoder(1, { ...syntheticConfig, heads: count }));
  const refusal = { code: 'engine/wrong-bytes', retryable: false };
  await expect(heads(1)).rejects.toMatchObject(refusal);
  (await heads(2)).destroy();
  (await heads(4)).destroy();
  backend.destroy();
});

test.each([
  {
    name: 'a bias',
    has: 'const has_bias = 1u',
    from: 'query.bias + token',
    changes: { attentionBias: true },
  },
  {
    name: 'wide heads',
    has: 'const head_words = 32u',
    from: 'part < head_parts',
    changes: { hiddenSize: 256 },
  },
])('and so is one with $name', async ({ has, from, changes }) => {
  const watch: Watch = {
    onShader: (label, code) =>
      label === 'attend' && code.includes(has) ? code.replace(from, `${from} - 1u`) : code,
  };
  const backend = await createWebgpuBackend(watchGpu(gpu, watch));
  const model = makeSyntheticEncoder(1, { ...syntheticConfig, layers: 1, ...changes });
  await expect(backend.createEncoder(model)).rejects.toMatchObject({
    code: 'engine/wrong-bytes',
    retryable: false,
  });
  (await backend.createEncoder(makeSyntheticEncoder(1))).destroy();
  backend.destroy();
});
