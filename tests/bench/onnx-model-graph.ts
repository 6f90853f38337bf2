// all-MiniLM-L6-v2 as an ONNX graph with the inputs and the output that transformers' exporters
// give a BERT encoder. The rival is to be at its best, so the form of the operators is an option.
import type { Safetensors } from '#model/safetensors.ts';
import { type Builder, createBuilder } from './onnx-model-builder.ts';
import { NBITS_BLOCK, quantizeNBits, transpose } from './onnx-model-tensors.ts';
import { type OnnxGraph, onnxTypes } from './onnx-proto.ts';

/** The fields of a published config.json that the graph needs. */
interface BertConfig {
  hidden_size: number;
  num_attention_heads: number;
  num_hidden_layers: number;
  layer_norm_eps: number;
}

export interface GraphOptions {
  /** What activations, and weights that are not in 4 bits, are held in. */
  float: 'float32' | 'float16';
  /** MatMulNBits for the linear layers' weights, at this accuracy level: 4 computes in int8. */
  fourBits: { accuracyLevel: 0 | 4 } | null;
  /** `standard` leaves all fusing to the optimizer; `fused` names com.microsoft's operators. */
  form: 'standard' | 'fused';
}

interface Source {
  builder: Builder;
  tensors: Safetensors;
  config: BertConfig;
  options: GraphOptions;
}

/** Far below any score, within float16. */
const MASKED = -10_000;

export function makeBertGraph(
  tensors: Safetensors,
  config: BertConfig,
  options: GraphOptions,
): OnnxGraph {
  const builder = createBuilder(options.float);
  const source = { builder, tensors, config, options };
  let x = embed(source);
  const mask = makeMask(source);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    x = addLayer(source, `encoder.layer.${layer}`, { x, mask });
  }
  builder.finish('Cast', [x], { output: 'last_hidden_state', to: onnxTypes.float32 });
  const dims = ['batch', 'sequence'];
  const input = (name: string) => ({ name, type: 'int64' as const, dims });
  return {
    name: 'all-MiniLM-L6-v2',
    nodes: builder.nodes,
    constants: builder.constants,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(input),
    outputs: [{ name: 'last_hidden_state', type: 'float32', dims: [...dims, config.hidden_size] }],
    domains: { '': 17, 'com.microsoft': 1 },
  };
}

function embed({ builder, tensors, config, options }: Source): string {
  const { apply, integers } = builder;
  const width = config.hidden_size;
  const table = (part: string) => {
    const values = tensors.read(`embeddings.${part}_embeddings.weight`);
    return builder.floats(`embeddings.${part}`, values, [values.length / width, width]);
  };
  const [zero, one] = [integers('zero', [0]), integers('one', [1])];
  const length = apply('Gather', [apply('Shape', ['input_ids']), one]);
  const position = apply('Slice', [table('position'), zero, length, zero]);
  const word = apply('Gather', [table('word'), 'input_ids']);
  const type = apply('Gather', [table('token_type'), 'token_type_ids']);
  const sum = apply('Add', [apply('Add', [word, type]), position]);
  return normalize({ builder, tensors, config, options }, 'embeddings.LayerNorm', sum);
}

/** Added to scores, 0 where a token may be seen: [batch, 1, 1 or sequence, sequence]. */
function makeMask({ builder, options }: Source): string {
  const { apply, floats, integers } = builder;
  const seen = apply('Cast', ['attention_mask'], { to: onnxTypes[options.float] });
  const keys = apply('Unsqueeze', [seen, integers('key_axes', [1, 2])]);
  const queries = apply('Unsqueeze', [seen, integers('query_axes', [1, 3])]);
  // MultiHeadAttention wants each query's own row.
  const pairs = options.form === 'fused' ? apply('Mul', [queries, keys]) : keys;
  const hidden = apply('Sub', [floats('unit', [1]), pairs]);
  return apply('Mul', [hidden, floats('masked', [MASKED])]);
}

function addLayer(source: Source, name: string, { x, mask }: { x: string; mask: string }): string {
  const context = attend(source, `${name}.attention.self`, { x, mask });
  const attended = addAndNormalize(source, `${name}.attention.output`, [context, x]);
  const hidden = project(source, `${name}.intermediate.dense`, attended);
  const activated = gelu(source, `${name}.intermediate.dense`, hidden);
  return addAndNormalize(source, `${name}.output`, [activated, attended]);
}

