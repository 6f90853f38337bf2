// Text to token ids, by the tokenizer.json that came with a model. The coordinator tokenizes each
// line once; contributors see ids only.
import { Tokenizer as PublishedTokenizer } from '@huggingface/tokenizers';
import { IdlewildError } from '#protocol/errors.ts';

export interface Tokenizer {
  /** Ids of the whole text, special tokens included; never truncated. */
  encode(text: string): Uint32Array<ArrayBuffer>;
}

const probe = 'Call me Ishmael.';

function refuse(why: string, cause?: unknown): IdlewildError {
  return new IdlewildError('model/tokenizer', `tokenizer.json: ${why}.`, { cause });
}

/** @throws model/tokenizer unless the bytes are a tokenizer.json that can be used */
export function openTokenizer(bytes: Uint8Array): Tokenizer {
  let definition: unknown;
  try {
    definition = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse('not JSON in UTF-8', cause);
  }
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    throw refuse('expected a JSON object');
  }
  try {
    const published = new PublishedTokenizer(definition, {});
    const tokenizer: Tokenizer = {
      encode: (text) => toIds(published.encode(text).ids),
    };
    tokenizer.encode(probe);
    return tokenizer;
  } catch (cause) {
    if (cause instanceof IdlewildError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw refuse(`cannot be used: ${detail}`, cause);
  }
}

function toIds(ids: unknown): Uint32Array<ArrayBuffer> {
  if (!Array.isArray(ids) || !ids.every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 32)) {
    throw refuse('gives ids that are not unsigned integers');
  }
  return Uint32Array.from(ids);
}
