// `idlewild backup` of a coordinator at work, and `idlewild restore` of it: what was acknowledged
// before is there, a batch goes on to its end, and what is damaged is said.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeBackup } from '#cli/backup.ts';
import { restore } from '#cli/restore.ts';
import { createCoordinator } from '#coordinator/coordinator.ts';
import type { BackupManifest } from '#store/backup.ts';
import { createTestContributor } from '../coordinator/test-contributor.ts';
import {
  embedLine,
  makeTexts,
  startTestSite,
  type TestSite,
  unaudited,
} from '../coordinator/test-site.ts';

const adminToken = 'a-token-of-some-thirty-two-letters';

let site: TestSite;
let root: string;
let backup: string;
let manifest: BackupManifest;
/** Receipts before the backup began. */
let acknowledged: number;
let batch: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-backup-'));
  backup = path.join(root, 'backup');
  site = await startTestSite({ adminToken });
  batch = await site.submit(makeTexts(200).map((text, i) => embedLine(`${i}`, text)));
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  await alice.turn(2);
  await bob.turn(2);
  acknowledged = (await site.coordinator.checkBooks()).receipts;
  expect(acknowledged).toBeGreaterThan(0);
  // Work goes on under it.
  let over = false;
  const working = (async () => {
    while (!over) {
      await alice.turn();
      await bob.turn();
    }
  })();
  manifest = await makeBackup({ dataFolder: site.dataFolder, out: backup, askForSnapshot });
  over = true;
  await working;
});
afterAll(async () => {
  await site.close();
  await rm(root, { recursive: true });
});

async function askForSnapshot(name: string): Promise<void> {
  const answer = await site.coordinator.inject({
    method: 'POST',
    url: '/v1/admin/snapshot',
    headers: { authorization: `Bearer ${adminToken}` },
    payload: { name },
  });
  expect(answer.statusCode).toBe(200);
}

test('a coordinator at work is copied, and goes on from the copy to the end of its batch', async () => {
  expect(manifest.damaged).toEqual([]);
  expect(manifest.receipts).toBeGreaterThanOrEqual(acknowledged);
  expect(await readdir(site.dataFolder)).toContain('snapshots');
  expect(await readdir(path.join(site.dataFolder, 'snapshots'))).toEqual([]);

  const dataFolder = path.join(root, 'restored');
  const lines: string[] = [];
  expect(await restore(backup, dataFolder, (line) => lines.push(line))).toEqual(manifest);
  expect(lines.length).toBeGreaterThan(3);
  const restored = await createCoordinator({
    dataFolder,
    models: [],
    partner: site.partner,
    tickMs: 0,
    now: () => site.clock.now,
    rules: unaudited,
  });
  try {
    expect(restored.apiKey).toBeNull();
    const books = await restored.checkBooks();
    expect(books.receipts).toBe(manifest.receipts);
    const headers = { authorization: `Bearer ${site.apiKey}` };
    const get = async (url: string) => restored.inject({ method: 'GET', url, headers });
    const found = (await get(`/v1/batches/${batch}`)).json();
    expect(found.x_units.completed).toBeGreaterThan(0);
    const carol = await createTestContributor({
      weights: site.model.weights,
      async send(url, body) {
        const cbor = { 'content-type': 'application/cbor' };
        const order = { method: 'POST', url, headers: cbor, payload: Buffer.from(body) } as const;
        const answer = await restored.inject(order);
        return { status: answer.statusCode, body: new Uint8Array(answer.rawPayload) };
      },
    });
    await carol.open();
    // What others had leased comes free with time, and the coordinator is her partner.
    for (let turn = 0; turn < 2 * found.x_units.total; turn++) {
      await carol.turn(2);
      site.clock.now += 60_000;
      await restored.settle();
    }
    const ended = (await get(`/v1/batches/${batch}`)).json();
    expect(ended).toMatchObject({ status: 'completed', request_counts: { completed: 200 } });
  } finally {
    await restored.close();
  }
});

test('nothing is written over, and an unfinished backup is none', async () => {
  const again = makeBackup({ dataFolder: site.dataFolder, out: backup, askForSnapshot });
  await expect(again).rejects.toMatchObject({ code: 'backup/not-empty' });
  await expect(restore(backup, backup)).rejects.toMatchObject({ code: 'backup/not-empty' });
  const half = path.join(root, 'half');
  await expect(restore(root, half)).rejects.toMatchObject({ code: 'backup/not-whole' });
});

test('a coordinator on another folder is told from ours', async () => {
  const out = path.join(root, 'other');
  const elsewhere = makeBackup({
    dataFolder: site.dataFolder,
    out,
    askForSnapshot: async () => {},
  });
  await expect(elsewhere).rejects.toMatchObject({ code: 'backup/other-coordinator' });
});

test('the name of a snapshot is no path', async () => {
  for (const name of ['../x', '', 'a'.repeat(31), undefined]) {
    const answer = await site.coordinator.inject({
      method: 'POST',
      url: '/v1/admin/snapshot',
      headers: { authorization: `Bearer ${adminToken}` },
      payload: { name },
    });
    expect(answer.statusCode).toBe(400);
  }
  const stranger = await site.coordinator.inject({ method: 'POST', url: '/v1/admin/snapshot' });
  expect(stranger.statusCode).toBe(401);
});

test('a payload that was damaged in the backup is found, and nothing half is left', async () => {
  const blobs = path.join(backup, 'blobs');
  const names = await readdir(blobs, { recursive: true });
  const file = path.join(
    blobs,
    names.find((name) => /^[0-9a-f]{2}\/[0-9a-f]{64}\./.test(name)) ?? '',
  );
  const whole = await readFile(file);
  await writeFile(file, whole.subarray(1));
  const target = path.join(root, 'damaged');
  await expect(restore(backup, target)).rejects.toMatchObject({ code: 'backup/damaged' });
  expect(await readdir(root)).not.toContain('damaged');
  await writeFile(file, whole);
});

test('a folder that nobody uses is copied as it lies, damage and all', async () => {
  await site.coordinator.close();
  const blobs = path.join(site.dataFolder, 'blobs');
  const [pack] = await readdir(path.join(blobs, 'packs'));
  await rm(path.join(blobs, 'packs', pack));
  const out = path.join(root, 'cold');
  const never = () => Promise.reject(new Error('nobody to ask'));
  const cold = await makeBackup({ dataFolder: site.dataFolder, out, askForSnapshot: never });
  expect(cold.damaged.length).toBeGreaterThan(0);
  // What was lost before the backup does not stand in the way of the rest.
  expect(await restore(out, path.join(root, 'cold-restored'))).toEqual(cold);
});
