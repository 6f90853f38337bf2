// What a request to a greedy decoder costs: its encoder once, its decoder for the start, and a step
// for each token that it may give. An upper bound, since nobody knows before how much is said.
import type { GreedyRunner, Port } from '#model/bounded-manifest.ts';
import { utf8 } from '#protocol/bytes.ts';
import { dtypeBytes, elementCount, type TensorMap, type TensorValue } from '#protocol/tensor.ts';
import { makeExample, type Ranges, type Shapes } from './model-import-examples.ts';
import { costOf, type OpenGraph } from './model-import-measure.ts';
import { runGraphJob } from './model-import-run.ts';

/** Tokens of a start: language, task and the like. */
const startTokens = 4;

export interface GreedyGraphs {
  encoder: OpenGraph;
  decoder: OpenGraph;
}

interface CostOptions {
  shapes: Shapes;
  ranges: Ranges;
  onProgress(line: string): void;
}

/** @param options.shapes of the encoder's input */
export async function greedyCost(
  { encoder, decoder }: GreedyGraphs,
  runner: GreedyRunner,
  { shapes, ranges, onProgress }: CostOptions,
): Promise<number> {
  const features = makeExample(encoder.graph.inputs, { shapes, ranges, seed: 1 });
  onProgress('counting what the encoder costs');
  const encoderCost = await costOf(encoder, features);
  const states = (await runOnce(encoder, features))[runner.decoder.states.output];
  const first = makeStep(decoder, runner, { states, tokens: startTokens });
  onProgress('counting what the decoder costs');
  const firstCost = await costOf(decoder, first);
  const made = await runOnce(decoder, first);
  // Half of the tokens are there already, on the average of the steps.
  const past = { made, length: Math.floor(runner.tokensMax / 2) };
  const step = makeStep(decoder, runner, { states, tokens: 1, past });
  return encoderCost + firstCost + runner.tokensMax * (await costOf(decoder, step));
}

async function runOnce(open: OpenGraph, request: TensorMap): Promise<TensorMap> {
  const { graph, skeleton, weights } = open;
  const outputs = graph.outputs.map(({ name }) => name);
  const job = { skeleton, weights, outputs, requests: [request] };
  const { rows } = await runGraphJob({ ...job, isOptimized: true, isProfiled: false });
  return rows[0];
}

interface StepOptions {
  states: TensorValue;
  tokens: number;
  /** What the first step made, and how many tokens lie behind; absent in the first. */
  past?: { made: TensorMap; length: number };
}

function makeStep(
  { graph }: OpenGraph,
  { decoder, endToken }: GreedyRunner,
  { states, tokens, past }: StepOptions,
): TensorMap {
  const ids = new BigInt64Array(tokens).fill(BigInt(endToken));
  const step: TensorMap = {
    [decoder.tokens]: {
      dtype: 'int64',
      shape: [1, tokens],
      data: new Uint8Array(ids.buffer),
    },
    [decoder.states.input]: states,
  };
  if (decoder.branch !== null) {
    step[decoder.branch] = { dtype: 'bool', shape: [1], data: utf8(past ? '\u0001' : '\u0000') };
  }
  for (const { input, output, kept } of decoder.past) {
    const port = graph.inputs.find(({ name }) => name === input) as Port;
    step[input] = past && kept ? past.made[output] : makeZeros(port, past ? past.length : 0);
  }
  return step;
}

/** One of the batch, and `length` along every other axis that is open. */
function makeZeros({ dtype, shape }: Port, length: number): TensorValue {
  const lengths = shape.map((each, axis) =>
    typeof each === 'number' ? each : axis === 0 ? 1 : length,
  );
  const data = new Uint8Array(elementCount(lengths) * dtypeBytes[dtype]);
  return { dtype, shape: lengths, data };
}
