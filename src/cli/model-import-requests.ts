// Real requests to measure a model with, from files: JSON as /v1/infer takes its inputs. What is
// made up in their place may miss what a model does with a real image.
import path from 'node:path';
import type { Graph } from '#model/bounded-manifest.ts';
import { checkRequest } from '#model/check-request.ts';
import { applyFeed } from '#onnx/feed.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { tensorsFromJson } from '#protocol/tensor-json.ts';
import { readInput } from './model-import-options.ts';

const requestBytesMax = 128 << 20;

/** As the graph takes them: what came as bytes is floats. @throws onnx/request naming the file */
export async function readRequests(files: readonly string[], graph: Graph): Promise<TensorMap[]> {
  const requests: TensorMap[] = [];
  for (const file of files) {
    const bytes = await readInput(file, requestBytesMax);
    try {
      const request = tensorsFromJson(JSON.parse(new TextDecoder().decode(bytes)));
      checkRequest({ runner: { kind: 'graph' }, graphs: { model: graph } }, request);
      requests.push(feedAll(graph, request));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `${path.basename(file)} is no request of this model.`;
      throw new IdlewildError('onnx/request', message, { metaMessages: [why], cause });
    }
  }
  return requests;
}

function feedAll({ inputs }: Graph, request: TensorMap): TensorMap {
  return Object.fromEntries(inputs.map((port) => [port.name, applyFeed(port, request[port.name])]));
}
