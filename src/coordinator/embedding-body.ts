// OpenAI's embeddings response, from exact outputs.
import { toUnitVector } from '#reference/deliver.ts';
import type { Encoding } from './request-lines.ts';

export interface EmbeddingBody {
  object: 'list';
  data: { object: 'embedding'; index: number; embedding: number[] | string }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}

export interface EmbeddingBodyInput {
  /** Exact output of each input, in order. */
  outputs: Int32Array[];
  model: string;
  encoding: Encoding;
  tokens: number;
}

export function makeEmbeddingBody(input: EmbeddingBodyInput): EmbeddingBody {
  const { outputs, model, encoding, tokens } = input;
  return {
    object: 'list',
    data: outputs.map((output, index) => ({
      object: 'embedding',
      index,
      embedding: encodeVector(toUnitVector(output), encoding),
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** base64 carries float32 little-endian, as the official clients ask for unasked. */
function encodeVector(vector: Float32Array, encoding: Encoding): number[] | string {
  if (encoding === 'float') return Array.from(vector);
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes.toString('base64');
}
