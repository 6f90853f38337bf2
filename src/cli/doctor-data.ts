// The doctor's look at what is kept: the data folder and who holds it, the database's schema, the
// models to the last byte.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkFolder, roomBytesMin } from '#coordinator/health.ts';
import { shardFile } from '#coordinator/model-store.ts';
import { manifestId, parseManifest } from '#model/manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { findHolder } from '#store/folder-lock.ts';
import { inspectFolder, inspectPostgres, type Schema } from '#store/inspect-database.ts';
import { type Finding, failed, found, warned } from './finding.ts';
import type { Settings } from './settings.ts';

/** With less than this an operator has days, not minutes. */
const roomBytesLow = 2 * 2 ** 30;
const aheadMs = 60_000;
const keyFiles = ['receipt-key.pem', 'log-key.pem'];

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

export async function checkData({ data }: Settings): Promise<Finding[]> {
  if (data === undefined) {
    return [warned('data', 'no folder was named, so none was looked at', 'Name one by --data.')];
  }
  if (!(await exists(data))) {
    return [warned('data', 'the folder is not there yet', 'The first start makes it.')];
  }
  const room = await checkFolder(data).catch((thrown: NodeJS.ErrnoException) => thrown);
  if (typeof room !== 'number') {
    const todo = 'Let the user that runs the coordinator own it.';
    return [failed('data', `cannot be written to (${room.code ?? 'unknown'})`, todo)];
  }
  return [checkRoom(room), checkHolder(data), ...(await checkKeys(data))];
}

function checkRoom(room: number): Finding {
  const words = `writable, ${(room / 2 ** 30).toFixed(1)} GiB free`;
  const todo = 'Make room, or move the folder to a larger disk.';
  if (room < roomBytesMin) return failed('data', words, todo);
  return room < roomBytesLow ? warned('data', words, todo) : found('data', words);
}

function checkHolder(folder: string): Finding {
  const holder = findHolder(folder);
  return holder === null
    ? found('lock', 'no process holds the folder')
    : found('lock', `process ${holder} holds the folder`);
}

/** Only their owner may read them; and a file of tomorrow says that the clock was changed. */
async function checkKeys(folder: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of keyFiles) {
    const file = await stat(path.join(folder, name)).catch(() => null);
    if (!file) continue;
    if ((file.mode & 0o077) !== 0) {
      findings.push(failed('keys', `${name} can be read by others`, `chmod 600 ${name}`));
    }
    if (file.mtimeMs > Date.now() + aheadMs) {
      const words = `${name} is from ${file.mtime.toISOString()}, which is to come`;
      findings.push(failed('clock', words, 'The clock went back: set it, and keep it by NTP.'));
    }
  }
  return findings;
}

function judgeSchema(where: string, { applied, known }: Schema): Finding {
  if (applied > known) {
    const words = `${where} has schema ${applied}, this release knows ${known}`;
    return failed('database', words, 'Run the release that wrote it, or a later one.');
  }
  const upgrade = applied === known ? '' : `; the next start brings it to ${known}`;
  return found('database', `${where} has schema ${applied}${upgrade}`);
}

export async function checkDatabase({ data, database }: Settings): Promise<Finding[]> {
  if (database !== undefined) return [judgeSchema('PostgreSQL', await inspectPostgres(database))];
  if (data === undefined || !(await exists(data))) return [];
  const holder = findHolder(data);
  if (holder !== null) {
    return [found('database', `open in process ${holder}; its /readyz says how it is`)];
  }
  const schema = await inspectFolder(data);
  return schema ? [judgeSchema('the folder', schema)] : [found('database', 'none yet')];
}

export async function checkModels({ data, model }: Settings): Promise<Finding[]> {
  const home = data === undefined ? '' : path.join(data, 'models');
  const names = home ? await readdir(home).catch(() => []) : [];
  const kept = names
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => path.join(home, name));
  const findings: Finding[] = [];
  for (const folder of [...kept, ...model]) findings.push(await checkModel(folder));
  if (findings.length > 0 || data === undefined) return findings;
  return [warned('models', 'none is there', 'Make one: npx idlewild model import --out FOLDER')];
}

/** Every shard against its name, one at a time: a model may be larger than the memory. */
async function checkModel(folder: string): Promise<Finding> {
  const todo = 'Import the model again, and name its folder by --model.';
  const bytes = await readFile(path.join(folder, 'manifest.json')).catch(() => null);
  if (!bytes) return failed('models', `${path.basename(folder)} holds no manifest.json`, todo);
  const manifest = parseManifest(bytes);
  const id = manifestId(bytes).slice(0, 12);
  for (const shard of manifest.shards) {
    const content = await readFile(shardFile(folder, shard.sha256)).catch(() => null);
    if (!content || toHex(sha256(new Uint8Array(content))) !== shard.sha256) {
      const what = content ? 'damaged' : 'missing';
      return failed('models', `${manifest.name} (${id}…): shard ${shard.sha256} is ${what}`, todo);
    }
  }
  const size = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const words = `${manifest.shards.length} shards, ${Math.ceil(size / 1e6)} MB, all as named`;
  return found('models', `${manifest.name} (${id}…): ${words}`);
}
