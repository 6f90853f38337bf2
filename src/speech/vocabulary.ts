// Whisper's vocabulary from its tokenizer.json: the special tokens by name, the languages, and text
// from token ids. Pieces are bytes, so a character split between two tokens comes out whole.
import { IdlewildError } from '#protocol/errors.ts';

export interface Vocabulary {
  /** Ids are below it. */
  size: number;
  end: number;
  start: number;
  transcribe: number;
  translate: number;
  /** Opens what was said before. */
  previous: number;
  noSpeech: number;
  noTimes: number;
  /** The first time, 0.00 s. */
  timeBegin: number;
  /** Token of each language, by its code, such as `en`. */
  languages: ReadonlyMap<string, number>;
  /** Text of the tokens that are text; special tokens and times are left out. */
  text(tokens: readonly number[]): string;
}

/** Seconds from one time token to the next. */
export const secondsPerTime = 0.02;

interface Definition {
  model: { type: 'BPE'; vocab: Record<string, number> };
  added_tokens: { id: number; content: string }[];
}

function refuse(why: string, cause?: unknown): IdlewildError {
  return new IdlewildError('speech/vocabulary', `tokenizer.json: ${why}.`, { cause });
}

function parse(bytes: Uint8Array): Definition {
  let definition: Partial<Definition> | null;
  try {
    definition = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refuse('not JSON in UTF-8', cause);
  }
  const { model, added_tokens: added } = definition ?? {};
  if (typeof model?.vocab !== 'object' || model.type !== 'BPE' || !Array.isArray(added)) {
    throw refuse('expected a BPE model with a vocabulary and added tokens');
  }
  const ids = [...Object.values(model.vocab), ...added.map(({ id }) => id)];
  if (!ids.every((id) => Number.isSafeInteger(id) && id >= 0 && id < 2 ** 24)) {
    throw refuse('gives ids that are not unsigned integers');
  }
  return { model, added_tokens: added };
}

/**
 * The character by which byte-level BPE writes each byte (GPT-2): itself where it prints, else one
 * from U+0100 on, in order.
 */
function byteOfCharacter(): Map<string, number> {
  const isPlain = (byte: number) =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad && byte < 0x100);
  let next = 0x100;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  return new Map(bytes.map((byte) => [String.fromCharCode(isPlain(byte) ? byte : next++), byte]));
}

/** @throws speech/vocabulary unless the bytes are the tokenizer.json of a multilingual Whisper */
export function openVocabulary(bytes: Uint8Array): Vocabulary {
  const { model, added_tokens: added } = parse(bytes);
  const special = new Map(added.map(({ content, id }) => [content, id]));
  const find = (...names: string[]) => {
    const id = names.map((name) => special.get(name)).find((found) => found !== undefined);
    if (id === undefined) throw refuse(`it has no ${names[0]}: not a multilingual Whisper`);
    return id;
  };
  const pieces = readPieces(model.vocab);
  const noTimes = find('<|notimestamps|>');
  const languages = new Map<string, number>();
  for (const [content, id] of special) {
    const code = /^<\|([a-z]{2,3})\|>$/.exec(content)?.[1];
    if (code) languages.set(code, id);
  }
  if (languages.size === 0) throw refuse('it has no languages: not a multilingual Whisper');
  const timeBegin = noTimes + 1;
  return {
    size: Math.max(timeBegin + 1501, pieces.length),
    end: find('<|endoftext|>'),
    start: find('<|startoftranscript|>'),
    transcribe: find('<|transcribe|>'),
    translate: find('<|translate|>'),
    previous: find('<|startofprev|>'),
    noSpeech: find('<|nospeech|>', '<|nocaptions|>'),
    noTimes,
    timeBegin,
    languages,
    text: (tokens) => decode(pieces, tokens, find('<|endoftext|>')),
  };
}

function readPieces(vocabulary: Record<string, number>): Uint8Array[] {
  const byteOf = byteOfCharacter();
  const pieces: Uint8Array[] = [];
  for (const [piece, id] of Object.entries(vocabulary)) {
    pieces[id] = Uint8Array.from(piece, (character) => byteOf.get(character) ?? 0x3f);
  }
  return pieces;
}

/** A broken character becomes U+FFFD, as everywhere. */
function decode(pieces: Uint8Array[], tokens: readonly number[], end: number): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  for (const token of tokens) {
    if (token < end && pieces[token]) text += decoder.decode(pieces[token], { stream: true });
  }
  return text + decoder.decode();
}
