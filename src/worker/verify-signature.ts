// Whether the coordinator signed a receipt: by the key that this browser has known since its first
// check, so that a coordinator cannot change it for one visitor unseen.
import type { Store } from '#cache/store.ts';
import { fromHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import type { Coordinator } from './coordinator.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import type { Subject } from './verify-story.ts';

const storeKey = 'receipt-key';

interface SignatureParts {
  store: Store;
  coordinator: Coordinator;
  signal: AbortSignal;
}

/** @throws coordinator/... where a key is neither known nor shown */
export async function verifySignature(
  { store, coordinator, signal }: SignatureParts,
  { shown }: Subject,
): Promise<Finding> {
  const kept = await store.get(storeKey);
  const known = typeof kept === 'string' ? kept : null;
  const stated = await readKey(coordinator, signal).catch((thrown: unknown) => {
    // A dead network is no reason to doubt what is known.
    if (known === null) throw thrown;
    return known;
  });
  if (known !== null && stated !== known) {
    return fails('signature/other-key', { stated, expected: known });
  }
  const key = known ?? stated;
  const message = new Uint8Array(shown.payload);
  const signature = new Uint8Array(shown.signature);
  const answer = await verifyByWebCrypto({ publicKey: fromHex(key), message, signature });
  if (answer === 'unsupported') return unchecked('signature/unsupported', {});
  if (answer === 'invalid') return fails('signature/not-signed', { key });
  if (known !== null) return holds('signature/holds', { key });
  await store.set(storeKey, key);
  return holds('signature/holds-new-key', { key });
}

async function readKey(coordinator: Coordinator, signal: AbortSignal): Promise<string> {
  const bytes = await coordinator.read('/v1/coordinator', signal);
  try {
    const { receiptKey } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (typeof receiptKey === 'string' && /^[0-9a-f]{64}$/.test(receiptKey)) return receiptKey;
  } catch {
    // Not JSON: a page in the answer's place, as below.
  }
  throw new IdlewildError('coordinator/malformed', 'The coordinator shows no key of its receipts.');
}
