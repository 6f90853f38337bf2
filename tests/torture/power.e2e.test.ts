// Power cuts: a process keeps rows, payloads and keys, each acknowledged; the power goes upon an
// acknowledgement; what was not synced is gone. Everything acknowledged is there, and would not be
// if syncs were taken out.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { openBlobStore } from '#store/blob-store.ts';
import { openDatabase } from '#store/database.ts';
import { createDraws } from './draws.ts';
import { restoreSynced } from './restore-synced.ts';

interface Kept {
  key?: string;
  blob?: string;
  /** Hash of its API key, in hex. */
  project?: string;
  id?: string;
}

const keptPerRoundMin = 8;
const keptPerRoundMax = 60;
const here = import.meta.dirname;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-power-'));
});
afterEach(() => rm(root, { recursive: true }));

function startWriter(dataFolder: string, round: number, deaf: string[]): ChildProcess {
  const order = { folder: dataFolder, image: path.join(root, 'image'), deaf };
  const layer = path.join(here, 'power-layer.ts');
  const writer = path.join(here, 'power-writer.ts');
  const args = ['--import', 'tsx', '--import', layer, writer, dataFolder, String(round)];
  return spawn(process.execPath, args, {
    cwd: path.resolve(here, '../..'),
    env: { ...process.env, IDLEWILD_POWER: JSON.stringify(order) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** @returns what was acknowledged before the power went, upon the `count`th line */
async function cutAfter(child: ChildProcess, count: number): Promise<Kept[]> {
  const kept: Kept[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout! })) {
    kept.push(JSON.parse(line));
    if (kept.length === count) child.kill('SIGKILL');
  }
  await exited;
  expect(kept.length).toBeGreaterThanOrEqual(count);
  return kept;
}

/** @returns what was acknowledged and is not there */
async function findLost(dataFolder: string, kept: Kept[]): Promise<Kept[]> {
  const lost: Kept[] = [];
  const database = await openDatabase(dataFolder, { receiptKey: makeReceiptKey() });
  const blobs = await openBlobStore(path.join(dataFolder, 'blobs'));
  for (const one of kept) {
    const { key, blob, project, id } = one;
    let there = false;
    if (key) {
      const file = path.join(dataFolder, 'receipt-key.pem');
      there = (await readFile(file, 'utf8').catch(() => '')) === key;
    } else if (blob) {
      there = await blobs.read(blob).then(
        () => true,
        () => false,
      );
    } else if (project) {
      const keyHash = new Uint8Array(Buffer.from(project, 'hex'));
      there = (await database.run('findProjectOfKey', { keyHash }))?.id === id;
    }
    if (!there) lost.push(one);
  }
  await blobs.close();
  await database.close();
  return lost;
}

async function cutAgainAndAgain(rounds: number, deaf: string[] = []): Promise<Kept[]> {
  const draws = createDraws(1);
  const dataFolder = path.join(root, 'data');
  const kept: Kept[] = [];
  for (let round = 0; round < rounds; round++) {
    const child = startWriter(dataFolder, round, deaf);
    kept.push(...(await cutAfter(child, draws.whole(keptPerRoundMin, keptPerRoundMax))));
    await restoreSynced(dataFolder, path.join(root, 'image'));
  }
  return findLost(dataFolder, kept);
}

const reason = process.platform === 'linux' ? null : 'the disk of the test reads /proc';

test.skipIf(reason !== null)('what is acknowledged was synced', async () => {
  expect(await cutAgainAndAgain(3)).toEqual([]);
});

test.skipIf(reason !== null)('it would be lost if its syncs were taken out', async () => {
  const lost = await cutAgainAndAgain(1, ['database', 'blobs']);
  expect(lost.filter(({ blob }) => blob !== undefined)).not.toEqual([]);
  expect(lost.filter(({ project }) => project !== undefined)).not.toEqual([]);
  expect(lost.filter(({ key }) => key !== undefined)).toEqual([]);
});
