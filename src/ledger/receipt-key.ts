// The coordinator's Ed25519 key: it signs receipts, and its public half lets anyone check them.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Bytes } from '#protocol/bytes.ts';

/** A fresh key as PKCS #8 PEM. */
export function makeReceiptKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The raw public half, 32 bytes. */
export function receiptPublicKey(pem: string): Bytes {
  const jwk = createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(jwk.x ?? '', 'base64url'));
}

/** @returns what signs a payload, 64 bytes; one payload has one signature, whenever it is made */
export function createReceiptSigner(pem: string): (payload: Uint8Array) => Bytes {
  const key = createPrivateKey(pem);
  return (payload) => new Uint8Array(sign(null, payload, key));
}
