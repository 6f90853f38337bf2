// What differs between the published encoders of the BERT family: how config.json and the tensors
// name things, where positions begin, what a score gets added. docs/model.md has it as a table.
import type { LayerLinear } from './architecture.ts';

export interface Family {
  /** config.json's fields. */
  fields: {
    hiddenSize: string;
    intermediateSize: string;
    heads: string;
    layers: string;
    activation: string;
  };
  /** Before every tensor's name, or before none. */
  prefix: string;
  /** Where a row's first token stands in the position table; above config.json's pad_token_id. */
  firstPosition: 0 | 2 | 'above padding';
  hasTypeEmbedding: boolean;
  /** A bias by bucket of distance, of shape [relative_attention_num_buckets, heads]. */
  relativeBias: string | null;
  /** Before a layer's number. */
  layer: string;
  /** Behind it; those of `qkv` in this order. */
  linear: Record<LayerLinear, string[]>;
  norm: { attentionNorm: string; outputNorm: string };
}

const bert: Family = {
  fields: {
    hiddenSize: 'hidden_size',
    intermediateSize: 'intermediate_size',
    heads: 'num_attention_heads',
    layers: 'num_hidden_layers',
    activation: 'hidden_act',
  },
  prefix: 'bert.',
  firstPosition: 0,
  hasTypeEmbedding: true,
  relativeBias: null,
  layer: 'encoder.layer',
  linear: {
    qkv: ['attention.self.query', 'attention.self.key', 'attention.self.value'],
    output: ['attention.output.dense'],
    up: ['intermediate.dense'],
    down: ['output.dense'],
  },
  norm: { attentionNorm: 'attention.output.LayerNorm', outputNorm: 'output.LayerNorm' },
};

const roberta: Family = { ...bert, prefix: 'roberta.', firstPosition: 'above padding' };

const distilbert: Family = {
  ...bert,
  fields: {
    hiddenSize: 'dim',
    intermediateSize: 'hidden_dim',
    heads: 'n_heads',
    layers: 'n_layers',
    activation: 'activation',
  },
  prefix: 'distilbert.',
  hasTypeEmbedding: false,
  layer: 'transformer.layer',
  linear: {
    qkv: ['attention.q_lin', 'attention.k_lin', 'attention.v_lin'],
    output: ['attention.out_lin'],
    up: ['ffn.lin1'],
    down: ['ffn.lin2'],
  },
  norm: { attentionNorm: 'sa_layer_norm', outputNorm: 'output_layer_norm' },
};

const mpnet: Family = {
  ...bert,
  prefix: 'mpnet.',
  firstPosition: 2,
  hasTypeEmbedding: false,
  relativeBias: 'encoder.relative_attention_bias.weight',
  linear: {
    ...bert.linear,
    qkv: ['attention.attn.q', 'attention.attn.k', 'attention.attn.v'],
    output: ['attention.attn.o'],
  },
  norm: { ...bert.norm, attentionNorm: 'attention.LayerNorm' },
};

/** By config.json's model_type. */
export const families: ReadonlyMap<string, Family> = new Map([
  ['bert', bert],
  ['distilbert', distilbert],
  ['roberta', roberta],
  ['xlm-roberta', roberta],
  ['camembert', roberta],
  ['mpnet', mpnet],
]);
