// One signature for a call and all the results that it brings: the session key signs a short head,
// which names the call's body by its digest and its results by the root of a Merkle tree over them.
// So a receipt shows one result with its path to that root, and the signed head.
import { sha256 } from '#sha256';
import { type Bytes, equalBytes } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { inclusionPaths, leafHash, rootOfHashes, verifyInclusion } from './merkle.ts';
import { type CallHead, type Envelope, type PlacedResult, WIRE_VERSION } from './wire.ts';

/** Of a call whose body and results are these. */
export function encodeCallHead(
  { session, counter }: Pick<CallHead, 'session' | 'counter'>,
  { body, results }: { body: Uint8Array; results: readonly Uint8Array[] },
): Bytes {
  const head: CallHead = {
    kind: 'call',
    wire: WIRE_VERSION,
    session,
    counter,
    body: sha256(body),
    results: { count: results.length, root: rootOfHashes(results.map(leafHash)) },
  };
  return encodeCbor({ ...head });
}

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
