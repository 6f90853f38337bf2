// The float tensors of a published encoder, by what they do: names, shapes and values checked.
import { IdlewildError } from '#protocol/errors.ts';
import { type LayerLinear, linearShape } from './architecture.ts';
import type { PublishedConfig } from './bert-config.ts';
import { RELATIVE_BUCKETS } from './relative-bias.ts';
import type { Safetensors } from './safetensors.ts';

export interface FloatLinear {
  /** [outputs, inputs]. */
  weight: Float32Array;
  bias: Float32Array;
}

export interface FloatNorm {
  gamma: Float32Array;
  beta: Float32Array;
}

export interface BertTensors {
  words: Float32Array;
  /** [positions, hiddenSize]: row 0 is a row's first token's. */
  positions: Float32Array;
  /** The type embedding that every token of a single text has; null where the family has none. */
  type: Float32Array | null;
  embeddingNorm: FloatNorm;
  /** [RELATIVE_BUCKETS, heads], or null. */
  relativeBias: Float32Array | null;
  linear(layer: number, part: LayerLinear): FloatLinear;
  norm(layer: number, part: 'attentionNorm' | 'outputNorm'): FloatNorm;
}

const WORDS = 'embeddings.word_embeddings.weight';
const POSITIONS = 'embeddings.position_embeddings.weight';
const TYPES = 'embeddings.token_type_embeddings.weight';

/** @throws safetensors/missing-tensor, model/tensor naming the tensor */
export function openBertTensors(tensors: Safetensors, published: PublishedConfig): BertTensors {
  const { config, family, positionStart } = published;
  const { hiddenSize, vocabularySize, positions, heads } = config;
  const prefix = tensors.entries.has(WORDS) ? '' : family.prefix;

  const read = (suffix: string, shape: number[]): Float32Array => {
    const name = prefix + suffix;
    const values = tensors.read(name);
    const found = tensors.entries.get(name)?.shape ?? [];
    if (found.length !== shape.length || found.some((length, i) => length !== shape[i])) {
      throw refuse(name, `its shape is [${found}], config.json needs [${shape}]`);
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw refuse(name, `value ${bad} is not finite`);
    return values;
  };
  /** Checkpoints that came from TensorFlow say gamma and beta. */
  const norm = (name: string): FloatNorm => {
    const isOld = tensors.entries.has(`${prefix}${name}.gamma`);
    const [gamma, beta] = isOld ? ['gamma', 'beta'] : ['weight', 'bias'];
    return {
      gamma: read(`${name}.${gamma}`, [hiddenSize]),
      beta: read(`${name}.${beta}`, [hiddenSize]),
    };
  };
  const readType = () => {
    const rows = tensors.entries.get(prefix + TYPES)?.shape[0] ?? 1;
    return read(TYPES, [rows, hiddenSize]).subarray(0, hiddenSize);
  };

  const bias = family.relativeBias;
  const allPositions = read(POSITIONS, [positionStart + positions, hiddenSize]);
  return {
    words: read(WORDS, [vocabularySize, hiddenSize]),
    positions: allPositions.subarray(positionStart * hiddenSize),
    type: family.hasTypeEmbedding ? readType() : null,
    embeddingNorm: norm('embeddings.LayerNorm'),
    relativeBias: bias === null ? null : read(bias, [RELATIVE_BUCKETS, heads]),
    linear(layer, part) {
      const { inputs, outputs } = linearShape(config, part);
      const names = family.linear[part];
      const rows = outputs / names.length;
      const weight = new Float32Array(outputs * inputs);
      const bias = new Float32Array(outputs);
      names.forEach((name, index) => {
        const full = `${family.layer}.${layer}.${name}`;
        weight.set(read(`${full}.weight`, [rows, inputs]), index * rows * inputs);
        bias.set(read(`${full}.bias`, [rows]), index * rows);
      });
      return { weight, bias };
    },
    norm: (layer, part) => norm(`${family.layer}.${layer}.${family.norm[part]}`),
  };
}

function refuse(name: string, why: string): IdlewildError {
  return new IdlewildError('model/tensor', `Tensor ${JSON.stringify(name)}: ${why}.`);
}
