// EIP-712 for the two flat types that are signed here, a grant and a binding: the digests that viem
// gives (tests/wallet/hash-typed-data.test.ts), for a twentieth of its weight.
import { type Bytes, concatBytes, fromHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { keccak256 } from '#protocol/keccak.ts';

interface Field {
  name: string;
  type: string;
}

type Values = Readonly<Record<string, string | number>>;

/** What grantTypedData and bindingTypedData give. */
export interface TypedData {
  domain: Values;
  types: Readonly<Record<string, readonly Field[]>>;
  primaryType: string;
  message: Values;
}

/** @throws wallet/bad-typed-data for a value that is not of its type */
export function hashTypedData({ domain, types, primaryType, message }: TypedData): Bytes {
  const hash = (name: string, values: Values) => hashStruct(name, types[name] ?? [], values);
  const prefix = Uint8Array.of(0x19, 0x01);
  return keccak256(prefix, hash('EIP712Domain', domain), hash(primaryType, message));
}

function hashStruct(name: string, fields: readonly Field[], values: Values): Bytes {
  const members = fields.map((field) => `${field.type} ${field.name}`).join(',');
  const words = fields.map((field) => encodeField(field, values[field.name]));
  return keccak256(keccak256(utf8(`${name}(${members})`)), ...words);
}

/** One word of 32 bytes. */
function encodeField({ name, type }: Field, value: string | number | undefined): Bytes {
  const text = String(value);
  if (type === 'string') return keccak256(utf8(text));
  const hex = text.replace(/^0x/, '').toLowerCase();
  const isHex = text.startsWith('0x') && /^([0-9a-f]{2})*$/.test(hex);
  if (type === 'bytes' && isHex) return keccak256(fromHex(hex));
  if (type === 'bytes32' && isHex && hex.length === 64) return fromHex(hex);
  if (type === 'address' && isHex && hex.length === 40) return pad(fromHex(hex));
  const [, bits] = /^uint(\d+)$/.exec(type) ?? [];
  if (bits && /^\d+$/.test(text)) {
    const digits = BigInt(text).toString(16);
    if (BigInt(text) < 1n << BigInt(bits)) return fromHex(digits.padStart(64, '0'));
  }
  throw new IdlewildError('wallet/bad-typed-data', `${name} is not of the type ${type}.`);
}

/** Zeros in front. */
function pad(bytes: Bytes): Bytes {
  return concatBytes(new Uint8Array(32 - bytes.length), bytes);
}
