// An encoder's arrays and shifts by their manifest names: what save-encoder.ts writes.
import { layerParts } from './architecture.ts';
import type { EncoderWeights, LinearWeights, NormWeights } from './encoder.ts';

export interface EncoderList {
  arrays: Map<string, Int8Array | Uint16Array | Int32Array>;
  shifts: Map<string, number>;
}

export function listEncoder(weights: EncoderWeights): EncoderList {
  const { embeddings, attentionBias, layers, dense } = weights;
  const list: EncoderList = { arrays: new Map(), shifts: new Map() };
  const { arrays, shifts } = list;
  arrays.set('embeddings.words', embeddings.words);
  arrays.set('embeddings.wordScale', embeddings.wordScale);
  shifts.set('embeddings.words', embeddings.wordShift);
  arrays.set('embeddings.positions', embeddings.positions);
  addPart(list, 'embeddings.norm', embeddings.norm);
  if (attentionBias) arrays.set('attention.bias', attentionBias);
  layers.forEach((layer, index) => {
    for (const part of layerParts) addPart(list, `layers.${index}.${part}`, layer[part]);
  });
  if (dense) addPart(list, 'dense', dense);
  return list;
}

function addPart({ arrays, shifts }: EncoderList, name: string, part: LinearWeights | NormWeights) {
  shifts.set(name, part.shift);
  if ('gamma' in part) {
    arrays.set(`${name}.gamma`, part.gamma).set(`${name}.beta`, part.beta);
    return;
  }
  arrays.set(`${name}.weight`, part.weight).set(`${name}.scale`, part.scale);
  arrays.set(`${name}.bias`, part.bias);
  if (part.outliers.length > 0) arrays.set(`${name}.outliers`, part.outliers);
}
