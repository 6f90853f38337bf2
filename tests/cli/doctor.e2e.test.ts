// What the doctor finds in a folder as it is, and as it must not be; and that it leaves it alone.
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine, formatFindings } from '#cli/doctor.ts';
import { readSettings } from '#cli/read-settings.ts';
import { lockFolder } from '#store/folder-lock.ts';
import { copyTemplate } from '../coordinator/template-folder.ts';

let root: string;
let data: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-doctor-'));
  data = (await copyTemplate(root)).dataFolder;
});
afterAll(() => rm(root, { recursive: true }));

async function findings(flags: Record<string, unknown>) {
  const settings = await readSettings({ flags, environment: {}, folder: root });
  return examine(settings);
}

async function statesOf(flags: Record<string, unknown>) {
  const found = await findings(flags);
  return Object.fromEntries(found.map(({ name, state, words }) => [name, `${state} ${words}`]));
}

test('a sound folder is sound, and is left as it was', async () => {
  const before = (await readdir(data)).sort();
  const states = await statesOf({ data, port: '0' });
  expect(states).toMatchObject({
    node: `ok ${process.versions.node}`,
    lock: 'ok no process holds the folder',
    database: expect.stringMatching(/^ok the folder has schema \d+$/),
    models: expect.stringMatching(/^ok synthetic-1 \(.*shards.*all as named/),
    port: 'ok 0 of 127.0.0.1 is free',
    clock: expect.stringMatching(/^ok /),
    'admin token': expect.stringMatching(/^warn none/),
  });
  if (process.platform === 'linux') {
    const files = Number(/^\w+ (\d+) for 20000 connections/.exec(states['open files'])?.[1]);
    const connections = Math.min(files, 1_000_000);
    expect((await statesOf({ data, port: '0', connections }))['open files']).toBe(
      connections === files
        ? `warn ${files} for ${files} connections are too few`
        : `ok ${files} for ${connections} connections`,
    );
  }
  expect(states.data).toMatch(/^(ok|warn) writable, /);
  expect((await readdir(data)).sort()).toEqual(before);
});

test('damage is named, with what to do', async () => {
  const { dataFolder } = await copyTemplate(path.join(root, 'damaged'));
  const [model] = await readdir(path.join(dataFolder, 'models'));
  const shards = path.join(dataFolder, 'models', model, 'shards');
  const [first] = await readdir(shards);
  await writeFile(path.join(shards, first), 'not this');
  await chmod(path.join(dataFolder, 'receipt-key.pem'), 0o644);
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const lock = lockFolder(dataFolder);
  try {
    const found = await findings({ data: dataFolder, port: String(port), host: '127.0.0.1' });
    const bad = found.filter(({ state }) => state === 'fail');
    expect(bad.map(({ name }) => name)).toEqual(['keys', 'models', 'port']);
    expect(bad.every(({ todo }) => todo)).toBe(true);
    const words = formatFindings(found);
    expect(words).toContain(`shard ${first} is damaged`);
    expect(words).toContain(`process ${process.pid} holds the folder`);
    expect(words).toMatch(/3 failed$/);
  } finally {
    lock.release();
    taken.close();
  }
});

test('what cannot be reached or does not fit is said, and no secret is', async () => {
  await writeFile(path.join(root, 'url'), 'postgres://idlewild:hunter22@127.0.0.1:1/idlewild');
  await writeFile(path.join(root, 'token'), 'hunter22');
  const found = await findings({
    data: path.join(root, 'nowhere'),
    port: '0',
    host: '0.0.0.0',
    databaseFile: 'url',
    adminTokenFile: 'token',
    tlsCert: 'url',
    tlsKey: 'url',
  });
  const states = Object.fromEntries(found.map(({ name, state, words }) => [name, [state, words]]));
  expect(states.data).toEqual(['warn', 'the folder is not there yet']);
  expect(states.database).toEqual(['fail', 'PostgreSQL cannot be reached (ECONNREFUSED).']);
  expect(states.secrets[0]).toBe('fail');
  expect(states.secrets[1]).toMatch(/shorter than 24 characters/);
  expect(JSON.stringify(found)).not.toContain('hunter22');
});
