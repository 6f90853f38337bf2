// Checkpoints, following a log from one to the next, and proofs that are kept in a file.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cosign, verifyByNode } from '#ledger/log-signer.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '#protocol/checkpoint.ts';
import { compareHeads, followLog, isPossibleHead } from '#protocol/log-follow.ts';
import {
  checkOfflineProof,
  formatOfflineProof,
  parseOfflineProof,
} from '#protocol/log-offline-proof.ts';
import { formatNote, parseNote } from '#protocol/signed-note.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import {
  entryAt,
  makeLabLog,
  makeLogOf,
  nextSigner,
  origin,
  strangerSigner,
  trust,
  witnessSigner,
} from './log-lab.ts';

/** The example of C2SP tlog-checkpoint. */
const example =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

describe('the text', () => {
  test("is read and written: C2SP's example", () => {
    const checkpoint = parseCheckpoint(example);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(toHex(checkpoint.root)).toMatch(/^0ac5186a.*ab62$/);
    expect(checkpoint.extensions).toEqual([]);
    expect(formatCheckpoint(checkpoint)).toBe(example);
    const extended = `${example}a line\n`;
    expect(formatCheckpoint(parseCheckpoint(extended))).toBe(extended);
  });

  test.each([
    ['no newline at its end', example.slice(0, -1), 'ends in a newline'],
    ['two lines', 'a\n1\n', 'an origin, a size and a root'],
    ['an empty origin', example.replace('example.com/behind-the-sofa', ''), 'no empty line'],
    ['an empty extension', `${example}\n`, 'no empty line'],
    ['a leading zero', example.replace('2085', '02085'), 'plain decimal'],
    ['a sign', example.replace('2085', '+2085'), 'plain decimal'],
    ['a space', example.replace('2163', '2163 '), 'plain decimal'],
    ['2^53 leaves', example.replace('20852163', '9007199254740992'), 'plain decimal'],
    ['2^64 leaves', example.replace('20852163', '18446744073709551616'), 'plain decimal'],
    ['digits of another script', example.replace('20852163', '٣'), 'plain decimal'],
    ['a root without padding', example.replace('q2I=', 'q2I'), '32 bytes of base64'],
    ['a root of 31 bytes', example.replace('CsUY', '').replace('q2I=', 'q2Iw'), '32 bytes'],
    ['stray bits in the root', example.replace('q2I=', 'q2J='), '32 bytes of base64'],
    ['too many lines', example + 'x\n'.repeat(62), 'checkpointLinesMax (64)'],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseCheckpoint(text)).toThrow(message);
  });

  test('is not written in a form that would read differently', () => {
    const checkpoint = parseCheckpoint(example);
    expect(() => formatCheckpoint({ ...checkpoint, origin: 'a\nb' })).toThrow();
    expect(() => formatCheckpoint({ ...checkpoint, size: 1.5 })).toThrow();
    expect(() => formatCheckpoint({ ...checkpoint, extensions: ['a\nb'] })).toThrow('reads back');
    expect(() => formatCheckpoint({ ...checkpoint, root: new Uint8Array(31) })).toThrow();
  });
});

