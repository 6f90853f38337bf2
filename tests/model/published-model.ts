// Random float encoders of real shapes, as published ones would come: config.json and tensors that
// are made when they are read, for the largest would fill the memory. Their weights resemble those
// of trained nets: nearly normal, layer norms near one, a few columns that stand far out.
import type { Safetensors } from '#model/safetensors.ts';
import { makeRandom } from '#model/synthetic.ts';
import {
  classPrefix,
  firstPosition,
  hasTypes,
  type LayerTensor,
  layerTensor,
  type ModelType,
} from './published-names.ts';

export interface ModelShape {
  type: ModelType;
  hidden: number;
  heads: number;
  layers: number;
  intermediate: number;
  /** Positions that a text can use. */
  positions: number;
  vocabulary: number;
}

export const tinyShape: ModelShape = {
  type: 'bert',
  hidden: 32,
  heads: 2,
  layers: 2,
  intermediate: 64,
  positions: 24,
  vocabulary: 40,
};

export interface PublishedModel {
  shape: ModelShape;
  config: Record<string, unknown>;
  tensors: Safetensors;
}

const quantiles = 4096;
/** The inverse of the normal distribution by its logistic approximation: good to a percent. */
const normal = Float64Array.from({ length: quantiles }, (_, i) => {
  const p = (i + 0.5) / quantiles;
  return Math.log(p / (1 - p)) / 1.702;
});

/** FNV-1a, so that each tensor has draws of its own whatever is read before it. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const letter of text) sum = Math.imul(sum ^ letter.charCodeAt(0), 0x01000193);
  return sum >>> 0;
}

interface Recipe {
  shape: number[];
  make(at: number, draw: () => number): number;
}

/** Columns that stand out in every norm of the model, as in trained ones. */
function outstanding(hidden: number): Set<number> {
  return new Set([7, Math.floor(hidden / 3), hidden - 5]);
}

const gains: Record<Exclude<LayerTensor, 'attentionNorm' | 'outputNorm'>, number> = {
  query: 1.3,
  key: 1.3,
  value: 1,
  output: 0.8,
  up: 1,
  down: 1,
};

function listRecipes(shape: ModelShape): Map<string, Recipe> {
  const { type, hidden, heads, layers, intermediate, positions, vocabulary } = shape;
  const recipes = new Map<string, Recipe>();
  const far = outstanding(hidden);
  const add = (name: string, size: number[], std: number) =>
    recipes.set(name, { shape: size, make: (_, draw) => std * draw() });
  const norm = (name: string) => {
    recipes.set(`${name}.weight`, {
      shape: [hidden],
      make: (at, draw) => (far.has(at) ? 2.5 : 0.9) + 0.08 * draw(),
    });
    recipes.set(`${name}.bias`, {
      shape: [hidden],
      make: (at, draw) => (far.has(at) ? 2 * Math.sign(at - hidden / 2) : 0) + 0.05 * draw(),
    });
  };
  const linear = (name: string, inputs: number, outputs: number, gain: number) => {
    add(`${name}.weight`, [outputs, inputs], gain / Math.sqrt(inputs));
    add(`${name}.bias`, [outputs], 0.1);
  };
  add('embeddings.word_embeddings.weight', [vocabulary, hidden], 0.05);
  add('embeddings.position_embeddings.weight', [firstPosition(type) + positions, hidden], 0.02);
  const types = type === 'bert' ? 2 : 1;
  if (hasTypes(type)) add('embeddings.token_type_embeddings.weight', [types, hidden], 0.02);
  norm('embeddings.LayerNorm');
  if (type === 'mpnet') add('encoder.relative_attention_bias.weight', [32, heads], 1.5);
  for (let layer = 0; layer < layers; layer++) {
    for (const part of ['query', 'key', 'value', 'output', 'up', 'down'] as const) {
      const [inputs, outputs] =
        part === 'up' ? [hidden, intermediate] : [part === 'down' ? intermediate : hidden, hidden];
      linear(layerTensor(type, part, layer), inputs, outputs, gains[part]);
    }
    norm(layerTensor(type, 'attentionNorm', layer));
    norm(layerTensor(type, 'outputNorm', layer));
  }
  return recipes;
}

function makeConfig(shape: ModelShape): Record<string, unknown> {
  const { type, hidden, heads, layers, intermediate, positions, vocabulary } = shape;
  const sizes =
    type === 'distilbert'
      ? { dim: hidden, hidden_dim: intermediate, n_heads: heads, n_layers: layers }
      : {
          hidden_size: hidden,
          intermediate_size: intermediate,
          num_attention_heads: heads,
          num_hidden_layers: layers,
          layer_norm_eps: type === 'bert' ? 1e-12 : 1e-5,
        };
  return {
    model_type: type,
    ...sizes,
    [type === 'distilbert' ? 'activation' : 'hidden_act']: 'gelu',
    vocab_size: vocabulary,
    max_position_embeddings: firstPosition(type) + positions,
    pad_token_id: firstPosition(type) === 0 ? 0 : 1,
    ...(type === 'mpnet' ? { relative_attention_num_buckets: 32 } : {}),
  };
}

/** @param prefixed whether the tensors bear the name of their class, as in older checkpoints */
export function publishModel(
  changes: Partial<ModelShape>,
  { seed = 1, prefixed = false } = {},
): PublishedModel {
  const shape = { ...tinyShape, ...changes };
  const recipes = listRecipes(shape);
  const prefix = prefixed ? classPrefix(shape.type) : '';
  const entries = new Map(
    [...recipes].map(([name, recipe]) => {
      const full = prefix + name;
      return [full, { name: full, dtype: 'F32', shape: recipe.shape, begin: 0, end: 0 }];
    }),
  );
  const read = (full: string) => {
    const name = full.slice(prefix.length);
    const recipe = full.startsWith(prefix) ? recipes.get(name) : undefined;
    if (!recipe) throw new Error(`Tensor ${JSON.stringify(full)}: not in the file.`);
    const random = makeRandom(seed ^ hash(name));
    const draw = () => normal[random(quantiles)];
    const values = new Float32Array(recipe.shape.reduce((a, b) => a * b, 1));
    for (let at = 0; at < values.length; at++) values[at] = recipe.make(at, draw);
    return values;
  };
  return { shape, config: makeConfig(shape), tensors: { entries, read } };
}
