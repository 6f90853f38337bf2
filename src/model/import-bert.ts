// Makes an exact encoder of a published one of the BERT family: reads its tensors, quantizes them,
// finds outlier columns by calibration, proves that nothing overflows, writes manifest and shards.
// It touches no file and no clock: equal input gives an equal model id on every machine.
import { IdlewildError } from '#protocol/errors.ts';
import { type LinearName, linearShape } from './architecture.ts';
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
import type { EncoderConfig } from './encoder.ts';
import { makeFeedback } from './feedback.ts';
import { refuseField } from './json-fields.ts';
import { type FloatEncoder, quantizeEmbeddings, quantizeEncoder } from './quantize-encoder.ts';
import type { Safetensors } from './safetensors.ts';
import { type SavedModel, saveEncoder } from './save-encoder.ts';
import { readSentenceConfig, type SentenceFiles } from './sentence-config.ts';
import { splitUnits } from './split-units.ts';
import { openTokenizer } from './tokenizer.ts';

const OUTLIER_COLUMNS = 16;
/** It pays to clip: the search for a scale stops at 0.76 of the largest weight. */
const CLIP_STEPS = 24;

/** Part of what an import is remembered by: to be raised when the same source gives a new id. */
export const IMPORTER = 'idlewild-importer/5';

export interface ImportOptions {
  /** The parsed config.json. */
  config: unknown;
  tensors: Safetensors;
  /** modules.json, sentence_bert_config.json and what sentence-config.ts lists; none if absent. */
  sentence?: SentenceFiles | undefined;
  /** In place of what the sentence files say. */
  pooling?: 'mean' | 'cls' | undefined;
  tokenizer: Uint8Array;
  name: string;
  licence: string;
  weightBits: 7 | 8;
  /** Token rows of ordinary text, short and long; what is longer than the model takes is cut. */
  calibration: readonly Uint32Array[];
  observeForward: ObserveForward;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** A line for people: what was assumed, for want of a file that says it. */
  onNote?: ((note: string) => void) | undefined;
}

export interface ImportProgress {
  step: 'read' | 'calibrate' | 'quantize' | 'write';
  done: number;
  total: number;
}

/** @throws model/..., safetensors/... naming the file, tensor or field that cannot be used */
export function importBertEncoder(options: ImportOptions): SavedModel {
  const { onProgress = () => {} } = options;
  const source = readSource(options);
  const { config } = source;
  if (options.calibration.length === 0) {
    throw new IdlewildError('model/calibration', 'The calibration text holds no row.');
  }
  onProgress({ step: 'read', done: 1, total: 1 });

  const embeddings = quantizeEmbeddings(source);
  const rough = quantizeEncoder(source, embeddings, (layer, part) => ({
    outliers: guessOutliers(source.tensors, config, layer, part),
    importance: undefined,
    feedback: undefined,
    clipSteps: 0,
  }));
  proveBounds(rough);
  const rows = options.calibration.map((row) => cutRow(row, config.tokensMax));
  const samples = new Map<string, Samples>();
  rows.forEach((row, done) => {
    onProgress({ step: 'calibrate', done, total: rows.length });
    collectSamples(rough, row, options.observeForward, samples);
  });

  let quantized = 0;
  const matrices = 4 * config.layers + (config.dense ? 1 : 0);
  const weights = quantizeEncoder(source, embeddings, (layer, part) => {
    onProgress({ step: 'quantize', done: quantized++, total: matrices });
    const seen = samples.get(`${part}.${layer}`) ?? [];
    return {
      outliers: findOutliers(seen, linearShape(config, part).outliers),
      importance: columnPower(seen),
      feedback: makeFeedback(seen, config.hiddenSize),
      clipSteps: CLIP_STEPS,
    };
  });
  proveBounds(weights);
  onProgress({ step: 'write', done: 1, total: 1 });
  return saveEncoder(weights, options);
}

/** Everything published about the model, checked and brought together. */
function readSource(options: ImportOptions): FloatEncoder {
  const { weightBits, onNote = () => {} } = options;
  const sentence = readSentenceConfig(options.sentence ?? new Map());
  const pooling = options.pooling ?? sentence.pooling ?? 'mean';
  if (!options.pooling && !sentence.pooling) {
    onNote('No 1_Pooling/config.json says how tokens are pooled: the mean is taken.');
  }
  if (sentence.lowersCase) checkLowering(options.tokenizer);
  const { dense, tokensMax } = sentence;
  const published = readBertConfig(options.config, {
    weightBits,
    outlierColumns: OUTLIER_COLUMNS,
    pooling,
    dense: dense && { size: dense.size, activation: dense.activation },
    tokensMax,
  });
  const { config } = published;
  dense?.checkInputs(config.hiddenSize);
  return splitUnits({ config, tensors: openBertTensors(options.tensors, published), dense });
}

/** Text is given to the tokenizer as it is, so the tokenizer must be what lowers it. */
function checkLowering(bytes: Uint8Array): void {
  const tokenizer = openTokenizer(bytes);
  const [upper, lower] = ['CALL ME ISHMAEL', 'call me ishmael'].map((text) =>
    tokenizer.encode(text),
  );
  if (upper.join() === lower.join()) return;
  const why = 'the tokenizer keeps upper case, and Idlewild does not lower texts before it';
  throw refuseField('sentence_bert_config.json', 'do_lower_case', why);
}

/** With its last token, which closes a text. */
function cutRow(row: Uint32Array, tokensMax: number): Uint32Array {
  if (row.length <= tokensMax) return row;
  const cut = row.slice(0, tokensMax);
  cut[tokensMax - 1] = row[row.length - 1];
  return cut;
}

/** Before calibration: the columns that the preceding norm makes large. */
function guessOutliers(
  tensors: BertTensors,
  config: EncoderConfig,
  layer: number,
  part: LinearName,
): Uint16Array {
  const { outliers } = linearShape(config, part);
  if (outliers === 0) return new Uint16Array();
  const before = normBefore(tensors, config, layer, part);
  const size = before.gamma.map((gamma, k) => 3 * Math.abs(gamma) + Math.abs(before.beta[k]));
  const columns = Array.from(size.keys()).sort((a, b) => size[b] - size[a] || a - b);
  return Uint16Array.from(columns.slice(0, outliers).sort((a, b) => a - b));
}

function normBefore(
  tensors: BertTensors,
  config: EncoderConfig,
  layer: number,
  part: LinearName,
): FloatNorm {
  if (part === 'dense') return tensors.norm(config.layers - 1, 'outputNorm');
  if (part !== 'qkv') return tensors.norm(layer, 'attentionNorm');
  return layer === 0 ? tensors.embeddingNorm : tensors.norm(layer - 1, 'outputNorm');
}
