// One line of a batch file, or the body of a direct call: what it asks for, or its fault.
// As OpenAI does, what breaks a line's frame fails the whole batch, and what is wrong inside a
// line's body becomes that line's own error.
import { z } from 'zod';
import { outputSize } from '#model/architecture.ts';
import { limits } from '#protocol/limits.ts';
import type { ExactModel, ModelChoice } from './model-store.ts';

export type Encoding = 'float' | 'base64';

/** OpenAI's error object. */
export interface RequestFault {
  message: string;
  type: 'invalid_request_error';
  param: string | null;
  code: string | null;
}

interface EmbeddingRequest {
  model: ExactModel;
  encoding: Encoding;
  rows: Uint32Array<ArrayBuffer>[];
}

export interface FaultyBody {
  ok: false;
  status: number;
  fault: RequestFault;
}

export type ReadBody = { ok: true; request: EmbeddingRequest } | FaultyBody;

const tokens = z.array(z.int().min(0).max(0xffffffff));

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]),
  encoding_format: z.enum(['float', 'base64']).optional(),
  dimensions: z.int().optional(),
  user: z.string().optional(),
});

export function fault(
  message: string,
  param: string | null,
  code: string | null = null,
): FaultyBody {
  return {
    ok: false,
    status: code === 'model_not_found' ? 404 : 400,
    fault: { message, type: 'invalid_request_error', param, code },
  };
}

/** Tokenizing happens on the main thread: so many characters between two breaths for others. */
const charactersPerTurn = 16 << 10;

/** @param inputsMax how many inputs one body may hold */
export async function readEmbeddingBody(
  body: unknown,
  models: ModelChoice,
  inputsMax: number = limits.inputsPerLineMax,
): Promise<ReadBody> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue.path.map(String).join('.') || null;
    return fault(`Invalid body${param ? `, '${param}'` : ''}: ${issue.message}.`, param);
  }
  const { input, encoding_format: encoding = 'float', dimensions } = parsed.data;
  const model = models.find(parsed.data.model);
  if (!model) return noModel(parsed.data.model);
  if (model.kind !== 'exact') {
    return fault('This model takes tensors: ask /v1/infer.', 'model', 'model_mismatch');
  }
  const size = outputSize(model.manifest.config);
  if (dimensions !== undefined && dimensions !== size) {
    return fault(`This model has ${size} dimensions and no others.`, 'dimensions');
  }
  const inputs = listInputs(input);
  if (inputs.length === 0) return fault("'input' must not be empty.", 'input', 'empty_input');
  if (inputs.length > inputsMax) {
    return fault(`'input' holds more than ${inputsMax} inputs.`, 'input', 'too_many_inputs');
  }
  const rows: Uint32Array<ArrayBuffer>[] = [];
  let characters = 0;
  for (const [index, one] of inputs.entries()) {
    characters += one.length;
    if (characters > charactersPerTurn) {
      characters = 0;
      await new Promise(setImmediate);
    }
    const row = readRow(one, inputs.length === 1 ? "'input'" : `'input[${index}]'`, model);
    if (!(row instanceof Uint32Array)) return row;
    rows.push(row);
  }
  return { ok: true, request: { model, encoding, rows } };
}

export function noModel(named: string): FaultyBody {
  const name = JSON.stringify(named.slice(0, limits.textBytesMax));
  const message = `The model ${name} does not exist here, or is not one of this project's.`;
  return fault(message, 'model', 'model_not_found');
}

function readRow(
  input: string | number[],
  where: string,
  model: ExactModel,
): Uint32Array<ArrayBuffer> | FaultyBody {
  if (input.length === 0) return fault(`${where} must not be empty.`, 'input', 'empty_input');
  if (typeof input === 'string' && Buffer.byteLength(input) > limits.inputBytesMax) {
    const message = `${where} exceeds ${limits.inputBytesMax} bytes (inputBytesMax).`;
    return fault(message, 'input', 'context_length_exceeded');
  }
  const row = typeof input === 'string' ? model.tokenizer.encode(input) : Uint32Array.from(input);
  if (row.length > model.tokensMax) {
    const message = `${where} has ${row.length} tokens; this model takes ${model.tokensMax}.`;
    return fault(message, 'input', 'context_length_exceeded');
  }
  if (row.some((token) => token >= model.manifest.config.vocabularySize)) {
    return fault(`${where} holds a token outside the vocabulary.`, 'input', 'invalid_token');
  }
  return row;
}

/** Texts, or rows of token ids that are taken as they are, special tokens included. */
function listInputs(input: string | string[] | number[] | number[][]): (string | number[])[] {
  if (typeof input === 'string') return [input];
  if (typeof input[0] === 'number') return [input as number[]];
  return input as (string | number[])[];
}

interface FrameFault {
  code: string;
  message: string;
  param: string | null;
}

export type ReadFrame =
  | { ok: true; customId: string; body: unknown }
  | { ok: false; fault: FrameFault };

function frameFault(code: string, message: string, param: string | null = null): ReadFrame {
  return { ok: false, fault: { code, message, param } };
}

/** A line's frame: JSON, custom_id, method and url. */
export function readFrame(
  line: Uint8Array,
  { endpoint, lineBytesMax }: { endpoint: string; lineBytesMax: number },
): ReadFrame {
  if (line.length > lineBytesMax) {
    const message = `This line exceeds ${lineBytesMax} bytes (lineBytesMax).`;
    return frameFault('line_too_long', message);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line));
  } catch {
    return frameFault('invalid_json_line', 'This line is not parseable as valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return frameFault('invalid_json_line', 'This line is not a JSON object.');
  }
  const { custom_id, method, url, body } = value as Record<string, unknown>;
  if (typeof custom_id !== 'string' || custom_id === '') {
    return frameFault('missing_required_parameter', "'custom_id' is missing.", 'custom_id');
  }
  if (custom_id.length > limits.textBytesMax) {
    const message = `'custom_id' exceeds ${limits.textBytesMax} characters (textBytesMax).`;
    return frameFault('invalid_parameter', message, 'custom_id');
  }
  if (method !== 'POST') return frameFault('invalid_method', "'method' must be POST.", 'method');
  if (url !== endpoint) {
    return frameFault('mismatched_url', `'url' must be the batch's endpoint, ${endpoint}.`, 'url');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return frameFault('missing_required_parameter', "'body' must be an object.", 'body');
  }
  return { ok: true, customId: custom_id, body };
}
