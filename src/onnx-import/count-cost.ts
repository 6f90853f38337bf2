// Multiply-adds of one run of a graph, counted node by node from the shapes that the runtime had
// when it ran them: its own profile, so that every operator and every graph within is there.
import { elementCount } from '#protocol/tensor.ts';

export interface NodeRun {
  operator: string;
  inputs: number[][];
  outputs: number[][];
}

interface Shapes {
  first: number[];
  second: number[];
  output: number[];
}

/** Multiply-adds of an element of the output, unless said otherwise. */
const formulas: Record<string, (shapes: Shapes) => number> = {
  Conv: convolution,
  ConvInteger: convolution,
  QLinearConv: ({ first, output, second }) =>
    // Its weights are the fourth input; the product of the channels is an upper bound without them.
    elementCount(output) * (first[1] ?? 1) * (second[1] ?? 1),
  FusedConv: convolution,
  // Each element of the input goes to [M/groups, kernel...] of the output.
  ConvTranspose: ({ first, second }) => elementCount(first) * elementCount(second.slice(1)),
  MatMul: product,
  MatMulInteger: product,
  QLinearMatMul: product,
  FusedMatMul: product,
  MatMulNBits: product,
  DynamicQuantizeMatMul: product,
  MatMulIntegerToFloat: product,
  // Either side may be transposed: what the first has beside the output's rows is the inner length.
  Gemm: ({ first, output }) =>
    elementCount(output) * (elementCount(first) / Math.max(1, output[0] ?? 1)),
};

/** [rows, channels, ...] by weights [M, channels/groups, kernel...]. */
function convolution({ second, output }: Shapes): number {
  return elementCount(output) * elementCount(second.slice(1));
}

function product({ first, output }: Shapes): number {
  return elementCount(output) * (first.at(-1) ?? 1);
}

/** Recurrent: [steps, batch, size] by weights [directions, gates, size] and [.., gates, hidden]. */
function recurrent(inputs: readonly number[][]): number {
  const [first = [], weights = [], loops = []] = inputs;
  const rows = (first[0] ?? 1) * (first[1] ?? 1);
  return rows * (elementCount(weights) + elementCount(loops));
}

/** What is within them counts for itself. */
const control: readonly string[] = ['If', 'Loop', 'Scan'];
const recurrents: readonly string[] = ['LSTM', 'GRU', 'RNN'];

export function countCost(runs: readonly NodeRun[]): number {
  return runs.reduce((sum, run) => sum + countNode(run), 0);
}

function countNode({ operator, inputs, outputs }: NodeRun): number {
  if (control.includes(operator)) return 0;
  if (recurrents.includes(operator)) return recurrent(inputs);
  const [first = [], second = []] = inputs;
  const [output = []] = outputs;
  const elements = [...inputs, ...outputs].map(elementCount);
  // The rest goes over its larger side once.
  const once = Math.max(1, ...elements);
  const formula = formulas[operator];
  const counted = formula ? Math.ceil(formula({ first, second, output })) : once;
  return Number.isSafeInteger(counted) ? counted : once;
}

interface ProfileEvent {
  cat?: unknown;
  args?: {
    op_name?: unknown;
    provider?: unknown;
    input_type_shape?: unknown;
    output_type_shape?: unknown;
  };
}

/** @param profile onnxruntime's JSON, as its session prints it when profiling ends */
export function readProfile(profile: string): NodeRun[] {
  const events: ProfileEvent[] = JSON.parse(profile);
  return events.flatMap(({ cat, args }) => {
    if (cat !== 'Node' || typeof args?.op_name !== 'string') return [];
    return {
      operator: args.op_name,
      inputs: readShapes(args.input_type_shape),
      outputs: readShapes(args.output_type_shape),
    };
  });
}

/** Operators that a session meant for another device ran on the CPU; sorted, each once. */
export function listCpuOperators(profile: string): string[] {
  const events: ProfileEvent[] = JSON.parse(profile);
  const names = events.flatMap(({ cat, args }) =>
    cat === 'Node' && args?.provider === 'CPUExecutionProvider' ? [String(args.op_name)] : [],
  );
  return [...new Set(names)].sort();
}

/** `[{"float":[1,3,48,320]}, ...]` */
function readShapes(value: unknown): number[][] {
  if (!Array.isArray(value)) return [];
  return value.map((entry: Record<string, unknown>) => {
    const [shape] = Object.values(entry ?? {});
    return Array.isArray(shape) ? shape.map(Number) : [];
  });
}
