// The float tensors of a published BERT encoder, by what they do: names, shapes and values checked.
import { IdlewildError } from '#protocol/errors.ts';
import { type LinearName, linearShape } from './architecture.ts';
import type { EncoderConfig } from './encoder.ts';
import type { Safetensors } from './safetensors.ts';

interface FloatLinear {
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
  positions: Float32Array;
  /** The type embedding that every token of a single text has. */
  type: Float32Array;
  embeddingNorm: FloatNorm;
  linear(layer: number, part: LinearName): FloatLinear;
  norm(layer: number, part: 'attentionNorm' | 'outputNorm'): FloatNorm;
}

const linearNames: Record<LinearName, string[]> = {
  qkv: ['attention.self.query', 'attention.self.key', 'attention.self.value'],
  output: ['attention.output.dense'],
  up: ['intermediate.dense'],
  down: ['output.dense'],
};

const normNames = { attentionNorm: 'attention.output.LayerNorm', outputNorm: 'output.LayerNorm' };

/** @throws safetensors/missing-tensor, model/tensor naming the tensor */
export function openBertTensors(tensors: Safetensors, config: EncoderConfig): BertTensors {
  const prefix = tensors.entries.has('embeddings.word_embeddings.weight') ? '' : 'bert.';
  const { hiddenSize, vocabularySize, positions } = config;

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
  const norm = (name: string): FloatNorm => ({
    gamma: read(`${name}.weight`, [hiddenSize]),
    beta: read(`${name}.bias`, [hiddenSize]),
  });

  const types = 'embeddings.token_type_embeddings.weight';
  const typeRows = tensors.entries.get(prefix + types)?.shape[0] ?? 1;
  return {
    words: read('embeddings.word_embeddings.weight', [vocabularySize, hiddenSize]),
    positions: read('embeddings.position_embeddings.weight', [positions, hiddenSize]),
    type: read(types, [typeRows, hiddenSize]).slice(0, hiddenSize),
    embeddingNorm: norm('embeddings.LayerNorm'),
    linear(layer, part) {
      const { inputs, outputs } = linearShape(config, part);
      const names = linearNames[part];
      const rows = outputs / names.length;
      const weight = new Float32Array(outputs * inputs);
      const bias = new Float32Array(outputs);
      names.forEach((name, index) => {
        const full = `encoder.layer.${layer}.${name}`;
        weight.set(read(`${full}.weight`, [rows, inputs]), index * rows * inputs);
        bias.set(read(`${full}.bias`, [rows]), index * rows);
      });
      return { weight, bias };
    },
    norm: (layer, part) => norm(`encoder.layer.${layer}.${normNames[part]}`),
  };
}

function refuse(name: string, why: string): IdlewildError {
  return new IdlewildError('model/tensor', `Tensor ${JSON.stringify(name)}: ${why}.`);
}
