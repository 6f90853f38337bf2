// The log as a stranger sees it over HTTP: every receipt has its leaf and its proof, what is private
// stays so, tiles are C2SP's, a key can change hands, and odd paths are refused.
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyByNode } from '#ledger/log-signer.ts';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { verifyReceipt } from '#ledger/verify-receipt.ts';
import { toHex } from '#protocol/bytes.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import { decodeLogEntry, type SealedReceipt, unseals } from '#protocol/log-entry.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { checkOfflineProof, parseOfflineProof } from '#protocol/log-offline-proof.ts';
import { leafHash } from '#protocol/merkle.ts';
import { verifyConsistency, verifyInclusion } from '#protocol/merkle-verify.ts';
import { unitDigest } from '#protocol/unit.ts';
import { createVisitor } from './log-visitor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
let visitor: ReturnType<typeof createVisitor>;
beforeAll(async () => {
  site = await startTestSite();
  visitor = createVisitor(site);
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`${i}`, text));

/** A batch of one unit, computed by two strangers. @returns the ids of its receipts */
async function finishBatch(change: object) {
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const id = await site.submit(lines(3), site.apiKey, change);
  await alice.turn();
  await bob.turn();
  await site.coordinator.settle();
  const batch = await site.batch(id);
  const [line] = await site.lines(batch.output_file_id);
  return { id, batch, receipts: line.x_receipts as string[] };
}

// biome-ignore lint/suspicious/noExplicitAny: checked field by field
const decode = (bytes: Uint8Array) => decodeCbor(new Uint8Array(bytes)) as any;

async function readReceipt(id: string, key?: string) {
  const { raw, status } = await site.get(`/v1/receipts/${id}`, key);
  expect(status).toBe(200);
  return decode(raw);
}

test('is signed before it has a leaf', async () => {
  const { checkpoint } = await visitor.openLog();
  expect(checkpoint.size).toBe(0);
  expect(checkpoint.origin).toMatch(/^[0-9a-f]{16}\.localhost\/v1\/log$/);
  expect((await site.get('/v1/coordinator')).json.log).toBe(checkpoint.origin);
});

