// Which operators a file uses, and which of them a GPU would hand to the CPU. That wasm has them
// all is seen by opening the model there, which every import does.
import type { OnnxModel, OnnxNode } from './onnx-model.ts';
import { runsOnGpu } from './webgpu-operators.ts';

export interface OperatorCheck {
  /** With their domain, which the standard's own have not; sorted. */
  operators: string[];
  /** Those without a kernel for the GPU. */
  webgpuFallback: string[];
}

/** Weights rather than work. */
const free: readonly string[] = ['Constant'];

export function checkOperators({ graph, functions, opsets }: OnnxModel): OperatorCheck {
  const brought = new Set(functions.map(operatorName));
  const found = new Map<string, string>();
  const visit = (nodes: readonly OnnxNode[]) => {
    for (const node of nodes) {
      const name = operatorName({ name: node.operator, domain: node.domain });
      // A function of the file's own is what it is made of.
      if (!free.includes(name) && !brought.has(name)) found.set(name, node.domain);
      for (const inner of node.graphs) visit(inner.nodes);
    }
  };
  visit(graph.nodes);
  for (const { nodes } of functions) visit(nodes);
  const operators = [...found.keys()].sort();
  return {
    operators,
    webgpuFallback: operators.filter(
      (name) => !runsOnGpu(name, opsets.get(found.get(name) ?? '') ?? 1),
    ),
  };
}

function operatorName({ name, domain }: { name: string; domain: string }): string {
  return domain === '' ? name : `${domain}.${name}`;
}
