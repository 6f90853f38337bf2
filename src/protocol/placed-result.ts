// A result in its place in a signed call (call.ts): the path to it, and whether it is there.
import { type Bytes, equalBytes } from './bytes.ts';
import { decodeCbor } from './cbor.ts';
import { inclusionPaths, leafHash } from './merkle.ts';
import { verifyInclusion } from './merkle-verify.ts';
import type { CallHead, Envelope, PlacedResult } from './wire.ts';

/** @returns each result's path, nearest sibling first; null where they are not those of the head */
export function placeResults(
  { results: { count, root } }: Pick<CallHead, 'results'>,
  payloads: readonly Uint8Array[],
): Bytes[][] | null {
  if (count !== payloads.length) return null;
  const tree = inclusionPaths(payloads.map(leafHash));
  return equalBytes(tree.root, root) ? tree.paths : null;
}

/** Whether the head that a session key signed names this result. @throws cbor/malformed */
export function isPlaced({ payload, index, path, call }: PlacedResult): boolean {
  const { kind, results } = decodeCbor(call.payload) as CallHead;
  if (kind !== 'call') return false;
  const { count: size, root } = results;
  return verifyInclusion({ hash: leafHash(payload), index, size, proof: path, root });
}

/** A result as a receipt shows it: since wire 2 in its place in a call, before that signed alone. */
export function isPlacedResult(result: PlacedResult | Envelope): result is PlacedResult {
  return 'call' in result;
}
