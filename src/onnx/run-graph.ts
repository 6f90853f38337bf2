// The runner `graph`: one request is one run of the model's one graph.
import type { Port } from '#model/bounded-manifest.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { checkOutput } from './check-output.ts';
import { applyFeed } from './feed.ts';
import type { GraphSession } from './graph-session.ts';
import type { Runtime } from './load-runtime.ts';
import { fromRuntime, type RuntimeTensor, toRuntime } from './tensors.ts';

/** The request's tensors as the runtime's. */
export function makeFeeds(
  runtime: Runtime,
  request: TensorMap,
  ports: readonly Port[],
): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    ports.map((port) => [port.name, toRuntime(runtime, applyFeed(port, request[port.name]))]),
  );
}

/** @throws onnx/run, onnx/output-shape, onnx/output-dtype, unit/request, engine/... */
export async function runGraph(
  parts: { runtime: Runtime; session: GraphSession; inputs: Port[]; outputs: Port[] },
  request: TensorMap,
): Promise<TensorMap> {
  const { runtime, session, inputs, outputs } = parts;
  const feeds = makeFeeds(runtime, request, inputs);
  const names = outputs.map(({ name }) => name);
  const found = await session.run(feeds, names);
  const row: TensorMap = {};
  for (const [index, port] of outputs.entries()) {
    const tensor = await fromRuntime(found[index], port.name);
    checkOutput(port, tensor);
    row[port.name] = tensor;
  }
  return row;
}
