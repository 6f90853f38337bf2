// The relaxed lane in a real browser, with both of its compilers at work: which forms are right,
// which is chosen, and whether the backend's bytes are the oracle's.
import kernelsUrl from '#kernels.wasm?url';
import relaxedUrl from '#kernels-relaxed.wasm?url';
import type { ExactBackend } from '#model/backend.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import {
  makeSyntheticEncoder,
  makeSyntheticRows,
  syntheticConfig,
  syntheticVariants,
} from '#model/synthetic.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { checkLane } from '#wasm/check-lane.ts';
import { compileKernels, hasRelaxedDot } from '#wasm/kernels.ts';
import { openPlainLane } from '#wasm/plain-lane.ts';
import { openRelaxedLane } from '#wasm/relaxed-lane.ts';

export interface LaneReport {
  hasRelaxedDot: boolean;
  pairs: boolean;
  fused: boolean;
  adapter: string;
  /** Models of which the backend gave other words than the oracle. */
  differing: string[];
}

const read = async (url: string) => (await fetch(url)).arrayBuffer();

/** Of seven bits for the relaxed lane, of eight for plain SIMD. */
const models = ([7, 8] as const).flatMap((weightBits) =>
  [{ name: 'many outliers', changes: { outlierColumns: 16 } }, ...syntheticVariants].map(
    ({ name, changes }) => ({
      name: `${name}, ${weightBits} bits`,
      config: { ...syntheticConfig, ...changes, weightBits },
    }),
  ),
);

async function isEqual(backend: ExactBackend, config: EncoderConfig): Promise<boolean> {
  const weights = makeSyntheticEncoder(3, config);
  const rows = makeSyntheticRows(4, [1, 64, 7, 33], config.vocabularySize);
  const [given, expected] = await Promise.all(
    [backend, createReferenceBackend()].map(async (one) =>
      (await one.createEncoder(weights)).encode(rows),
    ),
  );
  return given.length === expected.length && expected.every((word, at) => word === given[at]);
}

async function checkLanes(): Promise<LaneReport> {
  const plain = await compileKernels(await read(kernelsUrl));
  const relaxed = await compileKernels(await read(relaxedUrl));
  const check = async (form: 'pairs' | 'fused') =>
    checkLane(await openRelaxedLane(relaxed, form), await openPlainLane(plain));
  const backend = await createWasmBackend(plain, { relaxed: async () => relaxed });
  const differing: string[] = [];
  for (const { name, config } of models) {
    if (!(await isEqual(backend, config))) differing.push(name);
  }
  return {
    hasRelaxedDot: hasRelaxedDot(),
    pairs: await check('pairs'),
    fused: await check('fused'),
    adapter: backend.adapter,
    differing,
  };
}

Object.assign(globalThis, { checkLanes });
