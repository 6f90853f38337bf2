// Power cuts: a process keeps rows, payloads and keys, each acknowledged; the power goes upon an
// acknowledgement; what was not synced is gone. Everything acknowledged is there, and would not be
// if syncs were taken out.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
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
/** Below the folder that the disk is: they are made anew too. */
const newFolders = 'new/data';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-power-'));
});
afterEach(() => rm(root, { recursive: true }));

function startWriter(disk: string, round: number, deaf: string[]): ChildProcess {
  const failing = path.join(root, 'failing');
  const order = { folder: disk, image: path.join(root, 'image'), deaf, failing };
  const dataFolder = path.join(disk, newFolders);
  const layer = path.join(here, 'power-layer.ts');
  const writer = path.join(here, 'power-writer.ts');
  const args = ['--import', 'tsx', '--import', layer, writer, dataFolder, String(round)];
  return spawn(process.execPath, args, {
    cwd: path.resolve(here, '../..'),
    env: { ...process.env, IDLEWILD_POWER: JSON.stringify(order) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** @returns what was acknowledged before the power went, upon the `count`th line */
async function cutAfter(child: ChildProcess, count: number): Promise<Kept[]> {
  const kept: Kept[] = [];
  const exited = once(child, 'exit');
  child.stderr?.pipe(process.stderr);
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
  const database = await openDatabase(dataFolder);
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
  const disk = path.join(root, 'disk');
  const kept: Kept[] = [];
  for (let round = 0; round < rounds; round++) {
    const child = startWriter(disk, round, deaf);
    kept.push(...(await cutAfter(child, draws.whole(keptPerRoundMin, keptPerRoundMax))));
    await restoreSynced(disk, path.join(root, 'image'));
  }
  return findLost(path.join(disk, newFolders), kept);
}

const reason = process.platform === 'linux' ? null : 'the disk of the test reads /proc';

test.skipIf(reason !== null)('what is acknowledged was synced', async () => {
  expect(await cutAgainAndAgain(3)).toEqual([]);
});

test.skipIf(reason !== null)('it would be lost if its syncs were taken out', async () => {
  const lost = await cutAgainAndAgain(1, [`${newFolders}/database`, `${newFolders}/blobs`]);
  expect(lost.filter(({ blob }) => blob !== undefined)).not.toEqual([]);
  expect(lost.filter(({ project }) => project !== undefined)).not.toEqual([]);
  expect(lost.filter(({ key }) => key !== undefined)).toEqual([]);
});

test.skipIf(reason !== null)(
  'a commit whose sync fails is not acknowledged, nor any after',
  async () => {
    const disk = path.join(root, 'disk');
    const child = startWriter(disk, 0, []);
    const exited = once(child, 'exit');
    let errors = '';
    child.stderr!.on('data', (chunk) => {
      errors += chunk;
    });
    const kept: Kept[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      kept.push(JSON.parse(line));
      if (kept.length === keptPerRoundMin) await writeFile(path.join(root, 'failing'), '');
    }
    // It ends by itself: nothing that its database says is to be believed.
    expect(await exited).toEqual([1, null]);
    expect(errors).toContain('The database stopped: the disk did not keep what was written (EIO).');
    await rm(path.join(root, 'failing'));
    await restoreSynced(disk, path.join(root, 'image'));
    expect(await findLost(path.join(disk, newFolders), kept)).toEqual([]);
  },
);
