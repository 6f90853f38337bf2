// What is kept of a call that brings results: copies, since a request's bytes are views of its body,
// which is not to travel to the database. All in one buffer: a message to another thread moves each
// buffer apart, and a result has six byte strings.
import type { Envelope, SubmittedResult } from '#protocol/wire.ts';
import type { Evidence } from '#store/work-item.ts';

export interface PlacedCall {
  /** The head, as its session signed it. */
  call: Envelope;
  results: readonly SubmittedResult[];
  /** From each to the head's root. */
  paths: readonly Uint8Array[][];
}

/** @returns what shows that each result was signed */
export function keepEvidence({ call, results, paths }: PlacedCall): Evidence[] {
  if (results.length === 0) return [];
  const buffer = new Uint8Array(sizeOf({ call, results, paths }));
  let at = 0;
  const keep = (bytes: Uint8Array) => {
    buffer.set(bytes, at);
    at += bytes.length;
  };
  const viewFrom = (from: number) => buffer.subarray(from, at);
  keep(call.payload);
  const head = viewFrom(0);
  keep(call.signature);
  const signature = viewFrom(head.length);
  return results.map(({ payload }, place) => {
    const from = at;
    keep(payload);
    const kept = viewFrom(from);
    for (const hash of paths[place]) keep(hash);
    return { payload: kept, place, path: viewFrom(from + kept.length), head, signature };
  });
}

function sizeOf({ call, results, paths }: PlacedCall): number {
  let bytes = call.payload.length + call.signature.length;
  for (const { payload } of results) bytes += payload.length;
  for (const path of paths) for (const hash of path) bytes += hash.length;
  return bytes;
}
