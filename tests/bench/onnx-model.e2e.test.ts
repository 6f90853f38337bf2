// The float rivals' files on a tiny random BERT: onnxruntime-web computes from them what the model
// is in doubles, in each form and dtype, and padding decides nothing.
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '#model/safetensors.ts';
import { makeSyntheticRows } from '#model/synthetic.ts';
import { encodeFloat } from '../model/float-bert.ts';
import { bertConfig, makeBert } from '../model/make-bert.ts';
import { tinyShape } from '../model/published-model.ts';
import { readVectors, type VectorBatches } from './float-vectors.ts';
import { type GraphOptions, makeBertGraph } from './onnx-model-graph.ts';
import { encodeOnnx } from './onnx-proto.ts';
import { cosine } from './sts.ts';

const tensors = openSafetensors(makeBert(1));
const rows = makeSyntheticRows(6, [1, 8, 24, 8, 3], bertConfig.vocab_size);
const float: GraphOptions = { float: 'float32', fourBits: null, form: 'fused' };
const model = { shape: tinyShape, config: bertConfig, tensors };

function run(options: GraphOptions, batch: VectorBatches['batch'] = 'equal lengths') {
  return readVectors(encodeOnnx(makeBertGraph(tensors, bertConfig, options)), rows, { batch });
}

describe('a file', () => {
  const fourBits = { accuracyLevel: 0 } as const;
  test.each<[string, Partial<GraphOptions>, number]>([
    ['float32, fused', {}, 1 - 1e-6],
    ['float32, standard', { form: 'standard' }, 1 - 1e-6],
    ['float16', { float: 'float16' }, 1 - 1e-5],
    ['4 bits', { fourBits }, 0.97],
  ])('in %s computes the model', async (_, options, least) => {
    const vectors = await run({ ...float, ...options });
    encodeFloat(model, rows).forEach((wanted, index) => {
      expect(cosine(vectors[index], Float32Array.from(wanted))).toBeGreaterThan(least);
    });
  });

  test.each(['fused', 'standard'] as const)('of %s form: padding decides nothing', async (form) => {
    const [alone, padded] = [await run({ ...float, form }, 1), await run({ ...float, form }, 5)];
    rows.forEach((_, index) => {
      expect(cosine(alone[index], padded[index])).toBeGreaterThan(1 - 1e-6);
    });
  });

  test('has the same bytes each time', () => {
    const write = () => Buffer.from(encodeOnnx(makeBertGraph(tensors, bertConfig, float)));
    expect(write().equals(write())).toBe(true);
  });
});
