// Makes an exact encoder of a published BERT encoder: reads its tensors, quantizes them, finds
// outlier columns by calibration, proves that nothing overflows, writes manifest and shards.
// It touches no file and no clock: equal input gives an equal model id on every machine.
import { IdlewildError } from '#protocol/errors.ts';
import { attentionScale, DOWN_OFFSET, type LinearName, linearShape } from './architecture.ts';
import { readBertConfig } from './bert-config.ts';
import { type BertTensors, type FloatNorm, openBertTensors } from './bert-tensors.ts';
import { proveBounds } from './bounds.ts';
import {
  collectSamples,
  columnPower,
  findOutliers,
  type ObserveForward,
  type Samples,
} from './calibrate.ts';
import type { EncoderConfig, EncoderWeights, LinearWeights, NormWeights } from './encoder.ts';
import { type FeedbackBlock, makeFeedback } from './feedback.ts';
import { quantizeMatrix, toFixed } from './quantize.ts';
import type { Safetensors } from './safetensors.ts';
import { type SavedModel, saveEncoder } from './save-encoder.ts';

const OUTLIER_COLUMNS = 16;
/** With 7 bits it pays to clip: the search for a scale stops at 0.76 of the largest weight. */
const CLIP_STEPS = 24;

/** Part of what an import is remembered by: to be raised when the same source gives a new id. */
export const IMPORTER = 'idlewild-importer/3';

export interface ImportOptions {
  /** The parsed config.json. */
  config: unknown;
  tensors: Safetensors;
  tokenizer: Uint8Array;
  name: string;
  licence: string;
  weightBits: 7 | 8;
  /** Token rows of ordinary text, short and long. */
  calibration: readonly Uint32Array[];
  observeForward: ObserveForward;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}

export interface ImportProgress {
  step: 'read' | 'calibrate' | 'quantize' | 'write';
  done: number;
  total: number;
}

/** @throws model/..., safetensors/... naming the tensor or field that cannot be used */
export function importBertEncoder(options: ImportOptions): SavedModel {
  const { weightBits, onProgress = () => {} } = options;
  const config = readBertConfig(options.config, { weightBits, outlierColumns: OUTLIER_COLUMNS });
  if (options.calibration.length === 0) {
    throw new IdlewildError('model/calibration', 'The calibration text holds no row.');
  }
  const tensors = openBertTensors(options.tensors, config);
  onProgress({ step: 'read', done: 1, total: 1 });

  const embeddings = quantizeEmbeddings(tensors, config);
  const rough = quantizeEncoder(tensors, config, embeddings, (layer, part) => ({
    outliers: guessOutliers(tensors, config, layer, part),
    importance: undefined,
    feedback: undefined,
    clipSteps: 0,
  }));
  proveBounds(rough);
  const rows = options.calibration;
  const samples = new Map<string, Samples>();
  rows.forEach((row, done) => {
    onProgress({ step: 'calibrate', done, total: rows.length });
    collectSamples(rough, row, options.observeForward, samples);
  });

  let quantized = 0;
  const weights = quantizeEncoder(tensors, config, embeddings, (layer, part) => {
    onProgress({ step: 'quantize', done: quantized++, total: 4 * config.layers });
    const seen = samples.get(`${part}.${layer}`) ?? [];
    return {
      outliers: findOutliers(seen, linearShape(config, part).outliers),
      importance: columnPower(seen),
      feedback: makeFeedback(seen, config.hiddenSize),
      clipSteps: weightBits === 8 ? 0 : CLIP_STEPS,
    };
  });
  proveBounds(weights);
  onProgress({ step: 'write', done: 1, total: 1 });
  return saveEncoder(weights, options);
}

interface LinearPlan {
  outliers: Uint16Array;
  importance: Float64Array | undefined;
  feedback: FeedbackBlock[] | undefined;
  clipSteps: number;
}

