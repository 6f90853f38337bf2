// Two ways to run one unit, in Node and in a browser alike: ours from the unit's bytes to its digest,
// and onnxruntime-web alone on tensors that are ready. In turn, each round the other first, and each
// charged its CPU time.

import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { BoundedBackend, ReadShard } from '#onnx/bounded-backend.ts';
import {
  decodeBoundedInput,
  encodeBoundedInput,
  encodeBoundedOutput,
} from '#protocol/bounded-unit.ts';
import { type Bytes, concatBytes } from '#protocol/bytes.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { digestRows } from '#worker/bounded-digest.ts';

type Runtime = typeof import('onnxruntime-web');

export interface PairCase {
  name: string;
  manifest: BoundedManifest;
  readShard: ReadShard;
  requests: TensorMap[];
  rounds: number;
}

export interface PairResult {
  name: string;
  requests: number;
  /** CPU milliseconds of each round. */
  ours: number[];
  rival: number[];
}

/** Milliseconds of CPU time: the wall's clock would measure who else uses the machine. */
type CpuClock = () => number | Promise<number>;

/** The first runs of any engine are slow: its second compiler is still at work. */
const warmRounds = 2;

export interface PairParts {
  runtime: Runtime;
  backend: BoundedBackend;
  cpuMs: CpuClock;
}

export async function runPair(parts: PairParts, given: PairCase): Promise<PairResult> {
  const { cpuMs } = parts;
  const sides = { ours: await openOurs(parts, given), rival: await openBare(parts, given) };
  const names = ['ours', 'rival'] as const;
  const times = { ours: [] as number[], rival: [] as number[] };
  for (let round = 0; round < warmRounds + given.rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const start = await cpuMs();
      await sides[name].run();
      const ms = (await cpuMs()) - start;
      if (round >= warmRounds) times[name].push(ms);
    }
  }
  for (const name of names) await sides[name].release();
  return { name: given.name, requests: given.requests.length, ...times };
}

/** What a contributor does between a lease and its result, signature and network apart. */
async function openOurs({ backend }: PairParts, { manifest, readShard, requests }: PairCase) {
  const { signal } = new AbortController();
  const model = await backend.createModel(manifest, readShard, signal);
  const unit = encodeBoundedInput({ model: new Uint8Array(32), requests });
  return {
    async run() {
      const rows = await model.run(decodeBoundedInput(unit), { signal });
      return { output: encodeBoundedOutput(rows), digest: await digestRows(rows) };
    },
    release: () => model.destroy(),
  };
}

async function openBare({ runtime }: PairParts, { manifest, readShard, requests }: PairCase) {
  const { skeleton, outputs } = manifest.graphs.model;
  const parts: Bytes[] = [];
  for (const { shard } of skeleton) parts.push(await readShard(shard));
  const session = await runtime.InferenceSession.create(concatBytes(...parts), {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  const feeds = requests.map((request) =>
    Object.fromEntries(
      Object.entries(request).map(([name, { shape, data }]) => {
        return [name, new runtime.Tensor('float32', new Float32Array(data.buffer), shape)];
      }),
    ),
  );
  const names = outputs.map(({ name }) => name);
  return {
    async run() {
      for (const one of feeds) await session.run(one, names);
    },
    release: () => session.release(),
  };
}
