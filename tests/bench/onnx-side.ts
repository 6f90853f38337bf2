// onnxruntime-web as a side of a race: MiniLM's ONNX graph on its wasm backend, one thread. Rows of
// a call are padded to the longest of their batch, as the graph demands; pooling is left out.
import type * as Ort from 'onnxruntime-web';
import type { Side } from './race.ts';

const onnxGroup = 'onnxruntime-web';

export type OrtModule = typeof Ort;

export async function openSession(ort: OrtModule, model: Uint8Array) {
  ort.env.wasm.numThreads = 1;
  return ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
}

export function onnxSide(ort: OrtModule, session: Ort.InferenceSession, batch: number): Side {
  return {
    name: `onnxruntime-web, batches of ${batch}`,
    group: onnxGroup,
    async encode(rows) {
      for (let first = 0; first < rows.length; first += batch) {
        await runBatch(ort, session, rows.slice(first, first + batch));
      }
    },
  };
}

/** Rows padded to the longest, as the graph's three inputs. */
export function padBatch(rows: readonly Uint32Array[]) {
  const length = Math.max(...rows.map((row) => row.length));
  const shape = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, index) => {
    row.forEach((id, at) => {
      ids[index * length + at] = BigInt(id);
      mask[index * length + at] = 1n;
    });
  });
  return { ids, mask, types: new BigInt64Array(rows.length * length), shape };
}

async function runBatch(
  ort: OrtModule,
  session: Ort.InferenceSession,
  rows: readonly Uint32Array[],
) {
  const { ids, mask, types, shape } = padBatch(rows);
  const output = await session.run({
    input_ids: new ort.Tensor('int64', ids, shape),
    attention_mask: new ort.Tensor('int64', mask, shape),
    token_type_ids: new ort.Tensor('int64', types, shape),
  });
  for (const tensor of Object.values(output)) tensor.dispose();
}
