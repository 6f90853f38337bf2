// Reads a published config.json into the shape of an exact encoder. Untrusted input.
import { limits } from '#protocol/limits.ts';
import { findConfigFault } from './architecture.ts';
import type { EncoderConfig } from './encoder.ts';
import { type Family, families } from './families.ts';
import { openFields, refuseField } from './json-fields.ts';
import { RELATIVE_BUCKETS } from './relative-bias.ts';

const LAYER_NORM_EPSILON_MAX = 1e-5;
/** Where config.json has no pad_token_id: RoBERTa's own. */
const PADDING_ID = 1;

export interface PublishedConfig {
  config: EncoderConfig;
  family: Family;
  /** Rows of the published position table before that of a row's first token. */
  positionStart: number;
}

/** What config.json does not say. */
export interface ConfigChoices
  extends Pick<EncoderConfig, 'weightBits' | 'outlierColumns' | 'pooling' | 'dense'> {
  /** Where the model's own limit is lower than its positions. */
  tokensMax: number | null;
}

/** @throws model/config naming the field that is missing or not supported */
export function readBertConfig(value: unknown, choices: ConfigChoices): PublishedConfig {
  const file = 'config.json';
  const fields = openFields(file, value);
  const type = fields.expect('model_type', ...families.keys()) as string;
  const family = families.get(type) as Family;
  fields.expect(family.fields.activation, 'gelu');
  fields.expect('position_embedding_type', 'absolute', undefined);
  fields.expect('is_decoder', false, undefined);
  fields.expect('add_cross_attention', false, undefined);
  if (family.relativeBias) {
    fields.expect('relative_attention_num_buckets', RELATIVE_BUCKETS, undefined);
  }
  const epsilon = fields.get('layer_norm_eps') ?? 0;
  if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon <= LAYER_NORM_EPSILON_MAX)) {
    throw refuseField(file, 'layer_norm_eps', `expected at most ${LAYER_NORM_EPSILON_MAX}`);
  }
  const { firstPosition } = family;
  const positionStart =
    firstPosition === 'above padding' ? readPadding(fields.get('pad_token_id')) + 1 : firstPosition;
  const positions = fields.count('max_position_embeddings') - positionStart;
  const { tokensMax, ...chosen } = choices;
  const config: EncoderConfig = {
    vocabularySize: fields.count('vocab_size'),
    positions,
    tokensMax: Math.min(positions, limits.tokensMax, tokensMax ?? Infinity),
    hiddenSize: fields.count(family.fields.hiddenSize),
    intermediateSize: fields.count(family.fields.intermediateSize),
    heads: fields.count(family.fields.heads),
    layers: fields.count(family.fields.layers),
    ...chosen,
    attentionBias: family.relativeBias !== null,
  };
  const fault = findConfigFault(config);
  if (fault) throw refuseField(file, fault.field, fault.why);
  return { config, family, positionStart };
}

function readPadding(id: unknown): number {
  if (id === undefined || id === null) return PADDING_ID;
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return id;
  throw refuseField('config.json', 'pad_token_id', 'expected a token id');
}
