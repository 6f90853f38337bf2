// The importer's whole way with one .onnx file: read, check, cut into shards, write the skeleton.
import type { Graph } from '#model/bounded-manifest.ts';
import { limits } from '#protocol/limits.ts';
import { checkOperators, type OperatorCheck } from './check-operators.ts';
import { openExternalData } from './external-data.ts';
import { listTensors, listWeights } from './list-weights.ts';
import { makeInputs, makeOutputs } from './make-ports.ts';
import type { ShardPlan } from './plan-shards.ts';
import { readOnnx } from './read-onnx.ts';
import { readTensorBytes, readTyped } from './tensor-bytes.ts';
import { writeSkeleton } from './write-skeleton.ts';

export interface GraphFile {
  bytes: Uint8Array;
  /** Where external data may lie; null for a file that came alone. */
  folder: string | null;
  /** Of its outputs' names, those to keep; all of them otherwise. */
  outputs?: ((names: readonly string[]) => readonly string[]) | undefined;
}

export interface ImportedGraph extends OperatorCheck {
  graph: Graph;
  opset: number;
  producer: string;
  metadata: ReadonlyMap<string, string>;
}

/** @throws onnx/... with the place in the file */
export async function importGraph(file: GraphFile, plan: ShardPlan): Promise<ImportedGraph> {
  const model = readOnnx(file.bytes);
  const inputs = makeInputs(model.graph);
  const outputs = makeOutputs(model.graph, file.outputs);
  for (const tensor of listTensors(model.graph)) {
    // Those that stay are the runtime's to read, but are to be whole.
    if (tensor.source.kind === 'typed') readTyped(tensor, tensor.source);
  }
  const weights = listWeights(model.graph);
  const readExternal = openExternalData(file.folder);
  const data: Uint8Array[] = [];
  for (const { tensor } of weights) data.push(await readTensorBytes(tensor, readExternal));
  const placed = plan.addWeights(data);
  const skeleton = writeSkeleton(model, {
    outputs: new Set(outputs.map(({ name }) => name)),
    moved: new Map(
      weights.map(({ tensor, name }, index) => [
        tensor.place,
        { tensor, name, offset: placed.offsets[index] },
      ]),
    ),
  });
  return {
    ...checkOperators(model),
    graph: { inputs, outputs, skeleton: plan.addFile(skeleton), weights: placed.ranges },
    opset: model.opsets.get('') ?? 1,
    producer: model.producer.slice(0, limits.textBytesMax) || 'unknown',
    metadata: model.metadata,
  };
}
