// The tensors of published encoders by what they do, as transformers' own classes name them: for
// random models and for the float reference, apart from the importer's table.

export type ModelType = 'bert' | 'distilbert' | 'roberta' | 'xlm-roberta' | 'camembert' | 'mpnet';

export type LayerTensor =
  | 'query'
  | 'key'
  | 'value'
  | 'output'
  | 'attentionNorm'
  | 'up'
  | 'down'
  | 'outputNorm';

const bert: Record<LayerTensor, string> = {
  query: 'encoder.layer.#.attention.self.query',
  key: 'encoder.layer.#.attention.self.key',
  value: 'encoder.layer.#.attention.self.value',
  output: 'encoder.layer.#.attention.output.dense',
  attentionNorm: 'encoder.layer.#.attention.output.LayerNorm',
  up: 'encoder.layer.#.intermediate.dense',
  down: 'encoder.layer.#.output.dense',
  outputNorm: 'encoder.layer.#.output.LayerNorm',
};

const distilbert: Record<LayerTensor, string> = {
  query: 'transformer.layer.#.attention.q_lin',
  key: 'transformer.layer.#.attention.k_lin',
  value: 'transformer.layer.#.attention.v_lin',
  output: 'transformer.layer.#.attention.out_lin',
  attentionNorm: 'transformer.layer.#.sa_layer_norm',
  up: 'transformer.layer.#.ffn.lin1',
  down: 'transformer.layer.#.ffn.lin2',
  outputNorm: 'transformer.layer.#.output_layer_norm',
};

const mpnet: Record<LayerTensor, string> = {
  query: 'encoder.layer.#.attention.attn.q',
  key: 'encoder.layer.#.attention.attn.k',
  value: 'encoder.layer.#.attention.attn.v',
  output: 'encoder.layer.#.attention.attn.o',
  attentionNorm: 'encoder.layer.#.attention.LayerNorm',
  up: 'encoder.layer.#.intermediate.dense',
  down: 'encoder.layer.#.output.dense',
  outputNorm: 'encoder.layer.#.output.LayerNorm',
};

export function layerTensor(type: ModelType, part: LayerTensor, layer: number): string {
  const names = type === 'distilbert' ? distilbert : type === 'mpnet' ? mpnet : bert;
  return names[part].replace('#', String(layer));
}

export function classPrefix(type: ModelType): string {
  if (type === 'xlm-roberta' || type === 'camembert') return 'roberta.';
  return `${type}.`;
}

/** Position ids begin above padding_idx, which is 1, in all that follow RoBERTa. */
export function firstPosition(type: ModelType): number {
  return type === 'bert' || type === 'distilbert' ? 0 : 2;
}

export function hasTypes(type: ModelType): boolean {
  return type !== 'distilbert' && type !== 'mpnet';
}
