// Sentence vectors of all-MiniLM-L6-v2 from an ONNX file on onnxruntime-web's wasm backend, one
// thread: the float reference of the accuracy bench, and its rival.
import { type OrtModule, openSession } from './onnx-side.ts';

type Session = Awaited<ReturnType<typeof openSession>>;

export interface VectorBatches {
  /** Rows of a call, in their order, padded to the longest of them; or only rows of one length. */
  batch: number | 'equal lengths';
  /** Told how many rows are done. */
  onRows?: (done: number) => void;
}

const equalLengthRowsMax = 32;

/** The mean of a row's own tokens scaled to length one, as transformers.js delivers it. */
export async function readVectors(
  file: Uint8Array,
  rows: readonly Uint32Array[],
  { batch, onRows = () => {} }: VectorBatches,
): Promise<Float32Array[]> {
  const ort = await import('onnxruntime-web');
  const session = await openSession(ort, file);
  const vectors = new Array<Float32Array>(rows.length);
  let done = 0;
  for (const indices of cut(rows, batch)) {
    const part = indices.map((index) => rows[index]);
    const found = await runRows(ort, session, part);
    indices.forEach((index, i) => {
      vectors[index] = found[i];
    });
    done += part.length;
    onRows(done);
  }
  await session.release();
  return vectors;
}

/** Indices of the rows of each call. */
function cut(rows: readonly Uint32Array[], batch: VectorBatches['batch']): number[][] {
  const order = [...rows.keys()];
  if (batch === 'equal lengths') order.sort((a, b) => rows[a].length - rows[b].length || a - b);
  const most = batch === 'equal lengths' ? equalLengthRowsMax : batch;
  const calls: number[][] = [];
  for (const index of order) {
    const last = calls.at(-1);
    const fits = last && last.length < most;
    const isAlike = last && rows[last[0]].length === rows[index].length;
    if (fits && (isAlike || batch !== 'equal lengths')) last.push(index);
    else calls.push([index]);
  }
  return calls;
}

async function runRows(ort: OrtModule, session: Session, rows: readonly Uint32Array[]) {
  const length = Math.max(...rows.map((row) => row.length));
  const shape = [rows.length, length];
  const ids = new BigInt64Array(rows.length * length);
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, index) => {
    ids.set(BigInt64Array.from(row, BigInt), index * length);
    mask.fill(1n, index * length, index * length + row.length);
  });
  const { last_hidden_state: output } = await session.run({
    input_ids: new ort.Tensor('int64', ids, shape),
    attention_mask: new ort.Tensor('int64', mask, shape),
    token_type_ids: new ort.Tensor('int64', new BigInt64Array(ids.length), shape),
  });
  const hidden = output.data as Float32Array;
  const size = output.dims[2];
  const vectors = rows.map((row, index) => {
    const start = index * length * size;
    return pool(hidden.subarray(start, start + row.length * size), size);
  });
  output.dispose();
  return vectors;
}

function pool(hidden: Float32Array, size: number): Float32Array {
  const sums = new Float64Array(size);
  for (let at = 0; at < hidden.length; at++) sums[at % size] += hidden[at];
  const root = Math.sqrt(sums.reduce((sum, value) => sum + value * value, 0));
  return Float32Array.from(sums, (value) => value / root);
}
