// Retention broken off at every step: what a row names is there, what no row names goes in the end. And
// beside a backup: what the backup names stays until it has it.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeBackup } from '#cli/backup.ts';
import { restore } from '#cli/restore.ts';
import { type RetentionContext, retainPayloads } from '#coordinator/retention.ts';
import { type BlobStore, openBlobStore } from '#store/blob-store.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { holdPayloads } from '#store/payload-hold.ts';
import { waits } from '#store/waits.ts';
import { ageFiles, type Canary, findCanary, makeCanary } from './retention-lab.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const dayMs = 24 * 60 * 60_000;

let site: TestSite;
let canary: Canary;
let root: string;
/** One that goes, and one that is under way. */
let batches: string[];
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-retention-'));
  site = await startTestSite();
  canary = makeCanary(site, 'w50 w41 w32 w23 w14 w5');
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  const lines = makeTexts(70).map((text, i) => embedLine(`${i}`, text));
  batches = [await site.submit([canary.line, ...lines])];
  for (let turn = 0; turn < 4; turn++) for (const one of [alice, bob]) await one.turn();
  await site.coordinator.settle();
  // As an hour would, it closes the pack that they share.
  await site.reopen();
  batches.push(await site.submit(lines));
  await alice.turn(2);
  expect((await site.batch(batches[0])).status).toBe('completed');
});
afterEach(async () => {
  await site.close();
  await rm(root, { recursive: true });
});

interface Opened {
  database: Database;
  blobs: BlobStore;
  close(): Promise<void>;
}

async function open(): Promise<Opened> {
  const database = await openDatabase(site.dataFolder);
  const blobs = await openBlobStore(path.join(site.dataFolder, 'blobs'));
  return {
    database,
    blobs,
    async close() {
      await blobs.close();
      await database.close();
    },
  };
}

class Broken extends Error {}

/** One round that ends before its step number `steps`, as a crash would; null: that goes through. */
function retain({ database, blobs }: Opened, steps: number | null): Promise<void> {
  let left = steps ?? Number.POSITIVE_INFINITY;
  const step = () => {
    if (left-- <= 0) throw new Broken();
  };
  const broken: RetentionContext = {
    database: {
      ...database,
      run(name, input) {
        step();
        return database.run(name, input);
      },
    },
    blobs: {
      ...blobs,
      // One by one: a crash may come between two of them.
      async remove(files) {
        for (const file of files) {
          step();
          await blobs.remove([file]);
        }
      },
    },
    waits: { ...waits, sweepMs: 0 },
    dataFolder: site.dataFolder,
    now: () => site.clock.now,
    log: pino({ level: 'silent' }),
    closing: () => false,
  };
  return retainPayloads(broken);
}

/** Of every file that rows name, one payload. */
async function readNamed({ database, blobs }: Opened): Promise<number> {
  const names = (await database.run('surveyFiles', { after: '' })).blobs;
  names.push(...(await database.run('surveyBatches', { after: '' })).blobs);
  for (const batch of batches) {
    const units = await database.run('surveyUnits', { batch, after: -1, inputs: true });
    names.push(...units.blobs);
  }
  for (const name of names) await blobs.read(name);
  return names.length;
}

test('broken off at every step, rows name what is there, and in the end nothing is left', async () => {
  const books = await site.coordinator.checkBooks();
  await site.coordinator.close();
  await ageFiles(site);
  const opened = await open();
  const named = await readNamed(opened);
  site.clock.now += 31 * dayMs;
  let broken = 0;
  for (let steps = 0; ; steps++) {
    const over = await retain(opened, steps).then(
      () => true,
      (thrown) => {
        if (!(thrown instanceof Broken)) throw thrown;
        return false;
      },
    );
    expect(await readNamed(opened)).toBeGreaterThan(2);
    if (over) break;
    broken++;
  }
  expect(broken).toBeGreaterThan(10);
  expect(await readNamed(opened)).toBeLessThan(named);
  expect(await findCanary(site, canary)).toEqual([]);
  const after = await opened.database.run('checkBooks', null);
  expect(after.receipts).toBe(books.receipts);
  await opened.close();
  await site.reopen();
  const { x_retention } = await site.batch(batches[0]);
  expect(x_retention.deleted_at).not.toBeNull();
});

test('beside a backup nothing goes, and a backup made later holds none of it', async () => {
  await site.coordinator.close();
  await ageFiles(site);
  const blobs = path.join(site.dataFolder, 'blobs');
  const hold = await holdPayloads(blobs);
  site.clock.now += 31 * dayMs;
  const opened = await open();
  const before = await findCanary(site, canary);
  await retain(opened, null);
  expect(await findCanary(site, canary)).toEqual(before);
  // One that began after the rows were changed: they are orphans, which the next sweep finds.
  await hold.release();
  const late: Opened = { ...opened, blobs: { ...opened.blobs, held: heldFromThen() } };
  await retain(late, null);
  expect(await findCanary(site, canary)).toEqual(before);
  await retain(opened, null);
  expect(await findCanary(site, canary)).toEqual([]);
  expect(await readdir(path.join(blobs, 'held'))).toEqual([]);
  await opened.close();

  const never = () => Promise.reject(new Error('nobody to ask'));
  const out = path.join(root, 'backup');
  const order = { dataFolder: site.dataFolder, out, askForSnapshot: never };
  const manifest = await makeBackup(order);
  expect(manifest.damaged).toEqual([]);
  const restored = path.join(root, 'restored');
  expect(await restore(out, restored)).toEqual(manifest);
  expect(await findCanary({ ...site, dataFolder: restored }, canary)).toEqual([]);
});

/** Free at the first look, held ever after. */
function heldFromThen(): () => Promise<boolean> {
  let looks = 0;
  return async () => looks++ > 0;
}

test('an old backup is brought up to date by its first round', async () => {
  const old = path.join(root, 'old');
  await site.coordinator.close();
  await cp(site.dataFolder, old, { recursive: true });
  site.clock.now += 31 * dayMs;
  await site.reopen();
  await site.coordinator.settle();
  await site.coordinator.close();
  // As pg_dump and a later copy of the folder: rows name what has gone since.
  await rm(path.join(site.dataFolder, 'database'), { recursive: true });
  const database = path.join(old, 'database');
  await cp(database, path.join(site.dataFolder, 'database'), { recursive: true });
  await site.reopen();
  await site.coordinator.settle();
  expect((await site.batch(batches[0])).x_retention.deleted_at).not.toBeNull();
  await site.coordinator.checkBooks();
});