describe('a receipt', () => {
  test('of a private batch is a commitment, and shown to few', async () => {
    const { batch, receipts } = await finishBatch({});
    expect(batch.x_open).toBe(false);
    const { tree } = await visitor.openLog();
    const [id] = receipts;
    const { payload, salt, log } = await readReceipt(id);
    const entries = await tree.entries(0);
    const sealed = decodeLogEntry(entries[log.index]) as SealedReceipt;
    expect(sealed.kind).toBe('sealed');
    expect(unseals(sealed, payload, salt)).toBe(true);
    expect(toHex(entries[log.index])).not.toContain(toHex(decode(payload).digest));
    const claim = { index: log.index, size: tree.size, proof: log.proof, root: tree.root };
    expect(verifyInclusion({ hash: leafHash(entries[log.index]), ...claim })).toBe(true);

    expect((await visitor.fetchPath(`/v1/receipts/${id}`)).statusCode).toBe(401);
    expect((await visitor.fetchPath(`/v1/receipts/${id}/input`)).statusCode).toBe(401);
    expect((await visitor.fetchPath(`/v1/receipts/${id}?lease=lease_x`)).statusCode).toBe(401);
    const { lease } = decode(decode(payload).result.payload);
    const shown = await visitor.fetchPath(`/v1/receipts/${id}?lease=${lease}`);
    expect(shown.statusCode).toBe(200);
    expect(shown.headers['cache-control']).toContain('private');
  });

  test('of an open batch is its own leaf, for anyone, with its unit', async () => {
    const { batch, receipts } = await finishBatch({ x_open: true });
    expect(batch.x_open).toBe(true);
    const { tree } = await visitor.openLog();
    const trust = await visitor.trust();
    for (const id of receipts) {
      const answer = await visitor.fetchPath(`/v1/receipts/${id}`);
      const receipt = decode(answer.rawPayload);
      const { payload } = await verifyReceipt(receipt, site.coordinator.receiptKey);
      expect(receipt.salt).toBeNull();
      expect((await tree.entries(0))[receipt.log.index]).toEqual(new Uint8Array(receipt.payload));
      const file = await visitor.fetchPath(`/v1/receipts/${id}/proof`);
      const proof = parseOfflineProof(new Uint8Array(file.rawPayload));
      const entry = new Uint8Array(receipt.payload);
      expect(await checkOfflineProof({ entry, proof }, trust, verifyByNode)).toMatchObject({
        state: 'verified',
      });
      const input = await visitor.fetchPath(`/v1/receipts/${id}/input`);
      expect(unitDigest(new Uint8Array(input.rawPayload))).toEqual(payload.unit);
    }
    const json = await visitor.fetchPath(`/v1/receipts/${receipts[0]}`, {
      accept: 'application/json',
    });
    expect(json.json()).toMatchObject({ payload: { kind: 'credited' }, log: { state: 'logged' } });
    expect(json.json().log.checkpoint).toContain(trust.origin);
  });

  test('waits for the sequencer no longer than logMs, and says so', async () => {
    const [alice, bob] = [await site.contributor(), await site.contributor()];
    await site.submit(lines(3), site.apiKey, { x_open: true });
    await alice.turn();
    // Both results and their receipts are there; the clock stands still, so no tree is signed.
    const { answer } = await bob.turn();
    const id = answer?.verdicts[0].receipt ?? '';
    expect(await readReceipt(id)).toMatchObject({ log: { state: 'waiting' } });
    const proof = await visitor.fetchPath(`/v1/receipts/${id}/proof`);
    expect([proof.statusCode, proof.headers['retry-after']]).toEqual([404, '1']);
    await site.coordinator.settle();
    expect(await readReceipt(id)).toMatchObject({ log: { state: 'logged' } });
  });

  test('that does not exist, or is badly named, is refused', async () => {
    const none = await visitor.fetchPath(`/v1/receipts/${'0'.repeat(64)}`);
    expect(none.statusCode).toBe(404);
    expect((await visitor.fetchPath('/v1/receipts/none')).statusCode).toBe(400);
    const batch = await site.post('/v1/batches', { x_open: 'yes' });
    expect(batch.status).toBe(400);
  });
});

test('grows by appending: an older tree is proved to lie in the newer one', async () => {
  const { checkpoint: older } = await visitor.openLog();
  await finishBatch({});
  const { checkpoint: newer, tree } = await visitor.openLog();
  expect(newer.size).toBeGreaterThan(older.size);
  const proof = await tree.consistencyProof(older.size);
  const claim = { size1: older.size, root1: older.root, size2: newer.size, root2: newer.root };
  expect(verifyConsistency({ ...claim, proof })).toBe(true);
  expect(await tree.rootAt(older.size)).toEqual(older.root);
  // A partial tile that was signed once is served for ever.
  const tile = await visitor.fetchPath(`/v1/log/tile/0/000.p/${older.size}`);
  expect(tile.rawPayload.length).toBe(32 * older.size);
  expect(tile.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'access-control-allow-origin': '*',
  });
});

test('shows the postings of every group, which its receipts add up to', async () => {
  const { tree } = await visitor.openLog();
  const { groups } = (await visitor.fetchPath(`/v1/log/postings/0/${tree.size}`)).json();
  const entries = (await tree.entries(0)).map(decodeLogEntry);
  let next = 0;
  for (const { first, count, postings } of groups) {
    expect(first).toBe(next);
    next += count;
    const sums = new Map<string, number>();
    const add = (account: string, amount: number) =>
      sums.set(account, (sums.get(account) ?? 0) + amount);
    for (const entry of entries.slice(first, next)) {
      if (entry.kind === 'rotation') continue;
      add(entry.payer, -entry.credit);
      add(`contributor:${entry.account.toLowerCase()}:earned`, entry.credit);
    }
    const posted = new Map<string, number>();
    for (const { account, amount } of postings) posted.set(account, amount);
    expect(posted).toEqual(sums);
  }
  expect(next).toBe(tree.size);
});

