// The runner `greedy-decoder`, a fixed loop: the encoder once, then the decoder token by token, the
// likeliest token each time. All that a model may choose of it are numbers in its manifest.
//
//   encode → fill the holes of the start → start → (choose → step)* → end token, or the limit
import type { Graph, GreedyRunner } from '#model/bounded-manifest.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import { refuseRequest } from './check-output.ts';
import { type DecoderParts, DecoderSteps, type Logits } from './decoder-steps.ts';
import type { GraphSession } from './graph-session.ts';
import type { Runtime } from './load-runtime.ts';
import { makeFeeds } from './run-graph.ts';
import { chooseAmong, chooseToken, probabilityOf, type TokenRules } from './token-rules.ts';

/** Tokens of a start: its logits are all computed, 50 MB of them for Whisper's vocabulary. */
const startTokensMax = 256;
/** In a start: the likeliest of the choices goes here. */
const hole = -1;

export interface GreedyParts {
  runtime: Runtime;
  runner: GreedyRunner;
  encoder: { session: GraphSession; graph: Graph };
  decoder: { session: GraphSession; graph: Graph };
}

interface Prompt {
  start: number[];
  choices: number[];
  limit: number;
}

interface Generated {
  tokens: number[];
  /** Mean over the tokens, the end among them. */
  meanLogProbability: number;
}

/**
 * @param onStep awaited after each step; what it throws ends the request
 * @returns `tokens`, int32: the start, its holes filled, and what was generated, without the end
 * token; `scores`, float32: no-speech probability and mean log probability
 * @throws unit/request, onnx/..., engine/...
 */
export async function runGreedyDecoder(
  parts: GreedyParts,
  request: TensorMap,
  onStep: () => void | Promise<void>,
): Promise<TensorMap> {
  const { runtime, runner, encoder, decoder } = parts;
  const prompt = readPrompt(request, runner, vocabularyOf(decoder.graph, runner));
  const features = makeFeeds(runtime, request, encoder.graph.inputs);
  const [states] = await encoder.session.run(features, [runner.decoder.states.output]);
  const ports = runner.decoder;
  const steps = new DecoderSteps({ runtime, ...decoder, ports } satisfies DecoderParts, states);
  try {
    await onStep();
    const start = await fillHoles(steps, prompt, onStep);
    const first = await steps.begin(start);
    const silence = silenceAt(runner, start, first);
    await onStep();
    const rules = rulesFor(runner, start);
    const limit = Math.min(prompt.limit, runner.tokensMax);
    const generated = await generate(steps, first, { rules, limit, onStep });
    return describe(runner, start, { ...generated, silence });
  } finally {
    steps.destroy();
    states.dispose();
  }
}

function vocabularyOf(graph: Graph, { decoder }: GreedyRunner): number {
  const length = graph.outputs.find(({ name }) => name === decoder.logits)?.shape.at(-1);
  if (typeof length === 'number') return length;
  throw new IdlewildError('onnx/output-shape', 'The logits have no fixed vocabulary.');
}

function readPrompt(request: TensorMap, runner: GreedyRunner, vocabulary: number): Prompt {
  const read = (name: string) => {
    return Object.hasOwn(request, name) ? Array.from(readElements(request[name])) : [];
  };
  const [start, choices, limits] = [read('start'), read('choices'), read('limit')];
  const isToken = (token: number) => token >= 0 && token < vocabulary;
  if (start.length === 0 || start.length > startTokensMax) {
    throw refuseRequest(`start: expected 1 to ${startTokensMax} (startTokensMax) tokens.`);
  }
  if (!start.every((token) => token === hole || isToken(token)) || start[0] === hole) {
    throw refuseRequest(`start: expected tokens below ${vocabulary}, or -1 behind one.`);
  }
  if (!choices.every(isToken) || (start.includes(hole) && choices.length === 0)) {
    throw refuseRequest(`choices: expected tokens below ${vocabulary} for the hole.`);
  }
  const limit = limits[0] ?? runner.tokensMax;
  if (limit < 1) throw refuseRequest('limit: expected 1 or more.');
  return { start, choices, limit };
}

/** Each hole by the likeliest choice after what stands before it. */
async function fillHoles(
  steps: DecoderSteps,
  { start, choices }: Prompt,
  onStep: () => void | Promise<void>,
): Promise<number[]> {
  const filled = [...start];
  for (let at = filled.indexOf(hole); at > 0; at = filled.indexOf(hole)) {
    const logits = await steps.begin(filled.slice(0, at));
    filled[at] = chooseAmong(logits.at(at - 1), choices);
    await onStep();
  }
  return filled;
}

function rulesFor(runner: GreedyRunner, start: readonly number[]): TokenRules {
  const { endToken, suppress, beginSuppress, timestamps } = runner;
  const hasTimes = timestamps !== null && !start.includes(timestamps.none);
  return { endToken, suppress, beginSuppress, timestamps: hasTimes ? timestamps : null };
}

interface GenerateOptions {
  rules: TokenRules;
  limit: number;
  onStep: () => void | Promise<void>;
}

async function generate(
  steps: DecoderSteps,
  first: Logits,
  { rules, limit, onStep }: GenerateOptions,
): Promise<Generated> {
  const tokens: number[] = [];
  let sum = 0;
  let logits = first;
  for (;;) {
    const { token, logProbability } = chooseToken(logits.at(logits.positions - 1), tokens, rules);
    sum += logProbability;
    if (token === rules.endToken) break;
    tokens.push(token);
    if (tokens.length >= limit) return { tokens, meanLogProbability: sum / tokens.length };
    logits = await steps.step(token);
    await onStep();
  }
  return { tokens, meanLogProbability: sum / (tokens.length + 1) };
}

/** How likely it is that nobody speaks; 0 where the model does not say. */
function silenceAt({ noSpeech }: GreedyRunner, start: readonly number[], logits: Logits): number {
  const at = noSpeech ? start.indexOf(noSpeech.at) : -1;
  return noSpeech && at >= 0 ? probabilityOf(logits.at(at), noSpeech.token) : 0;
}

function describe(
  { noSpeech }: GreedyRunner,
  start: readonly number[],
  { tokens, meanLogProbability, silence }: Generated & { silence: number },
): TensorMap {
  const isSilent =
    noSpeech !== null &&
    silence > noSpeech.probabilityMin &&
    meanLogProbability < noSpeech.logprobMax;
  const all = Int32Array.from(isSilent ? [...start, noSpeech.token] : [...start, ...tokens]);
  const scores = Float32Array.of(silence, meanLogProbability);
  return {
    tokens: { dtype: 'int32', shape: [all.length], data: new Uint8Array(all.buffer) },
    scores: { dtype: 'float32', shape: [2], data: new Uint8Array(scores.buffer) },
  };
}
