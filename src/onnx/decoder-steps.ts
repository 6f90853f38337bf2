// The decoder of a sequence model, token by token: what a step computes is kept for the next, so that
// each takes one token. A first step without a past takes the whole start.
import type { DecoderPorts, Graph, Port } from '#model/bounded-manifest.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { GraphSession } from './graph-session.ts';
import type { Runtime } from './load-runtime.ts';
import type { RuntimeTensor } from './tensors.ts';

export interface DecoderParts {
  runtime: Runtime;
  session: GraphSession;
  graph: Graph;
  ports: DecoderPorts;
}

/** A first step gives the logits of each position, a further one those of its own. */
export interface Logits {
  positions: number;
  /** Of one position, one for each token of the vocabulary. */
  at(position: number): Float32Array;
}

/** Steps of one request; `destroy` frees what they keep. */
export class DecoderSteps {
  readonly #parts: DecoderParts;
  readonly #states: RuntimeTensor;
  /** By the decoder's input. */
  readonly #past = new Map<string, RuntimeTensor>();

  /** @param states the encoder's output; its owner frees it */
  constructor(parts: DecoderParts, states: RuntimeTensor) {
    this.#parts = parts;
    this.#states = states;
  }

  /** From the start, forgetting what was. @throws onnx/run, engine/... */
  async begin(tokens: readonly number[]): Promise<Logits> {
    this.destroy();
    const { past } = this.#parts.ports;
    const empty = past.map(({ input }) => [input, this.#makeEmpty(input)] as const);
    return this.#run(tokens, new Map(empty), false);
  }

  /** @throws onnx/run, engine/... */
  async step(token: number): Promise<Logits> {
    return this.#run([token], this.#past, true);
  }

  destroy(): void {
    for (const tensor of this.#past.values()) tensor.dispose();
    this.#past.clear();
  }

  async #run(
    tokens: readonly number[],
    past: ReadonlyMap<string, RuntimeTensor>,
    hasPast: boolean,
  ): Promise<Logits> {
    const { runtime, session, ports } = this.#parts;
    const feeds: Record<string, RuntimeTensor> = {
      ...Object.fromEntries(past),
      [ports.states.input]: this.#states,
      [ports.tokens]: new runtime.Tensor('int64', BigInt64Array.from(tokens, BigInt), [
        1,
        tokens.length,
      ]),
    };
    if (ports.branch !== null) feeds[ports.branch] = new runtime.Tensor('bool', [hasPast], [1]);
    // What only the first step computes is not asked for again.
    const grown = ports.past.filter(({ kept }) => !(kept && hasPast));
    const names = [ports.logits, ...grown.map(({ output }) => output)];
    const [logits, ...presents] = await session.run(feeds, names);
    for (const [index, { input }] of grown.entries()) {
      this.#past.get(input)?.dispose();
      this.#past.set(input, presents[index]);
    }
    return readLogits(logits, tokens.length);
  }

  /** One of the batch, nothing of the past. */
  #makeEmpty(input: string): RuntimeTensor {
    const { runtime, graph } = this.#parts;
    const { dtype, shape } = graph.inputs.find(({ name }) => name === input) as Port;
    const dims = shape.map((axis, at) => (typeof axis === 'number' ? axis : at === 0 ? 1 : 0));
    const none = dtype === 'float16' ? new Uint16Array(0) : new Float32Array(0);
    return new runtime.Tensor(dtype as 'float32', none as Float32Array, dims) as RuntimeTensor;
  }
}

function readLogits(tensor: RuntimeTensor, positions: number): Logits {
  const [batch, found, vocabulary] = tensor.dims;
  const isAsExpected = tensor.dims.length === 3 && batch === 1 && found === positions;
  if (!isAsExpected || !(tensor.data instanceof Float32Array)) {
    const message = `The logits are ${tensor.type} [${tensor.dims.join(', ')}].`;
    throw new IdlewildError('onnx/output-shape', message, {
      metaMessages: [`Expected float32 [1, ${positions}, vocabulary].`],
    });
  }
  const { data } = tensor;
  return {
    positions,
    at: (position) => data.subarray(position * vocabulary, (position + 1) * vocabulary),
  };
}
