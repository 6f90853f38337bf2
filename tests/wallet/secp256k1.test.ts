// Device keys and recovered signers beside viem's.
import { asyncProperty, assert as check, constantFrom, uint8Array } from 'fast-check';
import { recoverAddress } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { expect, test } from 'vitest';
import { type Bytes, concatBytes, fromHex, toHex } from '#protocol/bytes.ts';
import type { Grant } from '#protocol/wire.ts';
import { deviceSigner, type KeyStore } from '#wallet/device-signer.ts';
import { addressOf, createPrivateKey, recoverSigner, signDigest } from '#wallet/secp256k1.ts';
import { isGrantSigned } from '#wallet/typed-signatures.ts';

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const digests = uint8Array({ minLength: 32, maxLength: 32 }).map((one) => new Uint8Array(one));
const hex = (bytes: Uint8Array) => `0x${toHex(bytes)}` as const;

test('addresses and signatures are those of viem', async () => {
  for (let run = 0; run < 20; run++) {
    const key = createPrivateKey();
    const digest = createPrivateKey();
    const account = privateKeyToAccount(hex(key));
    expect(addressOf(key)).toBe(account.address.toLowerCase());
    const signature = await signDigest(digest, key);
    expect(hex(signature)).toBe(await sign({ hash: hex(digest), privateKey: hex(key), to: 'hex' }));
    expect(await recoverSigner(digest, signature)).toBe(addressOf(key));
  }
});

/** The other signature of the same statement: s in the high half. */
function malleated(signature: Bytes): Bytes {
  const s = order - BigInt(hex(signature.subarray(32, 64)));
  const flipped = Uint8Array.of(55 - signature[64]);
  return concatBytes(signature.subarray(0, 32), fromHex(s.toString(16).padStart(64, '0')), flipped);
}

test('a v of 0 and 1 and a high s are recovered as viem does', async () => {
  const key = createPrivateKey();
  const digest = createPrivateKey();
  const signature = await signDigest(digest, key);
  const lowV = signature.slice();
  lowV[64] -= 27;
  for (const one of [lowV, malleated(signature)]) {
    expect(await recoverSigner(digest, one)).toBe(addressOf(key));
    const viems = await recoverAddress({ hash: hex(digest), signature: hex(one) });
    expect(viems.toLowerCase()).toBe(addressOf(key));
  }
});

test('any other bytes recover as with viem, or are refused', async () => {
  const settled = (promise: Promise<string>) =>
    promise.then(
      (one) => one.toLowerCase(),
      () => null,
    );
  const bodies = uint8Array({ minLength: 63, maxLength: 64 });
  const ends = constantFrom(
    [],
    [0],
    [1],
    [2],
    [3],
    [26],
    [27],
    [28],
    [29],
    [255],
    [27, 0],
    [0, 27],
  );
  await check(
    asyncProperty(digests, bodies, ends, async (digest, body, end) => {
      const signature = concatBytes(body, Uint8Array.from(end));
      const viems = recoverAddress({ hash: hex(digest), signature: hex(signature) });
      expect(await settled(recoverSigner(digest, signature))).toBe(await settled(viems));
    }),
  );
});

const grantBy = (account: string): Grant => ({
  account,
  sessionKey: new Uint8Array(65).fill(4),
  coordinator: 'https://idlewild.example',
  chainId: 31337,
  nonce: new Uint8Array(32).fill(5),
  expiresAt: 4_000_000_000,
  consentVersion: 1,
});

function memory(kept: Record<string, unknown>): KeyStore {
  return {
    get: async (key) => kept[key],
    set: async (key, value) => {
      kept[key] = value;
    },
  };
}

test('a key of an earlier release is kept, its address then beside it', async () => {
  const secret = hex(createPrivateKey());
  const kept: Record<string, unknown> = { 'device-key': secret };
  const address = privateKeyToAccount(secret).address.toLowerCase();
  expect(await deviceSigner(memory(kept)).address()).toBe(address);
  expect(kept['device-key']).toEqual({ key: secret.slice(2), address });
  const grant = grantBy(address);
  const signature = await deviceSigner(memory(kept)).signGrant(grant);
  expect(await isGrantSigned(grant, signature)).toBe(true);
  expect(await isGrantSigned({ ...grant, expiresAt: 1 }, signature)).toBe(false);
  expect(await isGrantSigned(grant, signature.subarray(1))).toBe(false);
  expect(await isGrantSigned({ ...grant, account: 'nobody' }, signature)).toBe(false);
});
