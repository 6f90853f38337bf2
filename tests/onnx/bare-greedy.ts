// Whisper's decoding by onnxruntime-web alone, written apart from the engine's loop: every output is
// fetched in every step. A run of the whole sequence would not do: the int8 file rounds activations by
// their largest, so that what a token gives depends on what else is in the run.
import type { GreedyRunner } from '#model/bounded-manifest.ts';
import { chooseToken } from '#onnx/token-rules.ts';
import type { TensorValue } from '#protocol/tensor.ts';
import type { WholeModel } from './whole-model.ts';

const vocabulary = 51865;
const noTimes = 50363;

export async function decodeBare(
  { manifest, shards }: WholeModel,
  features: TensorValue,
  { start, limit }: { start: number[]; limit: number },
): Promise<number[]> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  const runner = manifest.runner as GreedyRunner;
  const open = (name: string) => {
    const parts = manifest.graphs[name].skeleton.map(({ shard }) => shards[shard]);
    return ort.InferenceSession.create(new Uint8Array(Buffer.concat(parts)), {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    });
  };
  const [encoder, decoder] = [await open('encoder'), await open('decoder')];
  const values = new Float32Array(features.data.buffer);
  const input = new ort.Tensor('float32', values, features.shape);
  const { last_hidden_state } = await encoder.run({ input_features: input }, ['last_hidden_state']);
  const none = new ort.Tensor('float32', new Float32Array(0), [1, 6, 0, 64]);
  const feeds: Record<string, InstanceType<typeof ort.Tensor>> = {
    encoder_hidden_states: last_hidden_state,
  };
  for (const name of decoder.inputNames) if (name.startsWith('past')) feeds[name] = none;
  const step = async (ids: number[], hasPast: boolean) => {
    feeds.input_ids = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    feeds.use_cache_branch = new ort.Tensor('bool', [hasPast], [1]);
    const found = await decoder.run(feeds);
    for (const [name, tensor] of Object.entries(found)) {
      const isPast = name.startsWith('present') && !(hasPast && name.includes('.encoder.'));
      if (isPast) feeds[name.replace('present', 'past_key_values')] = tensor;
    }
    return (found.logits.data as Float32Array).subarray(-vocabulary);
  };
  const timestamps = start.includes(noTimes) ? null : runner.timestamps;
  const tokens: number[] = [];
  let logits = await step(start, false);
  while (tokens.length < limit) {
    const { token } = chooseToken(logits, tokens, { ...runner, timestamps });
    if (token === runner.endToken) break;
    tokens.push(token);
    logits = await step([token], true);
  }
  await encoder.release();
  await decoder.release();
  return tokens;
}
