// The two kinds of buffers an encoder owns: weights, uploaded once, and activations, sized to a
// group. Nothing is allocated after an encoder is made.

import { outputSize } from '#model/architecture.ts';
import type { EncoderConfig, EncoderWeights, LinearWeights, NormWeights } from '#model/encoder.ts';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { EngineDevice } from './device.ts';
import { type PackedLinear, packLinear, packNorm, packOutliers, VECTOR } from './pack.ts';
import { stepsMax } from './plan.ts';

export interface LinearBuffers extends Omit<PackedLinear, 'weights' | 'channels'> {
  weights: GPUBuffer;
  channels: GPUBuffer;
  outliers: GPUBuffer;
  outlierCount: number;
}

export interface NormBuffers {
  weights: GPUBuffer;
  shift: number;
}

export interface LayerBuffers {
  qkv: LinearBuffers;
  output: LinearBuffers;
  attentionNorm: NormBuffers;
  up: LinearBuffers;
  down: LinearBuffers;
  outputNorm: NormBuffers;
}

export interface WeightBuffers {
  positions: GPUBuffer;
  norm: NormBuffers;
  layers: LayerBuffers[];
  /** Null where the pooled row is the output. */
  dense: LinearBuffers | null;
  /** Four bytes that nobody reads where the model has none. */
  attentionBias: GPUBuffer;
  exp2: GPUBuffer;
  gelu: GPUBuffer;
  tanh: GPUBuffer;
}

export interface ActivationBuffers {
  /** Per step of a submit: start and end, a slot of `uniformStride` each. */
  ranges: GPUBuffer;
  /** Per token: its word's scale, position, first and past-last token of its row. */
  spans: GPUBuffer;
  /** Per token: its word's int8 row. The vocabulary stays off the GPU: it may exceed a binding. */
  words: GPUBuffer;
  /** Per row: first and past-last token. */
  rows: GPUBuffer;
  /** The residual stream, Q12. */
  x: GPUBuffer;
  /** A quantized input of a linear layer, and its rows' scales. */
  q: GPUBuffer;
  rowScale: GPUBuffer;
  /** Outputs of `qkv` and `up`. */
  wide: GPUBuffer;
  /** Queries, keys and values in int8, and their scales. */
  heads: GPUBuffer;
  headScale: GPUBuffer;
  context: GPUBuffer;
  /** Per row: what its tokens are pooled to. */
  pooled: GPUBuffer;
  /** Per row: its exact output. The same buffer as `pooled` without a dense layer. */
  output: GPUBuffer;
  /** Two, so that one is read while the next group is already computed. */
  readbacks: [GPUBuffer, GPUBuffer];
}

export interface GroupMax {
  tokens: number;
  rows: number;
}

/** minUniformBufferOffsetAlignment of every device. */
export const uniformStride = 256;

/** Buffers of one owner: made under error scopes, destroyed together. */
export class BufferSet {
  readonly #engine: EngineDevice;
  readonly #buffers: GPUBuffer[] = [];

  constructor(engine: EngineDevice) {
    this.#engine = engine;
  }

  /** @throws engine/out-of-memory for more than the device binds at once */
  create(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const { device } = this.#engine;
    const most = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    if (size > most) {
      throw new IdlewildError('engine/out-of-memory', `${label} is too large for this GPU.`, {
        metaMessages: [`It takes ${size} bytes; the device binds ${most} at once.`],
      });
    }
    const buffer = device.createBuffer({ label, size, usage });
    this.#buffers.push(buffer);
    return buffer;
  }

  upload(
    label: string,
    data: ArrayBufferView<ArrayBuffer>,
    usage: GPUBufferUsageFlags = GPUBufferUsage.STORAGE,
  ): GPUBuffer {
    const buffer = this.create(label, data.byteLength, usage | GPUBufferUsage.COPY_DST);
    this.#engine.device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
  }
}

function uploadLinear(
  buffers: BufferSet,
  label: string,
  linear: LinearWeights,
  isShifted = false,
): LinearBuffers {
  const { weights, channels, ...shape } = packLinear(linear, isShifted);
  return {
    ...shape,
    weights: buffers.upload(`${label}.weights`, weights),
    channels: buffers.upload(`${label}.channels`, channels),
    outliers: buffers.upload(`${label}.outliers`, packOutliers(linear.outliers, linear.inputs)),
    outlierCount: linear.outliers.length,
  };
}

function uploadNorm(buffers: BufferSet, label: string, norm: NormWeights): NormBuffers {
  return { weights: buffers.upload(label, packNorm(norm)), shift: norm.shift };
}