test('refuses what it has not, whatever the path', async () => {
  const { tree } = await visitor.openLog();
  const wrong = [
    `tile/0/000.p/${tree.size + 1}`,
    'tile/0/000',
    'tile/0/001.p/1',
    'tile/1/000.p/1',
    'tile/0/0',
    'tile/00/000.p/1',
    'tile/entries/000',
    'tile/data/000.p/1',
    'tile/63/x999/x999/x999/x999/x999/999',
    'tile/..%2f..%2flog-key.pem',
    'postings/0/0',
    `postings/0/${tree.size + 1}`,
    'postings/00/1',
    'postings/-1/1',
    'postings/0/257',
    'postings/9007199254740990/9007199254740991',
    'nothing',
  ];
  for (const path of wrong) {
    const { statusCode } = await visitor.fetchPath(`/v1/log/${path}`);
    expect([path, statusCode]).toEqual([path, 404]);
  }
  const part = fc.oneof(
    fc.constantFrom('tile', 'entries', 'postings', 'checkpoint', '0', '000.p', 'x000', '%00', '1'),
    fc.webSegment(),
    fc.nat(300).map(String),
  );
  const property = fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
    const { statusCode } = await visitor.fetchPath(`/v1/log/${parts.join('/')}`);
    expect([200, 400, 404, 414]).toContain(statusCode);
  });
  await fc.assert(property, { numRuns: 150 });
});

test.each([
  ['logCallsPerMinuteMax', '/v1/log/tile/x', '192.0.2.1'],
  ['logBundlesPerMinuteMax', '/v1/log/tile/entries/009', '192.0.2.2'],
] as const)('%s stops one address that asks too often', async (name, url, remoteAddress) => {
  const call = () => site.coordinator.inject({ url, remoteAddress });
  for (let i = 0; i < logLimits[name]; i++) await call();
  const refused = await call();
  expect(refused.statusCode).toBe(429);
  expect(refused.json().error.message).toContain(name);
  const elsewhere = await site.coordinator.inject({ url, remoteAddress: '192.0.2.3' });
  expect(elsewhere.statusCode).toBe(404);
});

test('hands itself over to another key, which the old one names', async () => {
  const before = await visitor.openLog();
  const old = await readFile(path.join(site.dataFolder, 'log-key.pem'));
  await site.coordinator.rotateLogKey();
  const { rotations } = (await visitor.fetchPath('/v1/log/keys')).json();
  expect(rotations).toHaveLength(1);
  const after = await visitor.openLog();
  expect(after.checkpoint.size).toBe(before.checkpoint.size + 1);
  const keyId = (log: typeof before) => log.note.signatures[0].keyId;
  expect(keyId(after)).not.toBe(keyId(before));
  expect(decodeLogEntry((await after.tree.entries(0)).at(-1)!).kind).toBe('rotation');
  // As if it had been killed before the new key's file took the old one's place.
  const file = path.join(site.dataFolder, 'log-key.pem');
  await rename(file, `${file}.next`);
  await writeFile(file, old);
  await site.reopen();
  expect(await readdir(site.dataFolder)).not.toContain('log-key.pem.next');
  await finishBatch({});
  const later = await visitor.openLog();
  expect(keyId(later)).toBe(keyId(after));
  await site.coordinator.checkBooks();

  await writeFile(file, makeReceiptKey());
  await expect(site.reopen()).rejects.toMatchObject({ code: 'log/wrong-key' });
  await rm(file);
  await expect(site.reopen()).rejects.toMatchObject({ code: 'log/wrong-key' });
});
