// The relaxed lane in a real browser, with both of its compilers at work: which forms are right,
// which is chosen, and whether the backend's bytes are the oracle's.
import kernelsUrl from '#kernels.wasm?url';
import relaxedUrl from '#kernels-relaxed.wasm?url';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
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
  isEqual: boolean;
}

const read = async (url: string) => (await fetch(url)).arrayBuffer();

async function checkLanes(): Promise<LaneReport> {
  const plain = await compileKernels(await read(kernelsUrl));
  const relaxed = await compileKernels(await read(relaxedUrl));
  const check = async (form: 'pairs' | 'fused') =>
    checkLane(await openRelaxedLane(relaxed, form), await openPlainLane(plain));
  const backend = await createWasmBackend(plain, { relaxed: async () => relaxed });
  const oracle = createReferenceBackend();
  const weights = makeSyntheticEncoder(3, {
    ...syntheticConfig,
    weightBits: 7,
    outlierColumns: 16,
  });
  const rows = makeSyntheticRows(4, [1, 64, 7, 33], weights.config.vocabularySize);
  const [given, expected] = await Promise.all(
    [backend, oracle].map(async (one) => (await one.createEncoder(weights)).encode(rows)),
  );
  return {
    hasRelaxedDot: hasRelaxedDot(),
    pairs: await check('pairs'),
    fused: await check('fused'),
    adapter: backend.adapter,
    isEqual: expected.every((word, at) => word === given[at]),
  };
}

Object.assign(globalThis, { checkLanes });
