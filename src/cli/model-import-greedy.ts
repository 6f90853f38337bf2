// A greedy decoder from what exporters publish: which tensor goes where by the names that Optimum
// gives, and the token ids from generation_config.json. Both are checked, since both are
// strangers'.
import type { DecoderPorts, Graph, GreedyRunner, Port } from '#model/bounded-manifest.ts';
import { openFields, parseJson } from '#model/json-fields.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';

const configFile = 'generation_config.json';
/** A transcript's tokens at most: half of what the decoder holds, as openai/whisper has it. */
const tokensShare = 2;
/** The first time is at most a second, in steps of 20 ms; silence as openai/whisper judges it. */
const initialMax = 50;
const silence = { probabilityMin: 0.6, logprobMax: -1 };

function refuse(message: string): IdlewildError {
  return new IdlewildError('onnx/decoder', message, {
    metaMessages: ['Export it with Optimum, as encoder_model and decoder_model_merged.'],
  });
}

export const greedyOutputsOf = {
  /** Whisper's attention maps are 54 MB each, and nobody asks for them. */
  encoder: (names: readonly string[]) => names.slice(0, 1),
  decoder: (names: readonly string[]) =>
    names.filter((name) => name === 'logits' || name.startsWith('present.')),
};

/** @throws onnx/decoder, model/config */
export function makeGreedyRunner(
  { encoder, decoder }: Record<string, Graph>,
  generation: Uint8Array,
): GreedyRunner {
  return {
    kind: 'greedy-decoder',
    features: onlyOne(encoder.inputs, 'the encoder has one input').name,
    ...readGeneration(generation),
    decoder: findPorts(encoder, decoder),
  };
}

function onlyOne(ports: readonly Port[], what: string): Port {
  if (ports.length === 1) return ports[0];
  throw refuse(`Expected that ${what}; found ${ports.length}.`);
}

function findPorts(encoder: Graph, decoder: Graph): DecoderPorts {
  const { inputs, outputs } = decoder;
  const isPast = ({ name }: Port) => name.startsWith('past_key_values.');
  const rest = inputs.filter((port) => !isPast(port));
  const ofType = (dtype: string, rank: number) =>
    rest.filter((port) => port.dtype === dtype && port.shape.length === rank);
  const branches = rest.filter(({ dtype }) => dtype === 'bool');
  return {
    tokens: onlyOne(ofType('int64', 2), 'the decoder has one input of tokens').name,
    states: {
      output: onlyOne(encoder.outputs, 'the encoder has one output').name,
      input: onlyOne(ofType('float32', 3), 'the decoder has one input of states').name,
    },
    logits: onlyOne(
      outputs.filter(({ name }) => name === 'logits'),
      'the decoder has logits',
    ).name,
    branch: branches.length === 0 ? null : onlyOne(branches, 'the decoder has one branch').name,
    past: inputs.filter(isPast).map(({ name }) => {
      const output = name.replace('past_key_values.', 'present.');
      if (!outputs.some((port) => port.name === output)) throw refuse(`There is no ${output}.`);
      return { input: name, output, kept: name.includes('.encoder.') };
    }),
  };
}

function readGeneration(bytes: Uint8Array) {
  const fields = openFields(configFile, parseJson(configFile, bytes));
  const token = (name: string): number => {
    const value = fields.get(name);
    const isToken = typeof value === 'number' && Number.isInteger(value) && value >= 0;
    if (!isToken) throw refuse(`${configFile}, ${name}: expected a token.`);
    return value;
  };
  const tokens = (name: string): number[] => {
    const value = fields.get(name) ?? [];
    if (Array.isArray(value) && value.every((item) => Number.isInteger(item))) return value;
    throw refuse(`${configFile}, ${name}: expected tokens.`);
  };
  const hasTimes = fields.get('no_timestamps_token_id') !== undefined;
  const none = hasTimes ? token('no_timestamps_token_id') : 0;
  return {
    endToken: token('eos_token_id'),
    tokensMax: Math.min(limits.tokensMax, Math.floor(fields.count('max_length') / tokensShare)),
    suppress: tokens('suppress_tokens'),
    beginSuppress: tokens('begin_suppress_tokens'),
    timestamps: hasTimes ? { begin: none + 1, none, initialMax } : null,
    // Whisper's vocabularies have <|nospeech|> just before <|notimestamps|>.
    noSpeech: hasTimes
      ? { token: none - 1, at: token('decoder_start_token_id'), ...silence }
      : null,
  };
}
