// transformers.js as a side of a race, in a browser's worker: feature extraction with mean pooling
// of the quantized MiniLM at its wasm defaults (dtype q8). It is given token ids, as every side is:
// its tokenizer's time is not counted, its pooling and normalizing are.
import { padBatch } from './onnx-side.ts';
import type { Side } from './race.ts';

const transformersGroup = 'transformers.js';

interface Tensor {
  normalize(norm: number, dimension: number): Tensor;
  dispose(): void;
}

/** What is used of it; it is fetched for the bench alone, so its types are not here. */
interface Transformers {
  env: {
    allowRemoteModels: boolean;
    allowLocalModels: boolean;
    localModelPath: string;
    useBrowserCache: boolean;
    backends: { onnx: { wasm: { numThreads: number; wasmPaths: { mjs: string; wasm: string } } } };
  };
  AutoModel: {
    from_pretrained(
      name: string,
      options: { dtype: 'q8'; device: 'wasm' },
    ): Promise<(inputs: Record<string, Tensor>) => Promise<{ last_hidden_state: Tensor }>>;
  };
  Tensor: new (type: 'int64', data: BigInt64Array, shape: number[]) => Tensor;
  mean_pooling(state: Tensor, mask: Tensor): Tensor;
}

/** One thread, as every side has, and the runtime from the bench's server instead of a CDN. */
export async function openTransformers(batches: readonly number[]): Promise<Side[]> {
  const library = '/bench/transformers/transformers.min.js';
  const { env, AutoModel, Tensor, mean_pooling }: Transformers = await import(
    /* @vite-ignore */ library
  );
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/bench/';
  env.useBrowserCache = false;
  const runtime = new URL('/bench/runtime/ort-wasm-simd-threaded.asyncify', self.location.href);
  env.backends.onnx.wasm.numThreads = 1;
  env.backends.onnx.wasm.wasmPaths = { mjs: `${runtime}.mjs`, wasm: `${runtime}.wasm` };
  const model = await AutoModel.from_pretrained('rival', { dtype: 'q8', device: 'wasm' });
  const runBatch = async (rows: readonly Uint32Array[]) => {
    const { ids, mask, types, shape } = padBatch(rows);
    const attention = new Tensor('int64', mask, shape);
    const { last_hidden_state: state } = await model({
      input_ids: new Tensor('int64', ids, shape),
      attention_mask: attention,
      token_type_ids: new Tensor('int64', types, shape),
    });
    mean_pooling(state, attention).normalize(2, -1);
    state.dispose();
  };
  return batches.map((batch) => ({
    name: `transformers.js, batches of ${batch}`,
    group: transformersGroup,
    async encode(rows) {
      for (let first = 0; first < rows.length; first += batch) {
        await runBatch(rows.slice(first, first + batch));
      }
    },
  }));
}
