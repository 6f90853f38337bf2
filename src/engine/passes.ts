// The forward pass as dispatches: for each step of a plan, which kernels run over which buffers.
// Bind groups and shapes are made once; a dispatch differs only in its range of tokens.
import type { Dyadic, EncoderWeights } from '#model/encoder.ts';
import type {
  ActivationBuffers,
  BufferSet,
  LayerBuffers,
  LinearBuffers,
  NormBuffers,
  WeightBuffers,
} from './buffers.ts';
import type { Kernel } from './compile.ts';
import type { EngineDevice } from './device.ts';
import { perColumn, perHead, perTile, perToken } from './grids.ts';
import { headKind, type Kernels } from './kernels.ts';
import { VECTOR } from './pack.ts';
import { type Dispatch, Recorder } from './recorder.ts';

export interface Passes {
  embed: Dispatch[];
  layers: { keys: Dispatch[]; mix: Dispatch[] }[];
  pool: Dispatch[];
}

/** What becomes of a linear layer's outputs: linear.wgsl. */
export const epilogues = { none: 0, gelu: 1, add: 2, tanh: 3 };

/** What a row becomes: pool.wgsl. */
const poolings = { sum: 0, first: 1, mean: 2 };

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
  const table = epilogue === 'tanh' ? context.weights.tanh : context.weights.gelu;
  const storage = [q, rowScale, weights.weights, weights.channels, table, y];
  return recorder.add(kernels.get('linear'), shape, storage, perTile(kernels, outputs));
}

function keysPass(context: PassContext, layer: LayerBuffers): Dispatch[] {
  const { recorder, kernels, activations, config } = context;
  const { x, wide, heads, headScale } = activations;
  const { headWords } = headKind(config);
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
  const { exp2, attentionBias } = weights;
  return [
    recorder.add(
      context.attend,
      [config.heads, attention.mantissa, attention.shift, 2 * config.tokensMax - 1],
      [spans, heads, headScale, exp2, attentionBias, activations.context],
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
      [spans, activations.words, weights.positions, x],
      perColumn(kernels, words),
    ),
    norm(context, weights.norm),
  ];
}

/** Over rows in place of tokens: each has a token at least, so that they fit `q` and `rowScale`. */
function poolPass(context: PassContext): Dispatch[] {
  const { recorder, kernels, activations, weights, config } = context;
  const { rows, x, pooled, output } = activations;
  const { hiddenSize, pooling, dense } = config;
  const mean = dense ? poolings.mean : poolings.sum;
  const shape = [hiddenSize, pooling === 'cls' ? poolings.first : mean];
  const grid = perColumn(kernels, hiddenSize);
  const passes = [recorder.add(kernels.get('pool'), shape, [rows, x, pooled], grid)];
  if (dense && weights.dense) {
    const epilogue = dense.activation === 'tanh' ? 'tanh' : 'none';
    passes.push(quantize(context, pooled, weights.dense));
    passes.push(linear(context, weights.dense, epilogue, output));
  }
  return passes;
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
  const attend = await kernels.attend(headKind(config));
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