describe('opening', () => {
  const log = makeLogOf(5);
  const open = (bytes: Uint8Array, more = {}) =>
    openCheckpoint(bytes, { ...trust, ...more }, verifyByNode);

  test('gives the head, and who cosigned', async () => {
    const note = parseNote(log.checkpoint());
    const signatures = [...note.signatures, cosign(note.text, witnessSigner, 1_700_000_000)];
    const bytes = formatNote({ text: note.text, signatures });
    const opened = await open(bytes, { witnesses: [witnessSigner.key] });
    expect(opened).toMatchObject({
      state: 'verified',
      checkpoint: { origin, size: 5, root: log.root },
      cosignedBy: [{ key: { name: 'witness.example/w1' }, timestampSeconds: 1_700_000_000 }],
    });
    expect(await open(bytes)).toMatchObject({ state: 'verified', cosignedBy: [] });
  });

  test('names what is wrong', async () => {
    const bytes = log.checkpoint();
    const other = { origin: 'idlewild.example/other' };
    expect(await open(bytes, other)).toMatchObject({ code: 'log/wrong-origin' });
    expect(await open(utf8('nothing'))).toMatchObject({ code: 'log/note-malformed' });
    const text = utf8(new TextDecoder().decode(bytes).replace('\n5\n', '\n05\n'));
    expect(await open(text)).toMatchObject({ code: 'log/checkpoint-malformed' });
    const bent = utf8(new TextDecoder().decode(bytes).replace('\n5\n', '\n6\n'));
    expect(await open(bent)).toMatchObject({ code: 'log/bad-signature' });
    const strange = log.checkpoint(strangerSigner);
    expect(await open(strange)).toMatchObject({ code: 'log/unknown-key' });
    const unsupported = () => 'unsupported' as const;
    expect(await openCheckpoint(bytes, trust, unsupported)).toMatchObject({
      code: 'log/unsupported',
    });
  });

  test('a witness alone does not make a checkpoint', async () => {
    const { text } = parseNote(log.checkpoint());
    const bytes = formatNote({ text, signatures: [cosign(text, witnessSigner, 1)] });
    const opened = await open(bytes, { witnesses: [witnessSigner.key] });
    expect(opened).toMatchObject({ state: 'refused', code: 'log/unknown-key' });
  });
});

describe('following', () => {
  const grow = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => entryAt(from + i));

  async function follow(remembered: Uint8Array | null, log: ReturnType<typeof makeLabLog>) {
    const head = { size: log.edge.size, root: log.root };
    const tree = await openTileTree(log.reader, head);
    const latest = log.checkpoint();
    return followLog({
      remembered,
      latest,
      trust,
      verify: verifyByNode,
      prove: tree.consistencyProof,
    });
  }

  test('an honest log is followed from the first visit on, and remembered', async () => {
    const log = makeLabLog();
    let remembered: Uint8Array | null = null;
    for (const size of [0, 0, 1, 1, 255, 256, 300, 1000]) {
      log.append(grow(log.edge.size, size));
      const followed = await follow(remembered, log);
      expect(followed).toMatchObject({ state: 'trusted', checkpoint: { size } });
      if (followed.state === 'trusted') remembered = followed.remember;
      expect(remembered).toEqual(log.checkpoint());
    }
  });

  test('a fork of the same size is evidence', async () => {
    const log = makeLogOf(300);
    const fork = makeLabLog([...grow(0, 299), utf8('another last entry')]);
    const followed = await follow(log.checkpoint(), fork);
    expect(followed).toMatchObject({ code: 'log/forked' });
    if (followed.state !== 'refused') throw new Error('it must be refused');
    expect(followed.evidence).toEqual([log.checkpoint(), fork.checkpoint()]);
  });

  test.each([
    ['changed', [entryAt(0), utf8('changed'), ...grow(2, 400)]],
    ['removed', [entryAt(0), ...grow(2, 401)]],
    ['reordered', [entryAt(1), entryAt(0), ...grow(2, 400)]],
  ])('a longer log with an entry %s is found out', async (_, entries) => {
    const followed = await follow(makeLogOf(300).checkpoint(), makeLabLog(entries));
    expect(followed).toMatchObject({ state: 'refused', code: 'log/unproven' });
  });

  test('a smaller tree is not believed, and is no evidence', async () => {
    const followed = await follow(makeLogOf(300).checkpoint(), makeLogOf(299));
    expect(followed).toMatchObject({ code: 'log/older', evidence: null });
  });

  test('an impossible empty tree, a stranger, and the memory of another log', async () => {
    const [log, none] = [makeLabLog(), makeLabLog()];
    none.root = makeLogOf(1).root;
    expect(isPossibleHead({ size: 0, root: log.root })).toBe(true);
    const options = { trust, verify: verifyByNode, prove: () => Promise.resolve([]) };
    const first = { ...options, remembered: null };
    expect(await followLog({ ...first, latest: none.checkpoint() })).toMatchObject({
      code: 'log/forked',
    });
    expect(await followLog({ ...first, latest: log.checkpoint(nextSigner) })).toMatchObject({
      code: 'log/unknown-key',
    });
    const other = { origin: 'idlewild.example/other', keysAt: trust.keysAt };
    const latest = utf8(new TextDecoder().decode(log.checkpoint()));
    const followed = followLog({ ...options, trust: other, remembered: latest, latest });
    expect(await followed).toMatchObject({ code: 'log/wrong-origin' });
  });

  test('heads compare as sizes and roots say', () => {
    const [small, large] = [makeLogOf(2), makeLogOf(3)];
    const head = ({ edge, root }: typeof small) => ({ size: edge.size, root });
    expect(compareHeads(head(small), head(small), [])).toBe('same');
    expect(compareHeads(head(large), head(small), [])).toBe('older');
    expect(compareHeads(head(small), head(large), [])).toBe('unproven');
    expect(compareHeads(head(makeLabLog()), head(large), [])).toBe('grown');
    const impossible = { size: 0, root: large.root };
    expect(compareHeads(head(makeLabLog()), impossible, [])).toBe('forked');
    expect(compareHeads(head(small), impossible, [])).toBe('forked');
  });
});

