// What every backend does with the cases, in Node and in browsers alike. Each is given a case's
// rows in another order, so that equal digests also say that a row's bytes owe nothing to its
// neighbours in the batch.
import type { ExactBackend } from '#model/backend.ts';
import { fromHex, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import { rowDigest } from '#protocol/unit.ts';
import type { Answer, ProofCase, ReadFile, Report } from './case.ts';
import { openModel } from './proof-model.ts';

export function makeAnswer(rows: string[]): Answer {
  return { rows, unit: toHex(merkleRoot(rows.map(fromHex))) };
}

function explain(thrown: unknown): string {
  const { shortMessage, metaMessages } = toIdlewildError(thrown);
  return [shortMessage, ...metaMessages.slice(0, 1)].join(' ');
}

/** @param turn how far the rows are rotated before they are encoded */
async function compute(
  backend: ExactBackend,
  { source, rows }: ProofCase,
  { read, turn }: { read: ReadFile; turn: number },
): Promise<Answer> {
  const order = rows.map((_, index) => (index + turn) % rows.length);
  const encoder = await backend.createEncoder(await openModel(source, read));
  try {
    const output = await encoder.encode(order.map((index) => Uint32Array.from(rows[index])));
    const size = output.length / rows.length;
    const digests = new Array<string>(rows.length);
    order.forEach((row, place) => {
      const words = output.subarray(place * size, (place + 1) * size);
      digests[row] = toHex(rowDigest(wordsToBytes(words)));
    });
    return makeAnswer(digests);
  } finally {
    encoder.destroy();
  }
}

export interface ComputeOptions {
  cases: readonly ProofCase[];
  read: ReadFile;
  turn: number;
  report: (report: Report) => void | Promise<void>;
}

/** Opens a backend, computes every case, and reports each answer or why there is none. */
export async function computeCases(
  open: () => Promise<ExactBackend>,
  { cases, report, ...how }: ComputeOptions,
): Promise<void> {
  let backend: ExactBackend;
  try {
    backend = await open();
  } catch (thrown) {
    await report({ kind: 'unavailable', why: explain(thrown) });
    return;
  }
  await report({ kind: 'opened', adapter: backend.adapter });
  for (const [index, one] of cases.entries()) {
    try {
      await report({ kind: 'answer', index, answer: await compute(backend, one, how) });
    } catch (thrown) {
      await report({ kind: 'error', index, why: explain(thrown) });
    }
  }
  // A backend may know only now what it ended up with.
  await report({ kind: 'done', adapter: backend.adapter });
  backend.destroy();
}
