// One signature for a call and all the results that it brings: the session key signs a short head,
// which names the call's body by its digest and its results by the root of a Merkle tree over them.
// So a receipt shows one result with its path to that root, and the signed head (placed-result.ts).
import { sha256 } from '#sha256';
import type { Bytes } from './bytes.ts';
import { encodeCbor } from './cbor.ts';
import { leafHash, rootOfHashes } from './merkle.ts';
import { type CallHead, WIRE_VERSION } from './wire.ts';

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