function attend(source: Source, name: string, { x, mask }: { x: string; mask: string }): string {
  const { builder, config, options } = source;
  const { apply, floats, integers } = builder;
  const heads = config.num_attention_heads;
  const size = config.hidden_size / heads;
  const [query, key, value] = ['query', 'key', 'value'].map((part) =>
    addBias(source, `${name}.${part}`, project(source, `${name}.${part}`, x)),
  );
  if (options.form === 'fused') {
    const inputs = [query, key, value, '', '', mask];
    return apply('MultiHeadAttention', inputs, { num_heads: heads });
  }
  const split = (part: string, perm: number[]) => {
    const shaped = apply('Reshape', [part, integers('split', [0, 0, heads, size])]);
    return apply('Transpose', [shaped], { perm });
  };
  const product = apply('MatMul', [split(query, [0, 2, 1, 3]), split(key, [0, 2, 3, 1])]);
  const scaled = apply('Div', [product, floats('root', [Math.sqrt(size)])]);
  const weights = apply('Softmax', [apply('Add', [scaled, mask])], { axis: -1 });
  const context = apply('MatMul', [weights, split(value, [0, 2, 1, 3])]);
  const merged = apply('Transpose', [context], { perm: [0, 2, 1, 3] });
  return apply('Reshape', [merged, integers('merge', [0, 0, config.hidden_size])]);
}

/** x · weightᵀ, without the bias. */
function project({ builder, tensors, options }: Source, name: string, x: string): string {
  const { apply, floats } = builder;
  const weight = tensors.read(`${name}.weight`);
  const [outputs, inputs] = tensors.entries.get(`${name}.weight`)?.shape ?? [];
  if (options.fourBits === null) {
    const turned = transpose(weight, outputs);
    return apply('MatMul', [x, floats(`${name}.weight`, turned, [inputs, outputs])]);
  }
  const { packed, scales } = quantizeNBits(weight);
  const dims = [outputs, inputs / NBITS_BLOCK, NBITS_BLOCK / 2];
  const operands = [x, builder.bytes(`${name}.weight`, packed, dims)];
  return apply('MatMulNBits', [...operands, floats(`${name}.scales`, scales)], {
    K: inputs,
    N: outputs,
    bits: 4,
    block_size: NBITS_BLOCK,
    accuracy_level: options.fourBits.accuracyLevel,
  });
}

function addBias({ builder, tensors }: Source, name: string, x: string): string {
  return builder.apply('Add', [x, builder.floats(`${name}.bias`, tensors.read(`${name}.bias`))]);
}

function gelu(source: Source, name: string, x: string): string {
  const { builder, tensors, options } = source;
  const { apply, floats } = builder;
  if (options.form === 'fused') {
    const bias = floats(`${name}.bias`, tensors.read(`${name}.bias`));
    return apply('BiasGelu', [x, bias]);
  }
  const biased = addBias(source, name, x);
  const erf = apply('Erf', [apply('Div', [biased, floats('root_of_2', [Math.SQRT2])])]);
  const doubled = apply('Mul', [biased, apply('Add', [erf, floats('unit', [1])])]);
  return apply('Mul', [doubled, floats('half', [0.5])]);
}

/** The norm of dense(x) + skip. */
function addAndNormalize(source: Source, name: string, [x, skip]: [string, string]): string {
  const { builder, tensors, config, options } = source;
  const { apply, floats } = builder;
  const output = project(source, `${name}.dense`, x);
  if (options.form !== 'fused') {
    const sum = apply('Add', [addBias(source, `${name}.dense`, output), skip]);
    return normalize(source, `${name}.LayerNorm`, sum);
  }
  const vectors = ['LayerNorm.weight', 'LayerNorm.bias', 'dense.bias'].map((part) =>
    floats(`${name}.${part}`, tensors.read(`${name}.${part}`)),
  );
  const epsilon = { float: config.layer_norm_eps };
  return apply('SkipLayerNormalization', [output, skip, ...vectors], { epsilon });
}

function normalize({ builder, tensors, config }: Source, name: string, x: string): string {
  const vectors = ['weight', 'bias'].map((part) =>
    builder.floats(`${name}.${part}`, tensors.read(`${name}.${part}`)),
  );
  const epsilon = { float: config.layer_norm_eps };
  return builder.apply('LayerNormalization', [x, ...vectors], { axis: -1, epsilon });
}
