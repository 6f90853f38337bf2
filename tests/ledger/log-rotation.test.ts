// Changing the log's key: chains that hold, each way in which one can be broken, and reading
// checkpoints under the key that reigned at their size.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeNoteSigner, type NoteSigner, signRotation, verifyByNode } from '#ledger/log-signer.ts';
import { openCheckpoint, parseCheckpoint } from '#protocol/checkpoint.ts';
import {
  formatRotation,
  headsLieOn,
  keysAt,
  openKeyChain,
  parseRotation,
} from '#protocol/log-rotation.ts';
import { formatNote, parseNote } from '#protocol/signed-note.ts';
import { formatVerifierKey, noteTypes } from '#protocol/signed-note-key.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import {
  keyFromSeed,
  logSigner,
  makeLogOf,
  nextSigner,
  origin,
  strangerSigner,
} from './log-lab.ts';

const thirdSigner = makeNoteSigner(
  origin,
  noteTypes.ed25519,
  keyFromSeed(new Uint8Array(32).fill(9)),
);
const headOf = (size: number) => ({ origin, size, root: makeLogOf(size).root });
const rotate = (size: number, from: NoteSigner, to: NoteSigner) =>
  signRotation(headOf(size), from, to);

const first = { origin, key: logSigner.key };
const open = (notes: readonly Uint8Array[]) => openKeyChain(first, notes, verifyByNode);
const good = rotate(10, logSigner, nextSigner);

async function chainOf(notes: readonly Uint8Array[]) {
  const opened = await open(notes);
  if (opened.state !== 'verified') throw new Error(opened.message);
  return opened.chain;
}

describe('the statement', () => {
  test('has six lines that people can read, and is no checkpoint', () => {
    const { text, signatures } = parseNote(good);
    const keys = [logSigner, nextSigner].map(({ key }) => formatVerifierKey(key));
    const root = Buffer.from(headOf(10).root).toString('base64');
    const lines = ['idlewild-log-rotation/v1', origin, '10', root, ...keys, ''];
    expect(text).toBe(lines.join('\n'));
    expect(signatures).toHaveLength(2);
    expect(() => parseCheckpoint(text)).toThrow();
  });

  const { text } = parseNote(good);

  test('is read as it was written', () => {
    const keys = { oldKey: logSigner.key, newKey: nextSigner.key };
    expect(parseRotation(text)).toEqual({ ...headOf(10), ...keys });
  });

  test.each([
    ['another header', text.replace('/v1', '/v2'), 'six lines'],
    ['a line more', `${text}more\n`, 'six lines'],
    ['no last newline', text.slice(0, -1), 'six lines'],
    ['no origin', text.replace(origin, ''), 'six lines'],
    ['a size of 010', text.replace('\n10\n', '\n010\n'), 'a size and a root'],
    ['a short root', text.replace('=\n', '\n'), 'a size and a root'],
    ['another origin', text.replace(`${origin}\n`, 'a/b\n'), 'its origin as its name'],
    ['a key of another id', text.replace('log+', 'log+0'), 'not a verifier key'],
  ])('with %s is malformed', (_, bent, message) => {
    expect(() => parseRotation(bent)).toThrow(message);
  });

  test('cannot be made between one key and itself, or under another name', () => {
    expect(() => rotate(1, logSigner, logSigner)).toThrow('the same');
    const { privateKey } = nextSigner;
    const named = makeNoteSigner('idlewild.example/other', noteTypes.ed25519, privateKey);
    expect(() => rotate(1, logSigner, named)).toThrow('its origin as its name');
    const witness = makeNoteSigner(origin, noteTypes.cosignature, privateKey);
    const rotation = { ...headOf(1), oldKey: logSigner.key, newKey: witness.key };
    expect(() => formatRotation(rotation)).toThrow('signature type 1');
    expect(() => formatRotation({ ...rotation, newKey: nextSigner.key, size: 0 })).toThrow(
      'another root',
    );
  });
});

describe('a chain', () => {
  test('gives each tree the key that reigned, and both at the change', async () => {
    const chain = await chainOf([good, rotate(20, nextSigner, thirdSigner)]);
    const at = (size: number) => keysAt(chain, size).map(({ keyId }) => keyId);
    const [one, two, three] = [logSigner, nextSigner, thirdSigner].map(({ key }) => key.keyId);
    expect([0, 9, 10, 11, 19, 20, 21].map(at)).toEqual([
      [one],
      [one],
      [one, two],
      [two],
      [two],
      [two, three],
      [three],
    ]);
    expect(keysAt(await chainOf([]), 1e9)).toEqual([logSigner.key]);
  });

  test('ends the reach of a key that was lost', async () => {
    const chain = await chainOf([good]);
    const trust = { origin, keysAt: (size: number) => keysAt(chain, size) };
    const state = async (size: number, signer: NoteSigner) =>
      (await openCheckpoint(makeLogOf(size).checkpoint(signer), trust, verifyByNode)).state;
    expect(await state(10, logSigner)).toBe('verified');
    expect(await state(11, logSigner)).toBe('refused');
    expect(await state(9, nextSigner)).toBe('refused');
    expect(await state(11, nextSigner)).toBe('verified');
  });

  test('lies on the log that the reader sees, or not', async () => {
    const chain = await chainOf([good]);
    const log = makeLogOf(300);
    const tree = await openTileTree(log.reader, { size: 300, root: log.root });
    expect(await headsLieOn(chain, tree)).toBe(true);
    const forked = { ...headOf(10), root: headOf(11).root };
    const other = await chainOf([signRotation(forked, logSigner, nextSigner)]);
    expect(await headsLieOn(other, tree)).toBe(false);
    const ahead = await chainOf([rotate(301, logSigner, nextSigner)]);
    expect(await headsLieOn(ahead, tree)).toBe(false);
  });

  test.each([
    ['of a stranger', () => [rotate(10, strangerSigner, nextSigner)], 'log/unknown-key'],
    ['out of order', () => [rotate(20, nextSigner, thirdSigner), good], 'log/unknown-key'],
    ['going back', () => [good, rotate(9, nextSigner, thirdSigner)], 'log/older'],
    ['twice from one key', () => [good, rotate(12, logSigner, thirdSigner)], 'log/unknown-key'],
    ['of too many', () => Array.from({ length: 65 }, () => good), 'log/too-many-rotations'],
    ['that is no note', () => [new Uint8Array(3)], 'log/note-malformed'],
    ['that is a checkpoint', () => [makeLogOf(1).checkpoint()], 'log/rotation-malformed'],
  ])('%s is refused', async (_, notes, code) => {
    expect(await open(notes())).toMatchObject({ state: 'refused', code });
  });

  test('of another log is refused', async () => {
    const opened = openKeyChain({ ...first, origin: 'a/b' }, [good], verifyByNode);
    expect(await opened).toMatchObject({ code: 'log/wrong-origin' });
  });

  test('signed by one of the keys alone is refused', async () => {
    const { text, signatures } = parseNote(good);
    for (const signature of signatures) {
      const note = formatNote({ text, signatures: [signature] });
      expect(await open([note])).toMatchObject({ code: 'log/bad-signature' });
    }
    const unsupported = () => 'unsupported' as const;
    expect(await openKeyChain(first, [good], unsupported)).toMatchObject({
      code: 'log/unsupported',
    });
  });

  test('with any byte changed is refused', async () => {
    const edit = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
    const property = fc.asyncProperty(edit, async ([at, change]) => {
      const opened = await open([good.with(at, good[at] ^ change)]);
      expect(opened.state).toBe('refused');
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
