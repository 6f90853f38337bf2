// onnxruntime-web's WebGPU backend as a side of a race, at its best: every graph optimization, rows
// of equal length together, the token ids' tensors made beforehand, outputs left on the GPU. It is
// spared the pooling, and reads back one vector a batch once all batches are under way.
import type * as Ort from 'onnxruntime-web';
import type { Side } from './race.ts';

export type OrtModule = typeof Ort;

/** How rows are put together: batches of so many tokens, of one length, or padded to the longest. */
export interface Batching {
  tokens: number;
  pads: boolean;
}

export interface Rival {
  /** What it runs on, in words. */
  adapter: string;
  /** The same batches from another batching are the same setting: `key` tells. */
  key(rows: readonly Uint32Array[], batching: Batching): string;
  side(group: string, batching: Batching): Side;
  /** Each row's mean over its tokens, not normalized: what a caller would make of the output. */
  pool(rows: readonly Uint32Array[]): Promise<Float64Array[]>;
  release(): Promise<void>;
}

export function describeAdapter(info: GPUAdapterInfo): string {
  return [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ');
}

interface Batch {
  length: number;
  rows: Uint32Array[];
}

/** @param rows sorted by length */
function makeBatches(rows: readonly Uint32Array[], { tokens, pads }: Batching): Batch[] {
  const batches: Batch[] = [];
  for (const row of rows) {
    const batch = batches.at(-1);
    const fits = batch && (batch.rows.length + 1) * row.length <= tokens;
    if (batch && fits && (pads || row.length === batch.length)) {
      batch.rows.push(row);
      batch.length = row.length;
    } else {
      batches.push({ length: row.length, rows: [row] });
    }
  }
  return batches;
}

function makeFeeds(ort: OrtModule, { rows, length }: Batch): Record<string, Ort.Tensor> {
  const shape = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, index) => {
    ids.set(Array.from(row, BigInt), index * length);
    mask.fill(1n, index * length, index * length + row.length);
  });
  return {
    input_ids: new ort.Tensor('int64', ids, shape),
    attention_mask: new ort.Tensor('int64', mask, shape),
    token_type_ids: new ort.Tensor('int64', new BigInt64Array(ids.length), shape),
  };
}

/** One vector of every batch, through one buffer: all is done once it has arrived. */
async function awaitOutputs(device: GPUDevice, outputs: readonly Ort.Tensor[]): Promise<void> {
  const bytes = 4 * outputs[0].dims[2];
  const size = outputs.length * bytes;
  const { MAP_READ, COPY_DST } = GPUBufferUsage;
  const readback = device.createBuffer({ label: 'vectors', size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder({ label: 'vectors' });
  outputs.forEach(({ gpuBuffer }, index) => {
    encoder.copyBufferToBuffer(gpuBuffer as GPUBuffer, 0, readback, index * bytes, bytes);
  });
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  readback.destroy();
}

const outputOf = (outputs: Ort.InferenceSession.OnnxValueMapType) =>
  outputs.last_hidden_state as Ort.Tensor;

/** @throws what onnxruntime throws where the model or the device will not do */
export async function openRival(ort: OrtModule, model: Uint8Array): Promise<Rival> {
  ort.env.webgpu.powerPreference = 'high-performance';
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['webgpu'],
    graphOptimizationLevel: 'all',
    preferredOutputLocation: 'gpu-buffer',
  });
  const device = (await ort.env.webgpu.device) as GPUDevice;
  const prepared = new WeakMap<object, Map<string, Record<string, Ort.Tensor>[]>>();
  const key = (rows: readonly Uint32Array[], batching: Batching) =>
    makeBatches(rows, batching)
      .map((batch) => `${batch.rows.length}×${batch.length}`)
      .join(' ');

  function prepare(rows: readonly Uint32Array[], batching: Batching) {
    const ofRows = prepared.get(rows) ?? new Map<string, Record<string, Ort.Tensor>[]>();
    prepared.set(rows, ofRows);
    const name = key(rows, batching);
    const feeds =
      ofRows.get(name) ?? makeBatches(rows, batching).map((batch) => makeFeeds(ort, batch));
    ofRows.set(name, feeds);
    return feeds;
  }

  return {
    adapter: describeAdapter(device.adapterInfo),
    key,
    side: (group, batching) => ({
      name: `batches of ${batching.tokens} tokens${batching.pads ? ', padded' : ''}`,
      group,
      async encode(rows) {
        const outputs: Ort.Tensor[] = [];
        for (const feeds of prepare(rows, batching)) {
          outputs.push(outputOf(await session.run(feeds)));
        }
        await awaitOutputs(device, outputs);
        for (const output of outputs) output.dispose();
      },
    }),
    async pool(rows) {
      const means: Float64Array[] = [];
      for (const batch of makeBatches(rows, { tokens: Number.MAX_SAFE_INTEGER, pads: false })) {
        const output = outputOf(await session.run(makeFeeds(ort, batch)));
        const values = (await output.getData(true)) as Float32Array;
        means.push(...poolRows(values, output.dims));
      }
      return means;
    },
    release: () => session.release(),
  };
}

function poolRows(values: Float32Array, [rows, tokens, size]: readonly number[]): Float64Array[] {
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: size }, (_, column) => {
      let sum = 0;
      for (let token = 0; token < tokens; token++) {
        sum += values[(row * tokens + token) * size + column];
      }
      return sum / tokens;
    }),
  );
}
