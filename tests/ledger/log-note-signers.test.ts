// Whose signatures count on a note: unknown keys are passed over, one bad signature of a known key
// spoils the note, and no bit of signature, time or text can be changed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosign, signText, verifyByNode } from '#ledger/log-signer.ts';
import { utf8 } from '#protocol/bytes.ts';
import { decodeTimestampedSignature, encodeTimestampedSignature } from '#protocol/cosignature.ts';
import { verifyNote } from '#protocol/signed-note-verify.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import { logSigner, strangerSigner, witnessSigner } from './log-lab.ts';

describe('who signed', () => {
  const text = 'a text\n';
  const good = signText(text, logSigner);
  const strange = signText(text, strangerSigner);
  const stamped = cosign(text, witnessSigner, 1_700_000_000);
  const keys = [logSigner.key, witnessSigner.key];
  const judge = (signatures: (typeof good)[]) =>
    verifyNote({ text, signatures }, keys, verifyByNode);

  test('unknown keys are passed over, even of a known name', async () => {
    expect(await judge([strange])).toEqual({ state: 'unknown-key' });
    expect(await judge([])).toEqual({ state: 'unknown-key' });
    // A known id under another name, and its signature even right, is another key's.
    expect(await judge([{ ...good, name: 'other.example' }])).toEqual({ state: 'unknown-key' });
    expect(await judge([strange, good, stamped])).toEqual({
      state: 'verified',
      by: [
        { key: logSigner.key, timestampSeconds: null },
        { key: witnessSigner.key, timestampSeconds: 1_700_000_000 },
      ],
    });
  });

  test('one bad signature of a known key spoils the note', async () => {
    const forged = { ...strange, keyId: good.keyId };
    const bad = { state: 'bad-signature', key: logSigner.key };
    expect(await judge([forged])).toEqual(bad);
    expect(await judge([good, forged])).toEqual(bad);
    const short = { ...good, signature: good.signature.slice(1) };
    expect(await judge([short])).toEqual(bad);
    // The same bytes under the other type: a cosignature is no signature of the text.
    const crossed = { ...stamped, signature: good.signature };
    expect(await judge([crossed])).toEqual({ state: 'bad-signature', key: witnessSigner.key });
  });

  test('no bit of signature, time or text can be changed', async () => {
    const signed = fc.constantFrom(good, stamped);
    const property = fc.asyncProperty(signed, fc.nat(), fc.nat(7), async (one, where, bit) => {
      const signature = one.signature.slice();
      signature[where % signature.length] ^= 1 << bit;
      expect(await judge([{ ...one, signature }])).toMatchObject({ state: 'bad-signature' });
    });
    await fc.assert(property);
    const note = { text: 'A text\n', signatures: [stamped] };
    expect(await verifyNote(note, keys, verifyByNode)).toMatchObject({ state: 'bad-signature' });
  });

  test('a platform without Ed25519 says so, and a key that is no point signs nothing', async () => {
    const note = { text, signatures: [good] };
    const unsupported = () => 'unsupported' as const;
    expect(await verifyNote(note, keys, unsupported)).toEqual({ state: 'unsupported' });
    const publicKey = new Uint8Array(32).fill(0xff);
    const claim = { publicKey, message: utf8(text), signature: good.signature };
    expect(verifyByNode(claim)).toBe('invalid');
    expect(await verifyByWebCrypto(claim)).toBe('invalid');
  });

  test('times are from 1 to 2^53 - 1 seconds', () => {
    const signature = good.signature;
    const largest = { timestampSeconds: Number.MAX_SAFE_INTEGER, signature };
    const bytes = encodeTimestampedSignature(largest);
    expect(decodeTimestampedSignature(bytes)).toEqual(largest);
    expect(decodeTimestampedSignature(bytes.with(1, 0x20))).toBeNull();
    expect(decodeTimestampedSignature(bytes.fill(0, 0, 8))).toBeNull();
    expect(decodeTimestampedSignature(bytes.subarray(1))).toBeNull();
    const zero = { timestampSeconds: 0, signature };
    expect(() => encodeTimestampedSignature(zero)).toThrow('clock');
  });
});
