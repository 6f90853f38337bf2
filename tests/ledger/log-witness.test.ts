// The witness's step: each answer of C2SP tlog-witness, and that a cosignature is given for a log
// that only grows, and for no other.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyByNode } from '#ledger/log-signer.ts';
import { answerAddCheckpoint, type WitnessedLog } from '#ledger/log-witness.ts';
import { concatBytes, utf8 } from '#protocol/bytes.ts';
import { openCheckpoint } from '#protocol/checkpoint.ts';
import { formatCosignRequest, parseCosignRequest } from '#protocol/cosign-request.ts';
import { parseSignatureLines } from '#protocol/signed-note.ts';
import { openTileTree } from '#protocol/tile-reader.ts';
import {
  entryAt,
  type LabLog,
  logSigner,
  makeLabLog,
  makeLogOf,
  nextSigner,
  origin,
  strangerSigner,
  trust,
  witnessSigner,
} from './log-lab.ts';

const nowSeconds = 1_760_000_000;

/** A witness in memory, with the one log that it knows. */
function makeWitness(keys = [logSigner.key]) {
  const log: WitnessedLog = { keysAt: () => keys, last: null };
  const findLog = (name: string) => (name === origin ? log : null);
  return {
    log,
    async add(body: Uint8Array) {
      const answer = await answerAddCheckpoint(body, {
        findLog,
        signer: witnessSigner,
        nowSeconds,
      });
      if (answer.status === 200) log.last = answer.checkpoint;
      return answer;
    },
  };
}

async function requestFor(log: LabLog, oldSize: number, checkpoint = log.checkpoint()) {
  const tree = await openTileTree(log.reader, { size: log.edge.size, root: log.root });
  const proof = oldSize > log.edge.size ? [] : await tree.consistencyProof(oldSize);
  return formatCosignRequest({ oldSize, proof, checkpoint });
}

describe('the request', () => {
  /** The example of C2SP tlog-witness. */
  const example = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;

  test("is read and written: C2SP's example", () => {
    const request = parseCosignRequest(utf8(example));
    expect(request).toMatchObject({ oldSize: 20_852_014, proof: { length: 4 } });
    expect(formatCosignRequest(request)).toEqual(utf8(example));
  });

  test.each([
    ['no old size', '\n\nx', 'not `old` and a size'],
    ['a leading zero', 'old 01\n\nx', 'not `old` and a size'],
    ['no empty line', 'old 1\n', 'no empty line'],
    ['a short hash', 'old 1\nAAAA\n\nx', '32 bytes'],
    ['64 hashes', `old 1\n${`${'A'.repeat(43)}=\n`.repeat(64)}\nx`, 'proofHashesMax (63)'],
  ])('with %s is a bad request', async (_, text, message) => {
    expect(() => parseCosignRequest(utf8(text))).toThrow(message);
    expect(await makeWitness().add(utf8(text))).toMatchObject({
      status: 400,
      code: 'witness/malformed',
    });
  });

  test('too large is refused unread', () => {
    expect(() => parseCosignRequest(new Uint8Array((512 << 10) + 1))).toThrow('noteBytesMax');
  });

  test('any bytes get an answer', async () => {
    const sound = await requestFor(makeLogOf(3), 0);
    const edit = fc.tuple(fc.nat(sound.length - 1), fc.nat(255));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((hostile) => new Uint8Array(hostile)),
      edit.map(([at, byte]) => sound.with(at, byte)),
    );
    const property = fc.asyncProperty(bytes, async (body) => {
      const answer = await makeWitness().add(body);
      const unchanged = Buffer.from(body).equals(sound);
      expect(answer.status === 200).toBe(unchanged);
      expect([200, 400, 403, 404, 409, 422]).toContain(answer.status);
    });
    await fc.assert(property, { numRuns: 500 });
  });
});

