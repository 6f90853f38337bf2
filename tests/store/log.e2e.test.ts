// The sequencer under a knife: it is killed between any two steps, and inside any, and the log never
// forks, loses a receipt, or has one twice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signCheckpoint } from '#ledger/log-signer.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { decodeLogEntry } from '#protocol/log-entry.ts';
import { appendToLog, publishCheckpoint } from '#store/log-append.ts';
import { readLeaves, readLogGroups } from '#store/log-reads.ts';
import { checkWhole, makeGroups, readHead } from './log-checks.ts';
import { Killed, type LabDatabase, openLab, origin, signer } from './log-lab.ts';

let lab: LabDatabase;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

test('killed inside any query of an append, it goes on as if nothing had been', async () => {
  const { group } = makeGroups(1);
  await lab.step();
  const published = [await readHead(lab)];
  await lab.write(group());
  await lab.run((transaction) => appendToLog(transaction, {}));
  const queries = lab.queries;
  expect(queries).toBeGreaterThan(5);
  for (let failAt = 0; failAt < queries + 2; failAt++) {
    await lab.write(group());
    const outcome = await lab
      .run((transaction) => appendToLog(transaction, {}), failAt)
      .catch((error: unknown) => error);
    if (failAt < queries - 1) expect(outcome).toBeInstanceOf(Killed);
    await lab.step();
    published.push(await readHead(lab));
  }
  await checkWhole(lab, published);
});

test('killed before it signs, or before it publishes, it signs the same bytes again', async () => {
  const { group } = makeGroups(2);
  await lab.write(group());
  const first = await lab.run((transaction) => appendToLog(transaction, {}));
  expect(first.unsigned).not.toBeNull();
  const sign = ({ size, root }: { size: number; root: Uint8Array }) =>
    signCheckpoint({ origin, size, root, extensions: [] }, signer);
  // Signed, and lost before it was stored: the next start finds the head unsigned.
  const lost = sign(first.unsigned!);
  const second = await lab.run((transaction) => appendToLog(transaction, {}));
  expect(equalBytes(sign(second.unsigned!), lost)).toBe(true);
  const publish = { size: second.unsigned!.size, checkpoint: lost };
  await lab.run((transaction) => publishCheckpoint(transaction, publish), 1).catch(() => {});
  await lab.run((transaction) => publishCheckpoint(transaction, publish));
  expect((await lab.run((transaction) => appendToLog(transaction, {}))).unsigned).toBeNull();
  await checkWhole(lab, [await readHead(lab)]);
});

test('an older signature never takes the place of a newer one', async () => {
  const older = await readHead(lab);
  const { group } = makeGroups(3);
  await lab.write(group());
  await lab.step();
  const newer = await readHead(lab);
  const checkpoint = signCheckpoint({ ...older, extensions: [] }, signer);
  await lab.run((transaction) => publishCheckpoint(transaction, { size: older.size, checkpoint }));
  expect(await readHead(lab)).toEqual(newer);
  const beyond = { size: newer.size + 1, checkpoint };
  const early = lab.run((transaction) => publishCheckpoint(transaction, beyond));
  await expect(early).rejects.toThrow('only a head that is on disk');
});

test('in steps of any size, over full tiles, every head continues the one before', async () => {
  const { random, group } = makeGroups(4);
  const published = [];
  for (let round = 0; round < 60; round++) {
    for (let groups = Math.floor(random() * 4); groups >= 0; groups--) await lab.write(group());
    while ((await lab.step(1 + Math.floor(random() * 20))).more && random() < 0.7);
    published.push(await readHead(lab));
  }
  while ((await lab.step()).more);
  expect((await readHead(lab)).size).toBeGreaterThan(256);
  await checkWhole(lab, published);
});

test('voided receipts are leaves without a posting', async () => {
  const before = await readHead(lab);
  await lab.write([{ account: 1, open: true, voided: true }]);
  await lab.step();
  const range = { start: before.size, end: before.size + 1 };
  const [group] = (await lab.run((transaction) => readLogGroups(transaction, range)))!;
  expect(group).toEqual({ first: before.size, count: 1, postings: [] });
  const [leaf] = (await lab.run((transaction) => readLeaves(transaction, range)))!;
  expect(decodeLogEntry(leaf.payload!)).toMatchObject({ of: 'voided', credit: 0 });
});

test('a damaged tile is never built upon', async () => {
  const { group } = makeGroups(5);
  const before = await readHead(lab);
  await lab.write(group());
  const edge = `where level = 0 and number = (select max(number) from log_tiles where level = 0)`;
  const flip = `update log_tiles set hashes = set_byte(hashes, 5, 255 - get_byte(hashes, 5)) ${edge}`;
  await lab.exec(flip);
  await expect(lab.step()).rejects.toMatchObject({ code: 'log/damaged' });
  expect(await readHead(lab)).toEqual(before);
  await lab.exec(flip);
  await lab.step();
  await checkWhole(lab, [before]);
});
