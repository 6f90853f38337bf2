// The forward pass as dispatches: for each step of a plan, which kernels run over which buffers.
// Bind groups and shapes are made once; a dispatch differs only in its range of tokens.
import type { Dyadic, EncoderWeights } from '#model/encoder.ts';
import {
  type ActivationBuffers,
  type BufferSet,
  type LayerBuffers,
  type LinearBuffers,
  type NormBuffers,
  uniformStride,
  type WeightBuffers,
} from './buffers.ts';
import type { EngineDevice } from './device.ts';
import { type Grid, perColumn, perHead, perTile, perToken } from './grids.ts';
import type { Kernel, Kernels } from './kernels.ts';
import { VECTOR } from './pack.ts';

interface Dispatch {
  pipeline: GPUComputePipeline;
  group: GPUBindGroup;
  grid: Grid;
}

export interface Passes {
  embed: Dispatch[];
  layers: { keys: Dispatch[]; mix: Dispatch[] }[];
  pool: Dispatch[];
}

/** Bytes of a shape: room for the widest that a kernel has. */
const shapeBytes = 32;

/** What becomes of a linear layer's outputs: linear.wgsl. */
const epilogues = { none: 0, gelu: 1, add: 2 };

/** Makes dispatches, and gathers their shapes into one uniform buffer. */
class Recorder {
  readonly #engine: EngineDevice;
  readonly #ranges: GPUBuffer;
  readonly #shapes: number[][] = [];
  readonly #make: ((shapes: GPUBuffer) => void)[] = [];

  constructor(engine: EngineDevice, ranges: GPUBuffer) {
    this.#engine = engine;
    this.#ranges = ranges;
  }

  add(kernel: Kernel, shape: number[], storage: GPUBuffer[], grid: Grid): Dispatch {
    const offset = this.#shapes.push(shape) * uniformStride - uniformStride;
    const dispatch = { pipeline: kernel.pipeline, grid } as Dispatch;
    this.#make.push((shapes) => {
      const buffers: GPUBufferBinding[] = [
        { buffer: this.#ranges, size: 8 },
        { buffer: shapes, offset, size: shapeBytes },
        ...storage.map((buffer) => ({ buffer })),
      ];
      dispatch.group = this.#engine.device.createBindGroup({
        label: kernel.pipeline.label,
        layout: kernel.layout,
        entries: buffers.map((resource, binding) => ({ binding, resource })),
      });
    });
    return dispatch;
  }

  finish(buffers: BufferSet): Promise<void> {
    const words = new Uint32Array((this.#shapes.length * uniformStride) / 4);
    this.#shapes.forEach((shape, index) => {
      words.set(shape, (index * uniformStride) / 4);
    });
    return this.#engine.allocate(() => {
      const shapes = buffers.upload('shapes', words, GPUBufferUsage.UNIFORM);
      for (const make of this.#make) make(shapes);
    });
  }
}

interface PassContext {
  recorder: Recorder;
  kernels: Kernels;
  attend: Kernel;
  activations: ActivationBuffers;
  weights: WeightBuffers;
  config: EncoderWeights['config'];
  attention: Dyadic;
}

function norm({ recorder, kernels, activations, config }: PassContext, weights: NormBuffers) {
  const shape = [config.hiddenSize, weights.shift];
  return recorder.add(kernels.get('norm'), shape, [activations.x, weights.weights], perToken);
}

function quantize(context: PassContext, x: GPUBuffer, linear: LinearBuffers) {
  const { recorder, kernels, activations } = context;
  const shape = [linear.vectors - linear.planes, linear.planes, linear.outlierCount];
  const storage = [x, linear.outliers, activations.q, activations.rowScale];
  return recorder.add(kernels.get('quantize'), shape, storage, perToken);
}

function linear(
  context: PassContext,
  weights: LinearBuffers,
  epilogue: keyof typeof epilogues,
  y: GPUBuffer,
) {
  const { recorder, kernels, activations } = context;
  const { vectors, planes, outputs, shift } = weights;
  const shape = [vectors, planes, outputs, shift, epilogues[epilogue]];
  const { q, rowScale } = activations;
  const storage = [q, rowScale, weights.weights, weights.channels, context.weights.gelu, y];
  return recorder.add(kernels.get('linear'), shape, storage, perTile(kernels, outputs));
}

function keysPass(context: PassContext, layer: LayerBuffers): Dispatch[] {
  const { recorder, kernels, activations, config } = context;
  const { x, wide, heads, headScale } = activations;
  const headWords = config.hiddenSize / config.heads / 4;
  return [
    quantize(context, x, layer.qkv),
    linear(context, layer.qkv, 'none', wide),
    recorder.add(
      kernels.get('heads'),
      [config.heads, headWords],
      [wide, heads, headScale],
      perColumn(kernels, 3 * config.heads),
    ),
  ];
}

function mixPass(context: PassContext, layer: LayerBuffers): Dispatch[] {
  const { recorder, kernels, activations, weights, config, attention } = context;
  const { spans, x, q, rowScale, wide, heads, headScale } = activations;
  return [
    recorder.add(
      context.attend,
      [config.heads, attention.mantissa, attention.shift],
      [spans, heads, headScale, weights.exp2, activations.context],
      perHead(kernels, config.heads),
    ),
    quantize(context, activations.context, layer.output),
    linear(context, layer.output, 'add', x),
    norm(context, layer.attentionNorm),
    quantize(context, x, layer.up),
    linear(context, layer.up, 'gelu', wide),
    recorder.add(
      kernels.get('quantizeShifted'),
      [config.intermediateSize / VECTOR],
      [wide, q, rowScale],
      perToken,
    ),
    linear(context, layer.down, 'add', x),
    norm(context, layer.outputNorm),
  ];
}

function embedPass(context: PassContext, wordShift: number): Dispatch[] {
  const { recorder, kernels, activations, weights, config } = context;
  const { spans, x } = activations;
  const words = config.hiddenSize / 4;
  return [
    recorder.add(
      kernels.get('embed'),
      [words, wordShift],
      [spans, weights.words, weights.wordScale, weights.positions, x],
      perColumn(kernels, words),
    ),
    norm(context, weights.norm),
  ];
}

function poolPass({ recorder, kernels, activations, config }: PassContext): Dispatch[] {
  const { rows, x, pooled } = activations;
  const grid = perColumn(kernels, config.hiddenSize);
  return [recorder.add(kernels.get('pool'), [config.hiddenSize], [rows, x, pooled], grid)];
}

/** Every dispatch of a model over its buffers. */
export async function createPasses(
  engine: EngineDevice,
  kernels: Kernels,
  model: {
    source: EncoderWeights;
    buffers: BufferSet;
    weights: WeightBuffers;
    activations: ActivationBuffers;
  },
): Promise<Passes> {
  const { source, buffers, weights, activations } = model;
  const { config, attention } = source;
  const attend = await kernels.attend(config.hiddenSize / config.heads / 4);
  const recorder = new Recorder(engine, activations.ranges);
  const context = { recorder, kernels, attend, activations, weights, config, attention };
  const passes = {
    embed: embedPass(context, source.embeddings.wordShift),
    layers: weights.layers.map((layer) => ({
      keys: keysPass(context, layer),
      mix: mixPass(context, layer),
    })),
    pool: poolPass(context),
  };
  await recorder.finish(buffers);
  return passes;
}