describe('a proof in a file', () => {
  const log = makeLogOf(700);

  async function prove(index: number, extra: Uint8Array | null = null) {
    const tree = await openTileTree(log.reader, { size: 700, root: log.root });
    const proof = await tree.inclusionProof(index);
    return { extra, index, proof, checkpoint: log.checkpoint() };
  }

  const check = (entry: Uint8Array, bytes: Uint8Array) =>
    checkOfflineProof({ entry, proof: parseOfflineProof(bytes) }, trust, verifyByNode);

  test('has the form of tlog-proof, and proves its entry alone', async () => {
    for (const index of [0, 1, 255, 256, 511, 699]) {
      const bytes = formatOfflineProof(await prove(index));
      const text = new TextDecoder().decode(bytes);
      expect(text.startsWith(`c2sp.org/tlog-proof@v1\nindex ${index}\n`)).toBe(true);
      expect(text.endsWith(`\n\n${new TextDecoder().decode(log.checkpoint())}`)).toBe(true);
      expect(await check(entryAt(index), bytes)).toMatchObject({ state: 'verified' });
      const refused = { state: 'refused', code: 'log/not-included' };
      expect(await check(entryAt(index + 1), bytes)).toMatchObject(refused);
    }
  });

  test('carries extra data, and is read as it was written', async () => {
    const proof = await prove(3, new Uint8Array([1, 2, 3]));
    const bytes = formatOfflineProof(proof);
    expect(new TextDecoder().decode(bytes)).toContain('@v1\nextra AQID\nindex 3\n');
    expect(parseOfflineProof(bytes)).toEqual(proof);
    const alone = { extra: null, index: 0, proof: [], checkpoint: makeLogOf(1).checkpoint() };
    expect(parseOfflineProof(formatOfflineProof(alone))).toEqual(alone);
  });

  test('with any byte changed proves nothing', async () => {
    const sound = formatOfflineProof(await prove(3));
    const edit = fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }));
    const property = fc.asyncProperty(edit, async ([at, change]) => {
      const bent = sound.with(at, sound[at] ^ change);
      let verdict: { state: string };
      try {
        verdict = await check(entryAt(3), bent);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'log/proof-malformed' });
        return;
      }
      expect(verdict.state).toBe('refused');
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test.each([
    ['no header', 'index 0\n\n', 'does not begin'],
    ['no empty line', 'c2sp.org/tlog-proof@v1\nindex 0\n', 'no empty line'],
    ['no index', 'c2sp.org/tlog-proof@v1\n\n', 'no index'],
    ['index 01', 'c2sp.org/tlog-proof@v1\nindex 01\n\n', 'no index'],
    ['broken extra', 'c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n', 'extra data'],
    ['a short hash', 'c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n', '32 bytes'],
    [
      'too many hashes',
      `c2sp.org/tlog-proof@v1\nindex 0\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n`,
      'proofHashesMax (63)',
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseOfflineProof(utf8(text))).toThrow(message);
  });
});
