// One bounded model on one backend: its graphs as sessions, and a unit's requests through them one
// at a time, each alone, so that no answer depends on what else is in the unit.
import { type BoundedManifest, type Graph, rowPorts } from '#model/bounded-manifest.ts';
import { checkRequest } from '#model/check-request.ts';
import { type BoundedUnitInput, encodeRowOutput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import type { BoundedModel, BoundedRunOptions, ReadShard } from './bounded-backend.ts';
import { checkOutputSizes, refuseRequest } from './check-output.ts';
import { type GraphSession, type Host, openGraphSession } from './graph-session.ts';
import { runGreedyDecoder } from './greedy-decoder.ts';
import { modelBytes, rebuildGraph } from './rebuild-graph.ts';
import { runGraph } from './run-graph.ts';

type Sessions = Record<string, GraphSession>;
type OnStep = () => void | Promise<void>;

/**
 * One graph after another: the buffers of one are gone before the next one's are there.
 * @throws as `BoundedBackend.createModel`
 */
export async function createOnnxModel(
  host: Host,
  manifest: BoundedManifest,
  { readShard, signal }: { readShard: ReadShard; signal: AbortSignal },
): Promise<BoundedModel> {
  const { runner, graphs } = manifest;
  const sessions: Sessions = {};
  const release = async () => {
    for (const session of Object.values(sessions)) await session.release();
  };
  try {
    for (const [name, graph] of Object.entries(graphs)) {
      const outputs = graph.outputs.map((port) => port.name);
      const past =
        runner.kind === 'greedy-decoder' && name === 'decoder' ? runner.decoder.past : [];
      const kept = past.map(({ output }) => output);
      const files = await rebuildGraph(graph, readShard, signal);
      signal.throwIfAborted();
      sessions[name] = await openGraphSession(host, files, { name, outputs, kept });
      checkNames(sessions[name], name, graph);
    }
    signal.throwIfAborted();
  } catch (thrown) {
    await release();
    throw thrown;
  }
  return new OnnxModel({ host, manifest, sessions, release });
}

/** What the manifest says of a graph is what the file has. @throws onnx/ports */
function checkNames(session: GraphSession, name: string, graph: Graph): void {
  const inputs = graph.inputs.map((port) => port.name);
  const outputs = graph.outputs.map((port) => port.name);
  const [odd] = [
    ...session.inputs.filter((input) => !inputs.includes(input)),
    ...inputs.filter((input) => !session.inputs.includes(input)),
    ...outputs.filter((output) => !session.outputs.includes(output)),
  ];
  if (odd === undefined) return;
  const message = `The graph ${name} and its manifest differ: ${odd.slice(0, 80)}.`;
  throw new IdlewildError('onnx/ports', message);
}

interface ModelParts {
  host: Host;
  manifest: BoundedManifest;
  sessions: Sessions;
  release(): Promise<void>;
}

class OnnxModel implements BoundedModel {
  readonly bytes: number;
  readonly #parts: ModelParts;
  #isDestroyed = false;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.bytes = modelBytes(parts.manifest);
  }

  async run({ requests }: BoundedUnitInput, options: BoundedRunOptions = {}): Promise<Bytes[]> {
    // All of them before the first is computed: a unit with one that is broken costs nothing.
    for (const request of requests) this.#check(request);
    const goOn = () => {
      options.signal?.throwIfAborted();
      if (this.#isDestroyed) throw destroyed();
    };
    const onStep = async () => {
      await options.onStep?.();
      goOn();
    };
    const rows: Bytes[] = [];
    let bytes = 0;
    for (const request of requests) {
      goOn();
      const row = encodeRowOutput(await this.#run(request, onStep));
      bytes += row.length;
      checkUnitBytes(bytes);
      rows.push(row);
      await options.onRequest?.(rows.length, requests.length);
    }
    return rows;
  }

  async destroy(): Promise<void> {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    await this.#parts.release();
  }

  #check(request: TensorMap): void {
    const { manifest } = this.#parts;
    checkOutputSizes(rowPorts(manifest), checkRequest(manifest, request));
  }

  #run(request: TensorMap, onStep: OnStep): Promise<TensorMap> {
    const { host, manifest, sessions } = this.#parts;
    const { runtime } = host;
    const { runner, graphs } = manifest;
    if (runner.kind === 'graph') {
      const { inputs, outputs } = graphs.model;
      return runGraph({ runtime, session: sessions.model, inputs, outputs }, request);
    }
    const encoder = { session: sessions.encoder, graph: graphs.encoder };
    const decoder = { session: sessions.decoder, graph: graphs.decoder };
    return runGreedyDecoder({ runtime, runner, encoder, decoder }, request, onStep);
  }
}

function checkUnitBytes(bytes: number): void {
  const { boundedOutputBytesMax } = limits;
  if (bytes <= boundedOutputBytesMax) return;
  const message = `The outputs have more than ${boundedOutputBytesMax} bytes (boundedOutputBytesMax).`;
  throw refuseRequest(message);
}

function destroyed(): IdlewildError {
  return new IdlewildError('engine/destroyed', 'This model was destroyed.');
}
