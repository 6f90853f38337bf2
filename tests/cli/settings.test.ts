// One precedence of settings: flag, environment, config file, default; each mistake named with its
// place; secrets from the environment or files alone.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addSettings, readSettings } from '#cli/read-settings.ts';
import { environmentName, helpOf, settings } from '#cli/settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-settings-'));
  await writeFile(path.join(folder, 'token'), 'from-a-file-of-its-own-0123\n');
  await writeFile(path.join(folder, 'empty'), '\n');
});
afterAll(() => rm(folder, { recursive: true }));

const config = async (content: unknown) => {
  const file = path.join(folder, 'idlewild.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

/** As the command reads them, from words of a command line. */
async function read(words: string[], environment: Record<string, string> = {}) {
  const command = addSettings(new Command('serve')).exitOverride();
  command.configureOutput({ writeErr: () => {} });
  const flags = command.parse(words, { from: 'user' }).opts();
  return readSettings({ flags, environment, folder });
}

describe('precedence', () => {
  test('without anything there are defaults', async () => {
    expect(await read([])).toMatchObject({
      data: undefined,
      host: '127.0.0.1',
      port: 8787,
      model: [],
      laboratory: false,
      'log-level': 'info',
    });
  });

  test('a flag wins over the environment, that over the file, that over the default', async () => {
    const file = await config({ port: 1, host: '10.0.0.1', laboratory: true, 'log-level': 'warn' });
    const all = { IDLEWILD_PORT: '2', IDLEWILD_HOST: '10.0.0.2', IDLEWILD_CONFIG: file };
    expect(await read(['--port', '3'], all)).toMatchObject({
      port: 3,
      host: '10.0.0.2',
      laboratory: true,
      'log-level': 'warn',
      'database-connections': 8,
    });
    expect(await read(['--config', file], { IDLEWILD_LABORATORY: 'no' })).toMatchObject({
      port: 1,
      laboratory: false,
    });
  });

  test('lists have words in the environment, and paths are named from where they are said', async () => {
    const file = await config({ data: 'kept', model: ['models/a'] });
    const got = await read(['--config', file], { IDLEWILD_TRUST_PROXY: '10.0.0.1 10.0.0.2' });
    expect(got.data).toBe(path.join(folder, 'kept'));
    expect(got.model).toEqual([path.join(folder, 'models/a')]);
    expect(got['trust-proxy']).toEqual(['10.0.0.1', '10.0.0.2']);
    expect((await read(['--model', 'a', '--model', 'b', 'c'])).model).toEqual(
      ['a', 'b', 'c'].map((name) => path.join(folder, name)),
    );
  });
});

test('named accounts are addresses, of whatever case', async () => {
  const file = await config({ named: ['0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed'] });
  expect((await read(['--config', file])).named).toEqual([
    '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed',
  ]);
  const sums = ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', `0x${'0'.repeat(40)}`];
  expect((await read(['--named', ...sums])).named).toEqual(sums);
});

describe('secrets', () => {
  test('come from the environment or a file, by any of the three ways', async () => {
    const held = 'from-a-file-of-its-own-0123';
    expect((await read(['--admin-token-file', 'token']))['admin-token']).toBe(held);
    const byFile = { IDLEWILD_ADMIN_TOKEN_FILE: 'token' };
    expect((await read([], byFile))['admin-token']).toBe(held);
    const file = await config({ 'admin-token-file': 'token' });
    expect((await read(['--config', file]))['admin-token']).toBe(held);
    expect((await read([], { IDLEWILD_ADMIN_TOKEN: 'held' }))['admin-token']).toBe('held');
    const urls = { DATABASE_URL: 'postgres://a/b', IDLEWILD_DATABASE: 'postgres://c/d' };
    expect((await read([], urls)).database).toBe('postgres://c/d');
    expect((await read([], { DATABASE_URL: 'postgres://a/b' })).database).toBe('postgres://a/b');
  });

  test('are refused on a command line and in a config file', async () => {
    await expect(read(['--admin-token', 'x'])).rejects.toThrow('unknown option');
    await expect(read(['--database', 'postgres://a/b'])).rejects.toThrow('unknown option');
    const file = await config({ database: 'postgres://user:hunter22@a/b' });
    const refused = read(['--config', file]);
    await expect(refused).rejects.toThrow("idlewild.json: 'database' is a secret");
    await expect(refused).rejects.not.toThrow('hunter22');
  });
});

test.each([
  [['--port', '70000'], {}, '--port must be a whole number from 0 to 65535'],
  [['--port', 'http'], {}, '--port must be a whole number'],
  [[], { IDLEWILD_PORT: '-1' }, 'IDLEWILD_PORT must be a whole number'],
  [[], { IDLEWILD_LABORATORY: 'maybe' }, 'IDLEWILD_LABORATORY must be true or false'],
  [['--log-level', 'loud'], {}, '--log-level must be one of debug, info'],
  [
    ['--admin-token-file', 'nowhere'],
    {},
    '--admin-token-file names a file that cannot be read (ENOENT)',
  ],
  [['--admin-token-file', 'empty'], {}, '--admin-token-file names a file that is empty'],
  [['--named', '0x12'], {}, "--named holds '0x12', which is no account: 0x and 40 hex digits"],
  [
    [],
    {
      IDLEWILD_NAMED: `0x${'1'.repeat(40)} 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD`.slice(0, -1),
    },
    "IDLEWILD_NAMED holds '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe', which is no account",
  ],
  [
    ['--named', '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    {},
    "--named holds '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', which is mistyped",
  ],
  [['--connections', '1'], {}, '--connections must be a whole number from 16 to 1000000'],
  [['--config', 'nowhere.json'], {}, '--config nowhere.json names a file that cannot be read'],
] as const)('%j and %j are refused with their place', async (words, environment, message) => {
  await expect(read([...words], environment)).rejects.toThrow(message);
});

test.each([
  ['{"port": ', 'idlewild.json is not JSON'],
  [[1], 'idlewild.json must hold one JSON object'],
  [{ prot: 1 }, "idlewild.json: 'prot' is no setting"],
  [{ port: '8787' }, "idlewild.json: 'port' must be a whole number"],
  [{ model: 'models/a' }, "idlewild.json: 'model' must be a list"],
  [{ host: '' }, "idlewild.json: 'host' must not be empty"],
  [{ named: ['me'] }, "idlewild.json: 'named' holds 'me', which is no account"],
])('the file %j is refused with its field', async (content, message) => {
  await expect(read(['--config', await config(content)])).rejects.toThrow(message);
});

test("the operator's guide has a row for every setting", async () => {
  const guide = await readFile(new URL('../../docs/operator.md', import.meta.url), 'utf8');
  const rows = guide.split('\n').filter((line) => line.startsWith('| `--'));
  const expected = Object.entries(settings).map(([name, setting]) => {
    const [flags] = helpOf(name, setting);
    return [`\`${flags.replace('|', '')}\``, `\`${environmentName(name)}\``];
  });
  for (const [flags, environment] of expected) {
    expect(rows.filter((row) => row.includes(flags) && row.includes(environment))).toHaveLength(1);
  }
});

test('--help names every setting, its place in the environment, and its default', () => {
  const help = addSettings(new Command('serve')).helpInformation().replace(/\s+/g, ' ');
  for (const name of Object.keys(settings)) {
    expect(help).toContain(`--${name}`);
    expect(help).toContain(`IDLEWILD_${name.toUpperCase().replaceAll('-', '_')}`);
  }
  expect(help).toContain('(IDLEWILD_PORT, default 8787)');
});
