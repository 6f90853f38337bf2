// The form that OpenAI's clients send to /v1/audio/transcriptions: read as it streams in, its sound
// within a limit, every field that is not honoured refused by name.
import { IdlewildError } from '#protocol/errors.ts';
import type { OpenAiError } from './http-errors.ts';
import { type FormPart, readField, readMultipart } from './multipart.ts';
import { isPlainText } from './plain-text.ts';
import { type TranscriptionFormat, transcriptionFormats } from './transcription-body.ts';

/** As OpenAI has it: 13 minutes of 16-bit sound at 16 kHz. */
const audioBytesMax = 25 << 20;
/** Of sound, whatever its rate: 115 MB of samples at 16 kHz. */
export const audioSecondsMax = 1_800;
const filenameMax = 255;

export interface TranscriptionForm {
  name: string;
  bytes: Uint8Array;
  model: string;
  language: string | null;
  prompt: string;
  format: TranscriptionFormat;
}

export type ReadForm =
  | { ok: true; form: TranscriptionForm }
  | { ok: false; status: number; fault: OpenAiError };

function refuse(message: string, param: string, status = 400): ReadForm {
  return { ok: false, status, fault: { message, param } };
}

/** @throws multipart/malformed */
export async function readTranscriptionForm(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): Promise<ReadForm> {
  const fields: [string, string][] = [];
  let file: { name: string; bytes: Uint8Array } | null = null;
  for await (const part of readMultipart(chunks, boundary)) {
    if (part.name === 'file') {
      if (file) return refuse("'file' is given twice.", 'file');
      file = await readFile(part);
      if (!file) {
        const message = `The file exceeds ${audioBytesMax} bytes (audioBytesMax).`;
        return refuse(message, 'file', 413);
      }
    } else {
      fields.push([part.name, await readField(part)]);
    }
  }
  if (!file) return refuse("'file' is missing.", 'file');
  return readFields(fields, file);
}

/** Null where it is too large. */
async function readFile({ filename, body }: FormPart) {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > audioBytesMax) return null;
    parts.push(chunk);
  }
  const name = (filename ?? 'audio').slice(0, filenameMax);
  return { name: isPlainText(name) ? name : 'audio', bytes: new Uint8Array(Buffer.concat(parts)) };
}

/** Fields by name, with what each may be; anything else is refused rather than overlooked. */
const honoured: Record<string, (value: string) => boolean> = {
  model: (value) => value !== '',
  language: isPlainText,
  prompt: isPlainText,
  response_format: (value) => transcriptionFormats.some((format) => format === value),
  temperature: (value) => Number(value) === 0,
  stream: (value) => value === 'false',
  'timestamp_granularities[]': (value) => value === 'segment',
};

const expected: Record<string, string> = {
  response_format: `one of ${transcriptionFormats.join(', ')}`,
  temperature: '0: every machine that computes it must hear the same',
  stream: 'false',
  'timestamp_granularities[]': 'segment',
};

function readFields(
  fields: readonly [string, string][],
  file: { name: string; bytes: Uint8Array },
): ReadForm {
  for (const [name, value] of fields) {
    const param = name.slice(0, 64);
    if (!Object.hasOwn(honoured, name)) return refuse(`'${param}' is not supported.`, param);
    if (!honoured[name](value)) {
      return refuse(`'${param}' must be ${expected[name] ?? 'plain text'}.`, param);
    }
  }
  const given = new Map(fields);
  const model = given.get('model');
  if (model === undefined) return refuse("'model' is missing.", 'model');
  return {
    ok: true,
    form: {
      ...file,
      model,
      language: given.get('language') || null,
      prompt: given.get('prompt') ?? '',
      format: (given.get('response_format') ?? 'json') as TranscriptionFormat,
    },
  };
}

/** What a stranger's sound can be refused for; anything else is a failure of ours. */
export function faultOf(thrown: unknown): { status: number; fault: OpenAiError } | null {
  if (!(thrown instanceof IdlewildError)) return null;
  const { code } = thrown;
  const message = thrown.message.replaceAll('\n', ' ');
  if (code === 'speech/language')
    return { status: 400, fault: { message, param: 'language', code } };
  if (code.startsWith('speech/wav') || code === 'speech/too-long') {
    return { status: 400, fault: { message, param: 'file', code } };
  }
  return null;
}
