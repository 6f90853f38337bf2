// The files that sentence-transformers puts beside a model, as it writes them.
import { makeRandom } from '#model/synthetic.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { FloatHead } from './float-bert.ts';
import { floatTensor, writeSafetensors } from './write-safetensors.ts';

const json = (value: unknown) => utf8(JSON.stringify(value));

export function moduleList(...types: string[]) {
  return types.map((type, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? '' : `${idx}_${type}`,
    type: `sentence_transformers.models.${type}`,
  }));
}

/** @param mode the word behind pooling_mode_, such as "cls_token" */
export function poolingConfig(mode: string, width = 32) {
  const modes = ['cls_token', 'mean_tokens', 'max_tokens', 'mean_sqrt_len_tokens'];
  const flags = modes.map((name) => [`pooling_mode_${name}`, name === mode]);
  return { word_embedding_dimension: width, ...Object.fromEntries(flags) };
}

export interface SentenceShape {
  pooling: 'mean_tokens' | 'cls_token';
  hidden: number;
  /** Size and activation of the dense layer. */
  dense?: { size: number; activation: 'tanh' | 'identity' };
}

/** Files by path, and the same as the float reference takes it. */
export function makeSentence({ pooling, hidden, dense }: SentenceShape) {
  const types = ['Transformer', 'Pooling', ...(dense ? ['Dense'] : []), 'Normalize'];
  const files = new Map<string, Uint8Array>([
    ['modules.json', json(moduleList(...types))],
    ['1_Pooling/config.json', json(poolingConfig(pooling, hidden))],
    ['sentence_bert_config.json', json({ max_seq_length: 20, do_lower_case: false })],
  ]);
  const head: FloatHead = { pooling: pooling === 'cls_token' ? 'cls' : 'mean' };
  if (!dense) return { files, head };

  const random = makeRandom(77);
  const draw = () => (random(2001) + random(2001) + random(2001) - 3000) / 1000;
  const weight = Array.from({ length: dense.size * hidden }, () => draw() / Math.sqrt(hidden));
  const bias = Array.from({ length: dense.size }, () => 0.1 * draw());
  const tensors = {
    'linear.weight': floatTensor([dense.size, hidden], weight),
    'linear.bias': floatTensor([dense.size], bias),
  };
  const activation = { tanh: 'activation.Tanh', identity: 'linear.Identity' }[dense.activation];
  const config = {
    in_features: hidden,
    out_features: dense.size,
    bias: true,
    activation_function: `torch.nn.modules.${activation}`,
  };
  files.set('2_Dense/config.json', json(config));
  files.set('2_Dense/model.safetensors', writeSafetensors(tensors));
  head.dense = {
    weight: Float32Array.from(weight),
    bias: Float32Array.from(bias),
    activation: dense.activation,
  };
  return { files, head };
}