/** A copy in a plain ArrayBuffer: shards may lie in shared memory, which writeBuffer refuses. */
function plain(words: Int32Array): ArrayBufferView<ArrayBuffer> {
  return words.slice() as ArrayBufferView<ArrayBuffer>;
}

/** Uploads a layer at a time, so that loading never blocks the thread for long. */
export async function uploadWeights(
  engine: EngineDevice,
  buffers: BufferSet,
  weights: EncoderWeights,
): Promise<WeightBuffers> {
  const { embeddings, attentionBias, dense } = weights;
  const tables = await engine.allocate(() => ({
    positions: buffers.upload('positions', plain(embeddings.positions)),
    norm: uploadNorm(buffers, 'embeddings.norm', embeddings.norm),
    attentionBias: buffers.upload('attention.bias', plain(attentionBias ?? new Int32Array(1))),
    dense: dense && uploadLinear(buffers, 'dense', dense),
    exp2: buffers.upload('exp2', makeExp2Table()),
    gelu: buffers.upload('gelu', makeGeluTable()),
    tanh: buffers.upload('tanh', makeTanhTable()),
  }));
  const layers: LayerBuffers[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const label = (name: string) => `layers.${index}.${name}`;
    layers.push(
      await engine.allocate(() => ({
        qkv: uploadLinear(buffers, label('qkv'), layer.qkv),
        output: uploadLinear(buffers, label('output'), layer.output),
        attentionNorm: uploadNorm(buffers, label('attentionNorm'), layer.attentionNorm),
        up: uploadLinear(buffers, label('up'), layer.up),
        down: uploadLinear(buffers, label('down'), layer.down, true),
        outputNorm: uploadNorm(buffers, label('outputNorm'), layer.outputNorm),
      })),
    );
  }
  return { ...tables, layers };
}

/** Bytes of one head's row in int8: whole vectors. */
export function headBytes(headSize: number): number {
  return VECTOR * Math.ceil(headSize / VECTOR);
}

/** Bytes of every activation of a group. */
function activationBytes(config: EncoderConfig, groupMax: GroupMax) {
  const { hiddenSize, intermediateSize, heads, outlierColumns } = config;
  const { tokens, rows } = groupMax;
  const planes = VECTOR * Math.ceil(outlierColumns / VECTOR);
  const row = 4 * hiddenSize;
  return {
    spans: 16 * tokens,
    words: tokens * hiddenSize,
    rows: 8 * rows,
    x: tokens * row,
    q: tokens * Math.max(hiddenSize + planes, intermediateSize),
    rowScale: 4 * tokens,
    wide: 4 * tokens * Math.max(3 * hiddenSize, intermediateSize),
    heads: 3 * tokens * heads * headBytes(hiddenSize / heads),
    headScale: 12 * tokens * heads,
    context: tokens * row,
    pooled: rows * row,
    output: rows * 4 * outputSize(config),
  };
}

export function createActivations(
  engine: EngineDevice,
  buffers: BufferSet,
  config: EncoderConfig,
  groupMax: GroupMax,
): Promise<ActivationBuffers> {
  const bytes = activationBytes(config, groupMax);
  const { STORAGE, COPY_DST, COPY_SRC, UNIFORM, MAP_READ } = GPUBufferUsage;
  return engine.allocate(() => {
    const pooled = buffers.create('pooled', bytes.pooled, STORAGE | COPY_SRC);
    const output = config.dense
      ? buffers.create('output', bytes.output, STORAGE | COPY_SRC)
      : pooled;
    return {
      ranges: buffers.create('ranges', stepsMax * uniformStride, UNIFORM | COPY_DST),
      spans: buffers.create('spans', bytes.spans, STORAGE | COPY_DST),
      words: buffers.create('words', bytes.words, STORAGE | COPY_DST),
      rows: buffers.create('rows', bytes.rows, STORAGE | COPY_DST),
      x: buffers.create('x', bytes.x, STORAGE),
      q: buffers.create('q', bytes.q, STORAGE),
      rowScale: buffers.create('rowScale', bytes.rowScale, STORAGE),
      wide: buffers.create('wide', bytes.wide, STORAGE),
      heads: buffers.create('heads', bytes.heads, STORAGE),
      headScale: buffers.create('headScale', bytes.headScale, STORAGE),
      context: buffers.create('context', bytes.context, STORAGE),
      pooled,
      output,
      readbacks: [
        buffers.create('readback 0', bytes.output, MAP_READ | COPY_DST),
        buffers.create('readback 1', bytes.output, MAP_READ | COPY_DST),
      ],
    };
  });
}
