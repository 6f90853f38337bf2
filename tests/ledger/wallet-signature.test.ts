// Signatures of ordinary accounts, which no chain is asked about, and what is asked about the others.
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { beforeAll, expect, test } from 'vitest';
import {
  hashStatement,
  isCanonical,
  verifyWalletSignature,
  type WalletStatement,
} from '#ledger/wallet-signature.ts';
import { fromHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { makeGrant, makeSessionKey } from './receipt-lab.ts';

const neverAsked = () => Promise.reject(new Error('The chain was asked.'));
let statement: WalletStatement;

beforeAll(async () => {
  const { grant, walletSignature: signature } = await makeGrant(await makeSessionKey());
  const hash = hashStatement(grantTypedData(grant));
  statement = { account: grant.account, hash, signature };
});

test('an account’s own key is told from the signature alone', async () => {
  expect(await verifyWalletSignature(statement, neverAsked)).toBe('key');
});

test('everything else is a question to the chain, and its answer', async () => {
  const check = { kind: 'erc1271', block: 5 } as const;
  const asked: WalletStatement[] = [];
  const ask = async (one: WalletStatement) => {
    asked.push(one);
    return one.signature.length === 1 ? check : null;
  };
  const account = privateKeyToAccount(generatePrivateKey()).address;
  const other = { ...statement, account };
  const short = { ...statement, signature: new Uint8Array(1) };
  expect(await verifyWalletSignature(other, ask)).toBeNull();
  expect(await verifyWalletSignature(short, ask)).toBe(check);
  expect(asked).toEqual([other, short]);
});

test('an address is the same however its letters are written', async () => {
  const account = '0xABCDEFabcdefabcdefabcdefabcdefabcdefabcd';
  const grant = { ...(await makeGrant(await makeSessionKey())).grant, account };
  const lowered = { ...grant, account: account.toLowerCase() };
  const digest = hashStatement(grantTypedData(grant));
  expect(digest).toBe(hashStatement(grantTypedData(lowered)));
});

test('one form is canonical: low s, v 27 or 28', () => {
  const { signature } = statement;
  expect(isCanonical(signature)).toBe(true);
  const changes: [at: number, value: number][] = [
    [64, 0],
    [64, 1],
    [64, 29],
    [32, 0x80],
    [32, 0xff],
  ];
  for (const [at, value] of changes) expect(isCanonical(signature.with(at, value))).toBe(false);
  expect(isCanonical(signature.subarray(1))).toBe(false);
  const half = fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');
  const onTheLine = signature.slice();
  onTheLine.set(half, 32);
  expect(isCanonical(onTheLine)).toBe(true);
  expect(isCanonical(onTheLine.with(63, 0xa1))).toBe(false);
});
