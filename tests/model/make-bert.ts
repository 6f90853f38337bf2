// A tiny random BERT encoder as a published one would come: config.json, safetensors, and token
// rows to calibrate with. For tests of the importer.
import { makeRandom } from '#model/synthetic.ts';
import { floatTensor, type RawTensor, writeSafetensors } from './write-safetensors.ts';

export const bertConfig = {
  model_type: 'bert',
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  vocab_size: 40,
  max_position_embeddings: 24,
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 2,
  num_hidden_layers: 2,
};

export function makeBertTensors(seed: number, prefix = ''): Record<string, RawTensor> {
  const random = makeRandom(seed);
  const { hidden_size: hidden, intermediate_size: intermediate } = bertConfig;
  const tensors: Record<string, RawTensor> = {};
  const add = (name: string, shape: number[], scale: number, offset = 0) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const values = Array.from({ length: count }, () => offset + (random(2001) - 1000) * scale);
    tensors[prefix + name] = floatTensor(shape, values);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [hidden], 0.0003, 1);
    add(`${name}.bias`, [hidden], 0.0002);
  };
  const linear = (name: string, inputs: number, outputs: number) => {
    add(`${name}.weight`, [outputs, inputs], 0.0002);
    add(`${name}.bias`, [outputs], 0.0002);
  };
  add('embeddings.word_embeddings.weight', [bertConfig.vocab_size, hidden], 0.0001);
  add('embeddings.position_embeddings.weight', [24, hidden], 0.00005);
  add('embeddings.token_type_embeddings.weight', [2, hidden], 0.00002);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < bertConfig.num_hidden_layers; layer++) {
    const name = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) {
      linear(`${name}.attention.self.${part}`, hidden, hidden);
    }
    linear(`${name}.attention.output.dense`, hidden, hidden);
    norm(`${name}.attention.output.LayerNorm`);
    linear(`${name}.intermediate.dense`, hidden, intermediate);
    linear(`${name}.output.dense`, intermediate, hidden);
    norm(`${name}.output.LayerNorm`);
  }
  return tensors;
}

export function makeBert(seed: number, prefix = '') {
  return writeSafetensors(makeBertTensors(seed, prefix));
}
