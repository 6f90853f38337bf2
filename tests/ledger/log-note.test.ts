// Signed notes and the keys that sign them: known answers of C2SP and Go, hostile bytes, and
// every field tampered with.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosign, makeNoteSigner, signText, verifyByNode } from '#ledger/log-signer.ts';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { type Bytes, utf8 } from '#protocol/bytes.ts';
import { formatNote, parseNote } from '#protocol/signed-note.ts';
import { fromBase64, toBase64 } from '#protocol/signed-note-base64.ts';
import {
  formatVerifierKey,
  makeVerifierKey,
  noteTypes,
  parseVerifierKey,
} from '#protocol/signed-note-key.ts';
import { verifyNote } from '#protocol/signed-note-verify.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import { keyFromSeed, logSigner, witnessSigner } from './log-lab.ts';

/** The example of C2SP signed-note, and the one of Go's golang.org/x/mod/sumdb/note. */
const examples = [
  {
    source: 'C2SP',
    key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    text: 'This is an example message.\n',
    line: '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  },
  {
    source: 'Go',
    key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    line: '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
  },
];

/** Of transparency-dev/formats (NewSignerForCosignatureV1), from fixed seeds. */
const cosigned = {
  logKey: 'example.com/vector-log+4516a1da+ARGkVJ4QEa2MOOLGBO6i7NVSJ1FQ97tIX+w+Ku0RZ6Em',
  /** The type, 0x04, and the seed. */
  witnessSecret: 'BJEX3xv88eoQIKT4E+GkxZcXaJCYlQfi/GJ3NDFmZIW8',
  witnessKey: 'witness.example.com/vector+416f103d+BK/QmJFVP3SKJOqAMhFxBQPtylo3sjwWibyFDAlZKK8B',
  text: 'example.com/vector-log\n1234\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n',
  lines:
    '— example.com/vector-log RRah2qlLrSlk6J8DA1HmNewppUM15Quhs5cAIb1KjBsV3otVirJTW8AFVsQtJkTW1Zny7GuoAxZpI6bUPcpM68QOIgE=\n' +
    '— witness.example.com/vector QW8QPQAAAABqwLUbDdj7sDNRIVjmjYgqFI6y4UJhPg/UAA8J8wAdqSd3q4PedRhkgXA4xFN/Jg5uWn7ZkBA+H/UHQs5d9hITdXmQAA==\n',
  timestampSeconds: 1_791_014_171,
};

const verifiers = [
  ['node:crypto', verifyByNode],
  ['WebCrypto', verifyByWebCrypto],
] as const;

describe.each(verifiers)('known answers, by %s', (_, verify) => {
  test.each(examples)('the note of $source', async ({ key, text, line }) => {
    const parsed = parseVerifierKey(key);
    expect(formatVerifierKey(parsed)).toBe(key);
    const note = parseNote(utf8(`${text}\n${line}`));
    expect(note.text).toBe(text);
    expect(await verifyNote(note, [parsed], verify)).toEqual({
      state: 'verified',
      by: [{ key: parsed, timestampSeconds: null }],
    });
    const bent = { ...note, text: text.replace('e', 'E') };
    expect(await verifyNote(bent, [parsed], verify)).toMatchObject({ state: 'bad-signature' });
  });

  test('a checkpoint with a cosignature', async () => {
    const [log, witness] = [cosigned.logKey, cosigned.witnessKey].map(parseVerifierKey);
    expect(witness.type).toBe(noteTypes.cosignature);
    const note = parseNote(utf8(`${cosigned.text}\n${cosigned.lines}`));
    expect(await verifyNote(note, [log, witness], verify)).toEqual({
      state: 'verified',
      by: [
        { key: log, timestampSeconds: null },
        { key: witness, timestampSeconds: cosigned.timestampSeconds },
      ],
    });
    const signature = note.signatures[1].signature.slice();
    signature[7] ^= 1;
    const later = { ...note, signatures: [{ ...note.signatures[1], signature }] };
    expect(await verifyNote(later, [witness], verify)).toMatchObject({ state: 'bad-signature' });
  });
});

test('our cosignature is, byte for byte, that of transparency-dev/formats', () => {
  const { name } = parseVerifierKey(cosigned.witnessKey);
  const seed = fromBase64(cosigned.witnessSecret)?.subarray(1);
  const privateKey = keyFromSeed(seed ?? new Uint8Array());
  const signer = makeNoteSigner(name, noteTypes.cosignature, privateKey);
  expect(formatVerifierKey(signer.key)).toBe(cosigned.witnessKey);
  const signature = cosign(cosigned.text, signer, cosigned.timestampSeconds);
  const note = formatNote({ text: cosigned.text, signatures: [signature] });
  expect(parseNote(note).signatures).toEqual([
    parseNote(utf8(`${cosigned.text}\n${cosigned.lines}`)).signatures[1],
  ]);
});

describe('base64', () => {
  test('has one spelling for each value', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).toEqual(new Uint8Array(bytes));
      }),
    );
    for (const text of [
      'A',
      'AA',
      'AAA',
      'AB==',
      'AAB=',
      'AA= =',
      'A===',
      'AA\n=',
      '====',
      'A-_=',
    ]) {
      expect(fromBase64(text)).toBeNull();
    }
  });
});

