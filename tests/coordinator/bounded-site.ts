// A coordinator that serves a bounded model of a few operators as well, and contributors who say of
// its units whatever a test wants.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { boundedDigest, encodeBoundedOutput, encodeRowOutput } from '#protocol/bounded-unit.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { tensorsToJson } from '#protocol/tensor-json.ts';
import {
  BOUNDED,
  type Lease,
  type ResultPayload,
  type SubmittedResult,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import { saveModel } from '../onnx/save-model.ts';
import { tinyModel, tinySize } from '../onnx/tiny-models.ts';
import type { WholeModel } from '../onnx/whole-model.ts';
import type { TestContributor } from './test-contributor.ts';
import { startTestSite, type TestSite } from './test-site.ts';

export interface BoundedSite extends TestSite {
  /** A contributor of an adapter class. */
  able(adapterClass: string): Promise<AbleContributor>;
}

export const modelName = 'whole';

function tiny(): WholeModel {
  const model = tinyModel();
  const example = { x: [1, tinySize] };
  model.manifest.cost = { perRequest: tinySize ** 2, perElement: tinySize, example };
  return model;
}

export async function startBoundedSite(model = tiny()): Promise<BoundedSite> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-bounded-'));
  await saveModel(folder, model);
  const site = await startTestSite({ models: [folder] });
  const { close } = site;
  return Object.assign(site, {
    able: async (adapterClass: string) => createAble(await site.contributor(), adapterClass),
    close: async () => {
      await close();
      await rm(folder, { recursive: true });
    },
  });
}

/** One row of 24 numbers that sum to 1, as a softmax gives them, `off` its first by so much. */
export function makeOutput(off = 0): TensorMap {
  const values = Float32Array.from({ length: tinySize }, () => 1 / tinySize);
  values[0] += off;
  return { y: { dtype: 'float32', shape: [1, tinySize], data: new Uint8Array(values.buffer) } };
}

export function inferLine(customId: string, seed: number) {
  const data = Array.from({ length: tinySize }, (_, i) => Math.fround(Math.sin(seed + i)));
  const x = { dtype: 'float32' as const, shape: [1, tinySize], data: floatBytes(data) };
  return requestLine(customId, { x });
}

const floatBytes = (values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

export function requestLine(customId: string, request: TensorMap) {
  const body = { model: modelName, inputs: tensorsToJson(request) };
  return { custom_id: customId, method: 'POST', url: '/v1/infer', body };
}

type Output = TensorMap | readonly TensorMap[];

interface AbleContributor {
  address: string;
  lease(units?: number): ReturnType<TestContributor['work']>;
  /** Says this of the lease's rows; one output stands for each of them. */
  answer(lease: Lease, output: Output, change?: Partial<ResultPayload>): Promise<Told>;
  ask(lease: string): Promise<Told>;
  contributor: TestContributor;
}

type Told = Awaited<ReturnType<TestContributor['work']>>['verdicts'][number];

function createAble(contributor: TestContributor, bounded: string): AbleContributor {
  const want = (units: number) => ({ units, bounded, models: [], speed: 1e9 });
  return {
    address: contributor.address,
    contributor,
    lease: (units = 1) => contributor.work({ want: want(units) }),
    async answer(lease, output, change = {}) {
      const results = [makeResult(lease, output, change)];
      return (await contributor.work({ results, want: want(0) })).verdicts[0];
    },
    async ask(lease) {
      return (await contributor.work({ awaiting: [lease], want: want(0) })).verdicts[0];
    },
  };
}

function makeResult(lease: Lease, output: Output, change: Partial<ResultPayload>): SubmittedResult {
  const outputs = Array.isArray(output) ? output : new Array(lease.rows).fill(output);
  const rows = (outputs as TensorMap[]).map(encodeRowOutput);
  const payload: ResultPayload = {
    kind: 'result',
    wire: WIRE_VERSION,
    arithmetic: BOUNDED,
    lease: lease.lease,
    unit: lease.unit,
    model: lease.model,
    digest: boundedDigest(rows),
    rows: lease.rows,
    backend: 'wasm',
    elapsedMs: 12,
    ...change,
  };
  return { payload: encodeCbor({ ...payload }), output: encodeBoundedOutput(rows) };
}
