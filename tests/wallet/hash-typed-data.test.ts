// EIP-712 digests beside viem's, for all that is signed here.
import {
  array,
  assert as check,
  integer,
  oneof,
  property,
  record,
  string,
  uint8Array,
} from 'fast-check';
import { hashTypedData as viemHash } from 'viem';
import { expect, test } from 'vitest';
import { bindingTypedData } from '#protocol/binding.ts';
import { toHex } from '#protocol/bytes.ts';
import { grantTypedData } from '#protocol/grant.ts';
import { revocationTypedData } from '#protocol/revocation.ts';
import { hashTypedData } from '#wallet/hash-typed-data.ts';

const bytes = (length: number) => uint8Array({ minLength: length, maxLength: length });
const address = bytes(20).map((one) => `0x${toHex(one)}`);
const shared = {
  coordinator: string({ unit: 'grapheme', maxLength: 200 }),
  chainId: integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  nonce: bytes(32),
  expiresAt: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
};
type Viem = Parameters<typeof viemHash>[0];

test("a grant's digest is viem's", () => {
  const grants = record({
    ...shared,
    account: address,
    sessionKey: bytes(65),
    consentVersion: integer({ min: 0, max: 2 ** 32 - 1 }),
  });
  check(
    property(grants, (grant) => {
      const data = grantTypedData(grant);
      expect(`0x${toHex(hashTypedData(data))}`).toBe(viemHash(data as unknown as Viem));
    }),
  );
});

test("a binding's digest is viem's", () => {
  check(
    property(record({ ...shared, device: address, wallet: address }), (binding) => {
      const data = bindingTypedData(binding);
      expect(`0x${toHex(hashTypedData(data))}`).toBe(viemHash(data as unknown as Viem));
    }),
  );
});

test("a revocation's digest is viem's, of one key or of all", () => {
  const { expiresAt: _, ...named } = shared;
  const sessionKey = oneof(bytes(65), bytes(0));
  check(
    property(record({ ...named, account: address, sessionKey }), (revocation) => {
      const data = revocationTypedData(revocation as never);
      expect(`0x${toHex(hashTypedData(data))}`).toBe(viemHash(data as unknown as Viem));
    }),
  );
});

const typed = (type: string, value: string | number) => ({
  domain: { name: 'Idlewild' },
  types: { EIP712Domain: [{ name: 'name', type: 'string' }], One: [{ name: 'field', type }] },
  primaryType: 'One',
  message: { field: value },
});

test('fields of any length are hashed as viem does', () => {
  check(
    property(array(integer({ min: 0, max: 255 }), { maxLength: 300 }), (content) => {
      const data = typed('bytes', `0x${toHex(Uint8Array.from(content))}`);
      expect(`0x${toHex(hashTypedData(data))}`).toBe(viemHash(data as unknown as Viem));
    }),
  );
});

test.each([
  ['address', '0x12'],
  ['address', 'a'.repeat(40)],
  ['bytes', '0x123'],
  ['bytes', '0xzz'],
  ['bytes32', `0x${'11'.repeat(31)}`],
  ['uint8', 256],
  ['uint64', '-1'],
  ['uint64', 1.5],
  ['int8', 1],
  ['Other', '0x11'],
])('%s does not take %s', (type, value) => {
  expect(() => hashTypedData(typed(type, value))).toThrow(
    expect.objectContaining({ code: 'wallet/bad-typed-data' }),
  );
});
