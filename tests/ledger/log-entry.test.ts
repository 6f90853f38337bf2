// Leaves: an open receipt is its own, a private one shows what sums need and nothing of its input,
// a change of key is there for all to see.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signRotation } from '#ledger/log-signer.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import {
  commitmentOf,
  decodeLogEntry,
  openEntry,
  rotationEntry,
  type SealedReceipt,
  sealedEntry,
  unseals,
} from '#protocol/log-entry.ts';
import { sha256 } from '#sha256';
import { logSigner, makeLogOf, nextSigner, origin } from './log-lab.ts';

const digest = (seed: number) => sha256(new Uint8Array([seed]));
const salt = digest(7);

const fields = {
  kind: 'credited',
  wire: 1,
  arithmetic: 'idlewild-exact/1',
  batch: 'batch_1',
  unit: digest(1),
  model: digest(2),
  digest: digest(3),
  account: '0x00000000000000000000000000000000000000aa',
  cost: 5_000_000,
  credit: 5,
  payer: 'project:p:spent',
  code: 'verdict/confirmed',
  confirmedBy: ['coordinator'],
  grant: { account: '0x1', sessionKey: digest(4) },
  walletSignature: digest(5),
  result: { payload: digest(6), signature: digest(6) },
};
const payload = encodeCbor(fields);
const shown = {
  of: 'credited',
  batch: 'batch_1',
  account: fields.account,
  payer: fields.payer,
  credit: 5,
};

describe('a leaf', () => {
  test('of an open receipt is its payload', () => {
    expect(openEntry(payload)).toEqual(payload);
    expect(decodeLogEntry(payload)).toEqual({ kind: 'receipt', ...shown });
    for (const kind of ['voided', 'paid']) {
      const entry = encodeCbor({ ...fields, kind, credit: -5 });
      expect(decodeLogEntry(entry)).toMatchObject({ kind: 'receipt', of: kind, credit: -5 });
    }
  });

  test('of a private one shows its posting and a commitment, and nothing of the work', () => {
    const entry = sealedEntry(payload, salt);
    const sealed = decodeLogEntry(entry);
    const commitment = commitmentOf(payload, salt);
    expect(sealed).toEqual({ kind: 'sealed', ...shown, commitment });
    expect(toHex(commitment)).toBe(
      toHex(sha256(utf8('idlewild-receipt-commitment/v1\n'), salt, payload)),
    );
    for (const secret of [fields.unit, fields.digest, fields.model, fields.result.payload]) {
      expect(toHex(entry)).not.toContain(toHex(secret));
    }
    expect(entry.length).toBeLessThan(250);
  });

  test('of a change of key holds its note', () => {
    const log = makeLogOf(2);
    const note = signRotation({ origin, size: 2, root: log.root }, logSigner, nextSigner);
    expect(decodeLogEntry(rotationEntry(note))).toEqual({ kind: 'rotation', note });
  });

  test('above logEntryBytesMax is none', () => {
    expect(() => openEntry(new Uint8Array(65_536))).toThrow('logEntryBytesMax (65535)');
    expect(() => rotationEntry(new Uint8Array(65_530))).toThrow('logEntryBytesMax');
    expect(() => decodeLogEntry(new Uint8Array(65_536))).toThrow('logEntryBytesMax');
  });
});

describe('a sealed leaf', () => {
  const sealed = decodeLogEntry(sealedEntry(payload, salt)) as SealedReceipt;

  test('is opened by its receipt and its salt, and by nothing else', () => {
    expect(unseals(sealed, payload, salt)).toBe(true);
    expect(unseals(sealed, payload, digest(8))).toBe(false);
    expect(unseals(sealed, payload, salt.subarray(1))).toBe(false);
    expect(unseals(sealed, encodeCbor({ ...fields, digest: digest(9) }), salt)).toBe(false);
    expect(() => sealedEntry(sealedEntry(payload, salt), salt)).toThrow('`kind`');
    expect(() => sealedEntry(payload, salt.subarray(1))).toThrow('32 bytes');
  });

  test.each([
    ['of', 'voided'],
    ['payer', 'project:q:spent'],
    ['batch', 'batch_2'],
    ['account', '0x2'],
    ['credit', 6],
  ])('that shows another %s is not its receipt', (field, value) => {
    const bent = decodeLogEntry(encodeCbor({ ...sealed, [field]: value })) as SealedReceipt;
    expect(unseals(bent, payload, salt)).toBe(false);
  });

  test.each([
    ['of', 'lost'],
    ['payer', null],
    ['payer', 'x'.repeat(256)],
    ['batch', 3],
    ['batch', 'x'.repeat(256)],
    ['account', null],
    ['account', 'x'.repeat(256)],
    ['credit', '5'],
    ['credit', 2 ** 53],
    ['commitment', new Uint8Array(31)],
    ['kind', 'salted'],
    ['more', 1],
  ])('with %s %s is malformed', (field, value) => {
    const bent = encodeCbor({ ...sealed, [field]: value });
    expect(() => decodeLogEntry(bent)).toThrow(/field/);
  });
});

test('any bytes are an entry in its one form, or refused with a code', () => {
  const sound = sealedEntry(payload, salt);
  const edit = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((hostile) => new Uint8Array(hostile)),
    edit.map(([at, byte]) => sound.with(at, byte)),
  );
  const property = fc.property(bytes, (hostile) => {
    let entry: ReturnType<typeof decodeLogEntry>;
    try {
      entry = decodeLogEntry(hostile);
    } catch (thrown) {
      expect((thrown as { code: string }).code).toMatch(/^(cbor|log\/entry)-?\/?malformed$/);
      return;
    }
    if (entry.kind === 'sealed') expect(encodeCbor({ ...entry })).toEqual(hostile);
  });
  fc.assert(property, { numRuns: 2000 });
});

test.each([[[]], [null], [1], ['text'], [{}], [{ kind: 'rotation', note: 'text' }]])(
  '%j is no entry',
  (value) => {
    expect(() => decodeLogEntry(encodeCbor(value))).toThrow(/field/);
  },
);
