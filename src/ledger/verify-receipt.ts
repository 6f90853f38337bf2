// A stranger's check of a receipt: the coordinator's signature over it, the session key's over the
// result inside it, the wallet's over the grant of that key, and that all four tell one story.
import { createPublicKey, verify } from 'node:crypto';
import { equalBytes } from '#protocol/bytes.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { encodeReceipt, type Receipt, type ReceiptPayload } from '#protocol/receipt.ts';
import type { ResultPayload } from '#protocol/wire.ts';
import { creditForCost } from './postings.ts';
import { openSessionKey, verifySessionSignature } from './session-signature.ts';
import { isSignedByAccount } from './wallet-signature.ts';

export interface VerifiedReceipt {
  payload: ReceiptPayload;
  result: ResultPayload;
}

/**
 * @param coordinatorPublicKey Ed25519, 32 bytes, from GET /v1/coordinator
 * @throws receipt/malformed, receipt/coordinator-signature, receipt/result-signature,
 * receipt/wallet-signature, receipt/inconsistent
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
  const payload = decodeCbor(receipt.payload) as ReceiptPayload;
  let result: ResultPayload;
  try {
    result = decodeCbor(payload.result.payload) as ResultPayload;
    const sessionKey = openSessionKey(payload.grant.sessionKey);
    const { payload: message, signature } = payload.result;
    if (!verifySessionSignature(message, signature, sessionKey)) {
      throw refuse('result-signature', 'The session key did not sign this result.');
    }
  } catch (thrown) {
    if (thrown instanceof IdlewildError && thrown.code.startsWith('receipt/')) throw thrown;
    throw new IdlewildError('receipt/malformed', 'The receipt holds no signed result.', {
      cause: thrown,
    });
  }
  await checkWallet(payload);
  checkStory(receipt.id, payload, result);
  return { payload, result };
}

async function checkWallet({ grant, walletSignature, account }: ReceiptPayload): Promise<void> {
  const named = account.toLowerCase() === grant.account.toLowerCase();
  if (!named || !(await isSignedByAccount(grant, walletSignature))) {
    throw refuse('wallet-signature', 'The wallet did not sign the grant of this session key.');
  }
}

function checkStory(id: string, payload: ReceiptPayload, result: ResultPayload): void {
  const same: [string, boolean][] = [
    ['id', encodeReceipt(payload).id === id],
    ['kind', payload.kind === 'credited' && result.kind === 'result'],
    ['unit', equalBytes(payload.unit, result.unit)],
    ['model', equalBytes(payload.model, result.model)],
    ['digest', equalBytes(payload.digest, result.digest)],
    ['arithmetic', payload.arithmetic === result.arithmetic],
    ['wire', payload.wire === result.wire],
    ['credit', payload.credit === creditForCost(payload.cost)],
  ];
  const wrong = same.find(([, holds]) => !holds);
  if (wrong) throw refuse('inconsistent', `The receipt contradicts itself in \`${wrong[0]}\`.`);
}

function refuse(what: string, message: string): IdlewildError {
  return new IdlewildError(`receipt/${what}`, message);
}