describe('the answer', () => {
  test('200: a log that grows is cosigned, step by step', async () => {
    const witness = makeWitness();
    const log = makeLabLog();
    let oldSize = 0;
    for (const size of [0, 1, 1, 256, 300]) {
      log.append(Array.from({ length: size - log.edge.size }, (_, i) => entryAt(oldSize + i)));
      const answer = await witness.add(await requestFor(log, oldSize));
      if (answer.status !== 200) throw new Error(answer.body);
      expect(parseSignatureLines(answer.body)).toHaveLength(1);
      const witnesses = [witnessSigner.key];
      const concatenated = concatBytes(log.checkpoint(), utf8(answer.body));
      expect(answer.note).toEqual(concatenated);
      expect(
        await openCheckpoint(answer.note, { ...trust, witnesses }, verifyByNode),
      ).toMatchObject({
        state: 'verified',
        checkpoint: { size },
        cosignedBy: [{ timestampSeconds: nowSeconds }],
      });
      oldSize = size;
    }
  });

  test("strangers' signatures are not passed on", async () => {
    const log = makeLogOf(3);
    const line = new TextDecoder().decode(log.checkpoint(strangerSigner)).split('\n\n')[1];
    const checkpoint = concatBytes(log.checkpoint(), utf8(line));
    const answer = await makeWitness().add(await requestFor(log, 0, checkpoint));
    expect(answer).toMatchObject({ status: 200 });
    if (answer.status === 200) expect(new TextDecoder().decode(answer.note)).not.toContain(line);
  });

  test('404: an origin that it does not know', async () => {
    const options = { findLog: () => null, signer: witnessSigner, nowSeconds };
    const answer = await answerAddCheckpoint(await requestFor(makeLogOf(1), 0), options);
    expect(answer).toMatchObject({ status: 404, code: 'witness/unknown-origin' });
  });

  test('403: no known key, or a known key with a bad signature', async () => {
    const log = makeLogOf(3);
    const strange = await requestFor(log, 0, log.checkpoint(strangerSigner));
    const unknown = { status: 403, code: 'witness/unknown-key', evidence: null };
    expect(await makeWitness().add(strange)).toMatchObject(unknown);
    const bent = utf8(new TextDecoder().decode(log.checkpoint()).replace('\n3\n', '\n4\n'));
    expect(await makeWitness().add(await requestFor(log, 0, bent))).toMatchObject({
      status: 403,
      code: 'witness/bad-signature',
    });
    const both = makeWitness([logSigner.key, nextSigner.key]);
    const rotated = await requestFor(log, 0, log.checkpoint(nextSigner));
    expect(await both.add(rotated)).toMatchObject({ status: 200 });
  });

  test('400: an old size above the checkpoint', async () => {
    const answer = await makeWitness().add(await requestFor(makeLogOf(3), 4));
    expect(answer).toMatchObject({ status: 400, code: 'witness/older' });
  });

  test('409: another old size than the last one, which the answer names', async () => {
    const witness = makeWitness();
    const log = makeLogOf(5);
    const stale = { status: 409, code: 'witness/stale', contentType: 'text/x.tlog.size' };
    expect(await witness.add(await requestFor(log, 2))).toMatchObject({ ...stale, body: '0\n' });
    await witness.add(await requestFor(log, 0));
    log.append([entryAt(5)]);
    expect(await witness.add(await requestFor(log, 0))).toMatchObject({ ...stale, body: '5\n' });
    expect(await witness.add(await requestFor(log, 6))).toMatchObject({ ...stale, body: '5\n' });
    expect(witness.log.last?.size).toBe(5);
    expect(await witness.add(await requestFor(log, 5))).toMatchObject({ status: 200 });
  });

  test('422: a fork of the same size, kept as evidence', async () => {
    const witness = makeWitness();
    await witness.add(await requestFor(makeLogOf(2), 0));
    const fork = makeLabLog([entryAt(0), utf8('another')]);
    const answer = await witness.add(await requestFor(fork, 2));
    const forked = { status: 422, code: 'witness/forked', evidence: fork.checkpoint() };
    expect(answer).toMatchObject(forked);
    expect(witness.log.last?.root).toEqual(makeLogOf(2).root);
  });

  test('422: a tree that does not continue the last one, or a proof that does not hold', async () => {
    const witness = makeWitness();
    const log = makeLogOf(300);
    await witness.add(await requestFor(log, 0));
    const fork = makeLabLog([utf8('another'), ...makeLogOf(400).entries.slice(1)]);
    const inconsistent = { status: 422, code: 'witness/inconsistent' };
    expect(await witness.add(await requestFor(fork, 300))).toMatchObject({
      ...inconsistent,
      evidence: fork.checkpoint(),
    });
    const checkpoint = makeLogOf(301).checkpoint();
    const bare = formatCosignRequest({ oldSize: 300, proof: [], checkpoint });
    expect(await witness.add(bare)).toMatchObject(inconsistent);
    const proof = [new Uint8Array(32)];
    const same = formatCosignRequest({ oldSize: 300, proof, checkpoint: log.checkpoint() });
    expect(await witness.add(same)).toMatchObject(inconsistent);
    const first = formatCosignRequest({ oldSize: 0, proof, checkpoint });
    expect(await makeWitness().add(first)).toMatchObject(inconsistent);
    expect(witness.log.last?.size).toBe(300);
  });

  test('422: an empty tree with the root of another', async () => {
    const none = makeLabLog();
    none.root = makeLogOf(1).root;
    const body = formatCosignRequest({ oldSize: 0, proof: [], checkpoint: none.checkpoint() });
    const empty = { status: 422, code: 'witness/empty-root' };
    expect(await makeWitness().add(body)).toMatchObject(empty);
  });
});
