// A small proof on the backends that every checkout's Chromium brings: vectors, extremes and a few
// random cases. `npm run prove` is the whole.
import { availableParallelism } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import { buildKernels } from '#cli/build-kernels.ts';
import { columns, type Host } from './backends.ts';
import { printProof } from './compare.ts';
import { prove } from './prove.ts';
import { extremeCases, randomCases } from './sweep.ts';
import { vectorCases } from './vectors.ts';

/** Many backends of which some are slow, on as many cores as there are. */
const proofMsMax = 1_800_000;
const hosts: Host[] = ['node', 'chromium', 'swiftshader'];
const seed = 9;

beforeAll(() => buildKernels());

test(
  'the same bytes on TypeScript, WASM and WebGPU, in Node and in Chromium',
  async () => {
    const vectors = await vectorCases();
    const cases = [
      ...vectors.filter(({ source }) => source.kind !== 'folder'),
      ...extremeCases(seed).filter(({ name }) => !/longest/.test(name)),
      ...randomCases(seed, 4),
    ];
    const proof = await prove({
      seed,
      cases,
      jobs: availableParallelism(),
      columns: columns.filter(({ host }) => hosts.includes(host)),
    });
    // The proof itself is what a failure should show.
    expect(proof.equal, printProof(proof)).toBe(true);
    const skipped = proof.backends.filter((backend) => backend.skipped !== null);
    expect(skipped.map(({ name, skipped: why }) => `${name}: ${why}`)).toEqual([]);
  },
  proofMsMax,
);