function quantizeEncoder(
  tensors: BertTensors,
  config: EncoderConfig,
  embeddings: EncoderWeights['embeddings'],
  plan: (layer: number, part: LinearName) => LinearPlan,
): EncoderWeights {
  const linear = (layer: number, part: LinearName) =>
    quantizeLinear(tensors, config, { layer, part, ...plan(layer, part) });
  const norm = (layer: number, part: 'attentionNorm' | 'outputNorm') =>
    quantizeNorm(`layer ${layer}, ${part}`, tensors.norm(layer, part));
  return {
    config,
    attention: attentionScale(config.hiddenSize / config.heads),
    embeddings,
    layers: Array.from({ length: config.layers }, (_, layer) => ({
      qkv: linear(layer, 'qkv'),
      output: linear(layer, 'output'),
      attentionNorm: norm(layer, 'attentionNorm'),
      up: linear(layer, 'up'),
      down: linear(layer, 'down'),
      outputNorm: norm(layer, 'outputNorm'),
    })),
  };
}

function quantizeEmbeddings(tensors: BertTensors, config: EncoderConfig) {
  const { hiddenSize } = config;
  const words = quantizeMatrix('embeddings.words', tensors.words, hiddenSize, {
    limit: 127,
    factor: 2 ** 16,
    shiftLeast: 1,
    shiftMost: 40,
    clipSteps: 0,
  });
  const positions = Float64Array.from(
    tensors.positions,
    (value, i) => value + tensors.type[i % hiddenSize],
  );
  return {
    words: words.values,
    wordScale: words.scale,
    wordShift: words.shift,
    positions: toFixed('embeddings.positions', positions, 16),
    norm: quantizeNorm('embeddings.norm', tensors.embeddingNorm),
  };
}

function quantizeLinear(
  tensors: BertTensors,
  config: EncoderConfig,
  options: LinearPlan & { layer: number; part: LinearName },
): LinearWeights {
  const { layer, part, outliers, importance, feedback, clipSteps } = options;
  const name = `layers.${layer}.${part}`;
  const { inputs, outputs } = linearShape(config, part);
  const { weight, bias } = tensors.linear(layer, part);
  const steps = part === 'down' ? 255 : 127;
  const { values, scale, shift } = quantizeMatrix(name, weight, inputs, {
    limit: config.weightBits === 8 ? 127 : 63,
    factor: 1 / steps,
    shiftLeast: 24,
    shiftMost: 48,
    importance,
    feedback,
    clipSteps,
  });
  const fixed = toFixed(`${name}.bias`, bias, 12);
  if (part === 'down') {
    for (let n = 0; n < outputs; n++) {
      let sum = 0;
      for (let k = 0; k < inputs; k++) sum += values[n * inputs + k];
      fixed[n] = Math.round(bias[n] * 4096 - (DOWN_OFFSET * sum * scale[n] * steps) / 2 ** shift);
    }
  }
  return { inputs, outputs, weight: values, scale, shift, bias: fixed, outliers };
}

function quantizeNorm(name: string, { gamma, beta }: FloatNorm): NormWeights {
  const root = Math.sqrt(gamma.length);
  const most = gamma.reduce((a, b) => Math.max(a, Math.abs(b)), 0) * root;
  let shift = 40;
  while (shift > 1 && Math.round(most * 2 ** (shift - 12)) > 65535) shift--;
  const words = Int32Array.from(gamma, (value) => Math.round(value * root * 2 ** (shift - 12)));
  if (words.some((word) => Math.abs(word) > 65535)) {
    throw new IdlewildError('model/scale', `${name}: its gamma is too large to quantize.`);
  }
  return { gamma: words, shift, beta: toFixed(`${name}.beta`, beta, 12) };
}

/** Before calibration: the columns that the preceding norm makes large. */
function guessOutliers(
  tensors: BertTensors,
  config: EncoderConfig,
  layer: number,
  part: LinearName,
): Uint16Array {
  if (part !== 'qkv' && part !== 'up') return new Uint16Array();
  const before = part === 'up' ? tensors.norm(layer, 'attentionNorm') : layerInput(tensors, layer);
  const size = before.gamma.map((gamma, k) => 3 * Math.abs(gamma) + Math.abs(before.beta[k]));
  const columns = Array.from(size.keys()).sort((a, b) => size[b] - size[a] || a - b);
  return Uint16Array.from(columns.slice(0, config.outlierColumns).sort((a, b) => a - b));
}

function layerInput(tensors: BertTensors, layer: number): FloatNorm {
  return layer === 0 ? tensors.embeddingNorm : tensors.norm(layer - 1, 'outputNorm');
}
