// What onnxruntime-web's WebGPU backend has kernels for: its own table (docs/webgpu-operators.md in
// the package, version 1.30.0), by the opset from which on. Whatever else a graph has runs on the
// CPU, its tensors copied there and back; so do these for types that the GPU lacks, 64-bit integers
// above all.

/** Of the standard's own operators: by the first opset that has a kernel. */
const standard: Record<number, string> = {
  1:
    'ArgMax ArgMin Concat Conv ConvTranspose Flatten Gather GlobalAveragePool ' +
    'GlobalMaxPool If LayerNormalization MatMul MaxPool Not ReduceL1 ReduceL2 ' +
    'ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ' +
    'ReduceSumSquare Shape SimplifiedLayerNormalization Slice Softmax Split Squeeze ' +
    'Transpose Unsqueeze',
  2: 'Pad',
  5: 'Reshape',
  6:
    'Abs Cast Ceil Clip Elu Exp Floor HardSigmoid InstanceNormalization LeakyRelu Log Neg ' +
    'Reciprocal Relu Sigmoid Sqrt Tanh Tile',
  7:
    'Acos Add Asin Atan AveragePool BatchNormalization Cos Div Equal Gemm Greater Less ' +
    'Mul Pow Sin Sub Tan',
  8: 'Expand',
  9: 'Acosh Asinh Atanh Cosh Erf Sinh Where',
  10: 'DequantizeLinear Resize ThresholdedRelu',
  11: 'CumSum DepthToSpace GatherElements GatherND Range ScatterND',
  12: 'Einsum GreaterOrEqual LessOrEqual',
  14: 'HardSwish',
  16: 'GridSample',
  17: 'DFT',
  20: 'Gelu',
};

/** Of the domain com.microsoft. */
const microsoft =
  'Attention BiasAdd BiasSplitGelu FastGelu FusedConv GatherBlockQuantized Gelu ' +
  'GroupQueryAttention MatMulNBits MultiHeadAttention QuickGelu RotaryEmbedding ' +
  'SkipLayerNormalization SkipSimplifiedLayerNormalization';

const firstOpset = new Map<string, number>([
  ...Object.entries(standard).flatMap(([opset, names]) =>
    names.split(' ').map((name) => [name, Number(opset)] as const),
  ),
  ...microsoft.split(' ').map((name) => [`com.microsoft.${name}`, 1] as const),
]);

/** @param operator with its domain, which the standard's own have not */
export function runsOnGpu(operator: string, opset: number): boolean {
  const first = firstOpset.get(operator);
  return first !== undefined && opset >= first;
}
