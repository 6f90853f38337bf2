// The manifest's word on how a request is run: a fixed runner that ships with the page, and the
// names and token ids that it works with. Each name is held against the graphs' own ports.
import { limits } from '#protocol/limits.ts';
import { readChoice, readFlag, readList, readName, readNumber } from './bounded-fields.ts';
import type { DecoderPorts, Graph, GraphRunner, GreedyRunner, Port } from './bounded-manifest.ts';
import { type Fields, readFields, readInteger, refuse } from './manifest-fields.ts';

const suppressedMax = 4096;
const logprobMin = -1000;

export function readRunner(
  value: unknown,
  graphs: Record<string, Graph>,
): GraphRunner | GreedyRunner {
  const isObject = typeof value === 'object' && value !== null;
  const kind = readChoice(isObject ? (value as Fields).kind : value, 'runner.kind', [
    'graph',
    'greedy-decoder',
  ]);
  const wanted = kind === 'graph' ? ['model'] : ['encoder', 'decoder'];
  const names = Object.keys(graphs);
  if (names.length !== wanted.length || !wanted.every((name) => Object.hasOwn(graphs, name))) {
    throw refuse('graphs', `the runner ${kind} has ${wanted.join(' and ')}`);
  }
  if (kind === 'greedy-decoder') return readGreedy(value, graphs);
  readFields(value, 'runner', ['kind']);
  checkCount('graphs.model.inputs', graphs.model.inputs);
  checkCount('graphs.model.outputs', graphs.model.outputs);
  return { kind };
}

/** A request's tensors and a row's have a limit that a graph's own ports have not. */
function checkCount(field: string, ports: readonly Port[]): void {
  if (ports.length <= limits.tensorsMax) return;
  throw refuse(field, `${ports.length} exceed tensorsMax (${limits.tensorsMax})`);
}

function readGreedy(value: unknown, graphs: Record<string, Graph>): GreedyRunner {
  const fields = readFields(value, 'runner', [
    'kind',
    'features',
    'endToken',
    'tokensMax',
    'suppress',
    'beginSuppress',
    'timestamps',
    'noSpeech',
    'decoder',
  ]);
  const { encoder, decoder } = graphs;
  const features = readName(fields.features, 'runner.features');
  if (encoder.inputs.length !== 1 || encoder.inputs[0].name !== features) {
    throw refuse('runner.features', 'expected the one input of the encoder');
  }
  return {
    kind: 'greedy-decoder',
    features,
    endToken: readToken(fields.endToken, 'runner.endToken'),
    tokensMax: readInteger(fields.tokensMax, 'runner.tokensMax', 1, limits.tokensMax),
    suppress: readTokens(fields.suppress, 'runner.suppress'),
    beginSuppress: readTokens(fields.beginSuppress, 'runner.beginSuppress'),
    timestamps: readTimestamps(fields.timestamps),
    noSpeech: readNoSpeech(fields.noSpeech),
    decoder: readDecoder(fields.decoder, encoder, decoder),
  };
}

function readToken(value: unknown, field: string): number {
  return readInteger(value, field, 0, limits.vocabularySizeMax - 1);
}

function readTokens(value: unknown, field: string): number[] {
  return readList(value, field, { least: 0, most: suppressedMax, read: readToken });
}

function readTimestamps(value: unknown): GreedyRunner['timestamps'] {
  if (value === null) return null;
  const fields = readFields(value, 'runner.timestamps', ['begin', 'none', 'initialMax']);
  return {
    begin: readToken(fields.begin, 'runner.timestamps.begin'),
    none: readToken(fields.none, 'runner.timestamps.none'),
    initialMax: readToken(fields.initialMax, 'runner.timestamps.initialMax'),
  };
}

function readNoSpeech(value: unknown): GreedyRunner['noSpeech'] {
  if (value === null) return null;
  const field = 'runner.noSpeech';
  const fields = readFields(value, field, ['token', 'at', 'probabilityMin', 'logprobMax']);
  return {
    token: readToken(fields.token, `${field}.token`),
    at: readToken(fields.at, `${field}.at`),
    probabilityMin: readNumber(fields.probabilityMin, `${field}.probabilityMin`, 0, 1),
    logprobMax: readNumber(fields.logprobMax, `${field}.logprobMax`, logprobMin, 0),
  };
}

function readDecoder(value: unknown, encoder: Graph, decoder: Graph): DecoderPorts {
  const field = 'runner.decoder';
  const fields = readFields(value, field, ['tokens', 'states', 'logits', 'branch', 'past']);
  const portOf = (name: unknown, at: string, ports: readonly Port[]) => {
    const found = ports.find((port) => port.name === name);
    if (!found) throw refuse(at, 'names no port of the graph');
    return found.name;
  };
  const states = readFields(fields.states, `${field}.states`, ['output', 'input']);
  const ports: DecoderPorts = {
    tokens: portOf(fields.tokens, `${field}.tokens`, decoder.inputs),
    states: {
      output: portOf(states.output, `${field}.states.output`, encoder.outputs),
      input: portOf(states.input, `${field}.states.input`, decoder.inputs),
    },
    logits: portOf(fields.logits, `${field}.logits`, decoder.outputs),
    branch:
      fields.branch === null ? null : portOf(fields.branch, `${field}.branch`, decoder.inputs),
    past: readList(fields.past, `${field}.past`, {
      least: 0,
      most: limits.graphPortsMax,
      read: (item, at) => {
        const { input, output, kept } = readFields(item, at, ['input', 'output', 'kept']);
        return {
          input: portOf(input, `${at}.input`, decoder.inputs),
          output: portOf(output, `${at}.output`, decoder.outputs),
          kept: readFlag(kept, `${at}.kept`),
        };
      },
    }),
  };
  checkFed(ports, decoder);
  return ports;
}

/** Each input of the decoder has just one thing that it is fed. */
function checkFed({ tokens, states, branch, past }: DecoderPorts, { inputs }: Graph): void {
  const fed = [tokens, states.input, ...past.map(({ input }) => input)];
  if (branch !== null) fed.push(branch);
  if (fed.length === inputs.length && new Set(fed).size === fed.length) return;
  throw refuse('runner.decoder', 'expected each input of the decoder once');
}
