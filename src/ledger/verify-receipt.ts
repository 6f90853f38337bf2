// A stranger's check of a receipt: the coordinator's signature over it, the session key's over the
// result inside it, the wallet's over the grant of that key, and that all four tell one story. What only
// a chain can tell is asked there, or said to be unchecked.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { toHex } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { isPlaced, isPlacedResult } from '#protocol/placed-result.ts';
import { encodeReceipt, type Receipt, type ReceiptPayload } from '#protocol/receipt.ts';
import { creditDue, findContradiction } from '#protocol/receipt-story.ts';
import type { ResultPayload } from '#protocol/wire.ts';
import { sha256 } from '#sha256';
import { seeWallet, type WalletSeen } from './see-wallet.ts';
import { openSessionKey, verifySessionSignature } from './session-signature.ts';
import type { WalletChain } from './wallet-chain.ts';

export interface VerifiedReceipt {
  payload: ReceiptPayload;
  result: ResultPayload;
  wallet: WalletSeen;
}

export interface ReceiptVerifier {
  /**
   * All but the coordinator's signature, which an open leaf of the log does without.
   * @throws receipt/malformed, receipt/result-signature, receipt/wallet-signature,
   * receipt/inconsistent
   */
  verifyPayload(bytes: Uint8Array): Promise<VerifiedReceipt>;
}

/** Grants that are remembered as signed: a session's receipts come by the hundred. */
const grantsHeldMax = 10_000;

/** @param chain asked about wallets that are contracts; without one they stay unchecked */
export function createReceiptVerifier(chain: WalletChain | null = null): ReceiptVerifier {
  const grants = new Map<string, WalletSeen>();

  async function openGrant(payload: ReceiptPayload): Promise<WalletSeen> {
    const { grant, walletSignature, account, walletCheck = null } = payload;
    const name = toHex(sha256(encodeCbor({ grant, walletSignature, account, walletCheck })));
    const known = grants.get(name);
    if (known) return known;
    const named = account.toLowerCase() === grant.account.toLowerCase();
    const seen = named ? await seeWallet(payload, chain) : null;
    if (!seen) {
      throw refuse('wallet-signature', 'The wallet did not sign the grant of this session key.');
    }
    const [oldest] = grants.keys();
    if (grants.size >= grantsHeldMax && oldest !== undefined) grants.delete(oldest);
    grants.set(name, seen);
    return seen;
  }

  return {
    async verifyPayload(bytes) {
      try {
        const payload = decodeCbor(bytes) as ReceiptPayload;
        const result = decodeCbor(payload.result.payload) as ResultPayload;
        const key = openSessionKey(payload.grant.sessionKey);
        if (!isResultSigned(payload.result, key)) {
          throw refuse('result-signature', 'The session key did not sign this result.');
        }
        const wallet = await openGrant(payload);
        checkStory(payload, result);
        return { payload, result, wallet };
      } catch (thrown) {
        if (thrown instanceof IdlewildError && thrown.code.startsWith('receipt/')) throw thrown;
        throw new IdlewildError('receipt/malformed', 'The receipt holds no signed result.', {
          cause: thrown,
        });
      }
    },
  };
}

/**
 * @param coordinatorPublicKey Ed25519, 32 bytes, from GET /v1/coordinator
 * @throws receipt/coordinator-signature, and what verifyPayload throws
 */
export async function verifyReceipt(
  receipt: Receipt,
  coordinatorPublicKey: Uint8Array,
): Promise<VerifiedReceipt> {
  const x = Buffer.from(coordinatorPublicKey).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  if (!verify(null, receipt.payload, key, receipt.signature)) {
    throw refuse('coordinator-signature', 'The coordinator did not sign this receipt.');
  }
  const verified = await createReceiptVerifier().verifyPayload(receipt.payload);
  if (encodeReceipt(verified.payload).id !== receipt.id) throw contradiction('id');
  return verified;
}

function isResultSigned(result: ReceiptPayload['result'], key: KeyObject): boolean {
  const isPlacedThere = !isPlacedResult(result) || isPlaced(result);
  const { payload, signature } = isPlacedResult(result) ? result.call : result;
  return isPlacedThere && verifySessionSignature(payload, signature, key);
}

function checkStory(payload: ReceiptPayload, result: ResultPayload): void {
  const wrong = findContradiction(payload, result);
  if (wrong) throw contradiction(wrong);
  if (payload.credit !== creditDue(payload)) throw contradiction('credit');
}

function contradiction(field: string): IdlewildError {
  return refuse('inconsistent', `The receipt contradicts itself in \`${field}\`.`);
}

function refuse(what: string, message: string): IdlewildError {
  return new IdlewildError(`receipt/${what}`, message);
}