describe('keys', () => {
  const [good] = examples;

  test.each([
    ['', 'not a verifier key'],
    ['a+b', 'not a verifier key'],
    [good.key.replace('530d903a', '530d903b'), 'id is 530d903a, not 530d903b'],
    [good.key.replace('foo', 'bar'), "The key's id is"],
    [good.key.replace('+530d', '+530D'), 'not a verifier key'],
    [good.key.slice(0, -4), '32 bytes'],
    [good.key.replace('+Aeky', '+Beky'), 'type 5 is not known'],
    [good.key.replace('foo', 'f oo'), 'no spaces'],
    [good.key.replace('foo', 'f\u0085o'), 'no spaces'],
    [`${good.key}\n`, 'not a verifier key'],
  ])('%j is refused', (text, message) => {
    expect(() => parseVerifierKey(text)).toThrow(message);
  });

  test('one key under two names, or two types, has two ids', () => {
    const { publicKey } = parseVerifierKey(good.key);
    const ids = [
      makeVerifierKey('a', noteTypes.ed25519, publicKey),
      makeVerifierKey('b', noteTypes.ed25519, publicKey),
      makeVerifierKey('a', noteTypes.cosignature, publicKey),
    ].map(({ keyId }) => keyId);
    expect(new Set(ids).size).toBe(3);
    expect(() => makeVerifierKey('x'.repeat(256), 1, publicKey)).toThrow('noteNameBytesMax');
  });

  test('a log key signs no cosignature, a witness key nothing else', () => {
    expect(() => cosign('a\n', logSigner, 1)).toThrow('a log key does not cosign');
    expect(() => signText('a\n', witnessSigner)).toThrow('nothing but cosignatures');
    expect(makeReceiptKey()).not.toBe(makeReceiptKey());
  });
});

const line = examples[0].line;

describe('the form of a note', () => {
  test.each([
    ['no signature', 'text\n', 'no empty line'],
    ['nothing after the empty line', 'text\n\n', 'does not end in a newline'],
    ['no last newline', `text\n\n${line.slice(0, -1)}`, 'does not end in a newline'],
    ['a hyphen for the dash', `text\n\n${line.replace('—', '-')}`, 'not an em dash'],
    ['two spaces', `text\n\n${line.replace(' U', '  U')}`, 'not an em dash'],
    ['no name', 'text\n\n—  AAAAAAA=\n', 'not an em dash'],
    ['a plus in the name', 'text\n\n— a+b AAAAAAA=\n', 'not an em dash'],
    ['a wide space in the name', 'text\n\n— a\u3000b AAAAAAA=\n', 'not an em dash'],
    ['more after the signature', 'text\n\n— a AAAAAAA= b\n', 'not an em dash'],
    ['broken base64', 'text\n\n— a AAAAAA\n', 'is not base64'],
    ['stray bits in the base64', 'text\n\n— a AAAAAAB=\n', 'is not base64'],
    ['four bytes', 'text\n\n— a AAAAAA==\n', 'too short'],
    ['a carriage return', `text\r\n\n${line}`, 'control character at position 4'],
    ['a tab', `a\tb\n\n${line}`, 'control character at position 1'],
    ['a text after the signatures', `text\n\n${line}more\n`, 'not an em dash'],
  ])('%s is refused', (_, note, message) => {
    expect(() => parseNote(utf8(note))).toThrow(message);
  });

  test('bytes that are no UTF-8, and notes above the limits, are refused', () => {
    const bytes = utf8(`text\n\n${line}`);
    expect(() => parseNote(bytes.with(0, 0xff))).toThrow('UTF-8');
    expect(() => parseNote(new Uint8Array((256 << 10) + 1))).toThrow('noteBytesMax (262144)');
    expect(parseNote(utf8(`text\n\n${line.repeat(64)}`)).signatures).toHaveLength(64);
    expect(() => parseNote(utf8(`text\n\n${line.repeat(65)}`))).toThrow('noteSignaturesMax (64)');
  });

  test('the text ends at the last empty line, and may look like signatures', () => {
    const text = `\n\na\n\n${line}`;
    expect(parseNote(utf8(`${text}\n${line}`))).toMatchObject({ text });
    expect(parseNote(utf8(`\ufefftext\n\n${line}`)).text).toBe('\ufefftext\n');
  });

  test('what is written is read back, and what could not be is not written', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const property = fc.property(text, fc.uint8Array({ minLength: 1, maxLength: 80 }), (a, b) => {
      const lines = `${a.replaceAll(/\p{Cc}/gu, '')}\n`;
      const signatures = [{ name: 'é/1', keyId: 0xfffefdfc, signature: new Uint8Array(b) }];
      const bytes = formatNote({ text: lines, signatures });
      expect(parseNote(bytes)).toEqual({ text: lines, signatures });
      expect(formatNote(parseNote(bytes))).toEqual(bytes);
    });
    fc.assert(property);
    const { signatures } = parseNote(utf8(`text\n\n${line}`));
    for (const bad of ['text', 'a\rb\n', '\ud800\n']) {
      expect(() => formatNote({ text: bad, signatures })).toThrow(/note/);
    }
    expect(() => formatNote({ text: 'a\n', signatures: [] })).toThrow('newline');
    const named = [{ ...signatures[0], name: 'a b' }];
    expect(() => formatNote({ text: 'a\n', signatures: named })).toThrow('em dash');
  });

  test('any bytes are a note or a log/note-malformed', () => {
    const near = utf8(`text\n\n${line}`);
    const edits = fc.array(fc.tuple(fc.nat(near.length - 1), fc.nat(255)), { maxLength: 4 });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      edits.map((all) => all.reduce((bent, [at, byte]) => bent.with(at, byte), near as Bytes)),
    );
    const property = fc.property(bytes, (hostile) => {
      let note: ReturnType<typeof parseNote>;
      try {
        note = parseNote(new Uint8Array(hostile));
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'log/note-malformed' });
        return;
      }
      expect(formatNote(note)).toEqual(new Uint8Array(hostile));
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
