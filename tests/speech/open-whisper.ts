// Whisper-tiny as it was published, run by the fixed loop on onnxruntime-web's wasm, in Node or in a
// page: what a contributor does with it, without the shards.
import type { DecoderPorts, Graph, GreedyRunner, Port } from '#model/bounded-manifest.ts';
import { openGraphSession } from '#onnx/graph-session.ts';
import { runGreedyDecoder } from '#onnx/greedy-decoder.ts';
import { loadRuntime } from '#onnx/load-runtime.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { Infer } from '#speech/transcribe.ts';

export interface WhisperFiles {
  encoder: Bytes;
  decoder: Bytes;
  /** generation_config.json */
  generation: Bytes;
}

const vocabularySize = 51_865;
const layers = [0, 1, 2, 3];

const past = layers.flatMap((layer) =>
  (['decoder', 'encoder'] as const).flatMap((side) =>
    ['key', 'value'].map((kind) => ({
      input: `past_key_values.${layer}.${side}.${kind}`,
      output: `present.${layer}.${side}.${kind}`,
      kept: side === 'encoder',
    })),
  ),
);

const ports: DecoderPorts = {
  tokens: 'input_ids',
  states: { output: 'last_hidden_state', input: 'encoder_hidden_states' },
  logits: 'logits',
  branch: 'use_cache_branch',
  past,
};

const port = (name: string, shape: (number | string)[]): Port => ({
  name,
  dtype: 'float32',
  shape,
  feed: null,
});

const encoderGraph: Graph = {
  inputs: [port('input_features', ['batch', 80, 3000])],
  outputs: [port('last_hidden_state', ['batch', 1500, 384])],
  skeleton: [],
  weights: [],
};
const decoderGraph: Graph = {
  inputs: past.map(({ input }) => port(input, ['batch', 6, 'past', 64])),
  outputs: [port('logits', ['batch', 'tokens', vocabularySize])],
  skeleton: [],
  weights: [],
};

function makeRunner(generation: Bytes): GreedyRunner {
  const config = JSON.parse(new TextDecoder().decode(generation));
  return {
    kind: 'greedy-decoder',
    features: 'input_features',
    endToken: config.eos_token_id,
    tokensMax: 224,
    suppress: config.suppress_tokens,
    beginSuppress: config.begin_suppress_tokens,
    timestamps: { begin: 50_364, none: 50_363, initialMax: 50 },
    noSpeech: { token: 50_362, at: 50_258, probabilityMin: 0.6, logprobMax: -1 },
    decoder: ports,
  };
}

export async function openWhisper(files: WhisperFiles): Promise<Infer> {
  const runtime = await loadRuntime('wasm');
  const host = { runtime, gpu: null, failure: null, free: Promise.resolve() };
  const open = (name: 'encoder' | 'decoder', { outputs }: Graph) =>
    openGraphSession(
      host,
      { skeleton: files[name], weights: null },
      { name, outputs: outputs.map((output) => output.name), kept: [] },
    );
  const encoder = { session: await open('encoder', encoderGraph), graph: encoderGraph };
  const decoder = { session: await open('decoder', decoderGraph), graph: decoderGraph };
  const parts = { runtime, runner: makeRunner(files.generation), encoder, decoder };
  return async (requests, signal) => {
    const outputs = [];
    for (const request of requests) {
      outputs.push(await runGreedyDecoder(parts, request, () => signal?.throwIfAborted()));
    }
    return outputs;
  };
}
