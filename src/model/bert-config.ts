// Reads a published config.json into the shape of an exact encoder. Untrusted input.
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { findConfigFault } from './architecture.ts';
import type { EncoderConfig } from './encoder.ts';

const LAYER_NORM_EPSILON_MAX = 1e-5;

function refuse(field: string, why: string): IdlewildError {
  return new IdlewildError('model/config', `config.json, ${field}: ${why}.`, {
    metaMessages: ['Idlewild imports BERT encoders: model_type "bert", hidden_act "gelu".'],
  });
}

/** @throws model/config naming the field that is missing or not supported */
export function readBertConfig(
  config: unknown,
  { weightBits, outlierColumns }: Pick<EncoderConfig, 'weightBits' | 'outlierColumns'>,
): EncoderConfig {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw refuse('the file', 'expected a JSON object');
  }
  const fields = new Map<string, unknown>(Object.entries(config));
  const count = (field: string): number => {
    const value = fields.get(field);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
      throw refuse(field, 'expected a positive integer');
    }
    return value;
  };
  const expect = (field: string, wanted: string, isOptional: boolean) => {
    const value = fields.get(field);
    if (value !== wanted && !(isOptional && value === undefined)) {
      throw refuse(field, `expected ${JSON.stringify(wanted)}`);
    }
  };
  expect('model_type', 'bert', false);
  expect('hidden_act', 'gelu', false);
  expect('position_embedding_type', 'absolute', true);
  const epsilon = fields.get('layer_norm_eps') ?? 0;
  if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon <= LAYER_NORM_EPSILON_MAX)) {
    throw refuse('layer_norm_eps', `expected at most ${LAYER_NORM_EPSILON_MAX}`);
  }
  const positions = count('max_position_embeddings');
  const encoder: EncoderConfig = {
    vocabularySize: count('vocab_size'),
    positions,
    tokensMax: Math.min(positions, limits.tokensMax),
    hiddenSize: count('hidden_size'),
    intermediateSize: count('intermediate_size'),
    heads: count('num_attention_heads'),
    layers: count('num_hidden_layers'),
    weightBits,
    outlierColumns,
  };
  const fault = findConfigFault(encoder);
  if (fault) throw refuse(fault.field, fault.why);
  return encoder;
}
