// Receipts as a contributor and a coordinator would make them: a wallet, a session key, a signed
// result, and the payload that holds them all.
import { webcrypto } from 'node:crypto';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { fromHex } from '#protocol/bytes.ts';
import { encodeCallHead } from '#protocol/call.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { placeResults } from '#protocol/placed-result.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { type CallHead, type Grant, type ResultPayload, WIRE_VERSION } from '#protocol/wire.ts';
import { type SessionKey, signLow } from '../coordinator/test-contributor.ts';

export const digest = (fill: number) => new Uint8Array(32).fill(fill);

export function makeSessionKey(): Promise<SessionKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<SessionKey>;
}

export async function makeGrant(sessionKey: SessionKey, coordinator = 'http://localhost') {
  const account = privateKeyToAccount(generatePrivateKey());
  const grant: Grant = {
    account: account.address,
    sessionKey: new Uint8Array(await webcrypto.subtle.exportKey('raw', sessionKey.publicKey)),
    coordinator,
    chainId: 31337,
    nonce: digest(9),
    expiresAt: 2_000_000_000,
    consentVersion: 1,
  };
  const signature = await account.signTypedData(grantTypedData(grant) as never);
  return { grant, walletSignature: fromHex(signature.slice(2)) };
}

/** As the second of three results. */
async function placeInCall(sessionKey: SessionKey, payload: Uint8Array) {
  const results = [digest(5), payload, digest(6)];
  const head = encodeCallHead({ session: 's', counter: 1 }, { body: digest(7), results });
  const path = placeResults(decodeCbor(head) as CallHead, results)?.[1] ?? [];
  return { index: 1, path, call: { payload: head, signature: await signLow(sessionKey, head) } };
}

export interface ReceiptLabOptions {
  sessionKey: SessionKey;
  change?: Partial<ResultPayload>;
  coordinator?: string;
}

/** A unit of 1.5 million multiply-adds, confirmed: credit 2. */
export async function makePayload({
  sessionKey,
  change = {},
  coordinator,
}: ReceiptLabOptions): Promise<ReceiptPayload> {
  const result: ResultPayload = {
    kind: 'result',
    wire: WIRE_VERSION,
    arithmetic: 'idlewild-exact/1',
    lease: 'l',
    unit: digest(1),
    model: digest(2),
    digest: digest(3),
    rows: 4,
    backend: 'wasm',
    elapsedMs: 5,
    ...change,
  };
  const payload = encodeCbor({ ...result });
  const call = await placeInCall(sessionKey, payload);
  const { grant, walletSignature } = await makeGrant(sessionKey, coordinator);
  return {
    kind: 'credited',
    wire: WIRE_VERSION,
    arithmetic: 'idlewild-exact/1',
    batch: 'b',
    unit: digest(1),
    model: digest(2),
    digest: digest(3),
    account: grant.account,
    cost: 1_500_000,
    credit: 2,
    payer: 'project:p:spent',
    code: 'verdict/confirmed',
    confirmedBy: ['coordinator'],
    grant,
    walletSignature,
    result: { payload, ...call },
  };
}
