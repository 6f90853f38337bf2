// The operator at the command line: a coordinator started from a config file and the environment,
// over TLS; projects and keys made, listed, revoked; what it refuses to start with.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTemplate } from '../coordinator/template-folder.ts';
import { makeCertificate } from './make-certificate.ts';

const root = path.resolve(import.meta.dirname, '../..');
const token = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
const command = ['--import', 'tsx', 'src/cli/main.ts'];
/** Of a coordinator that does not get far. */
const neverUsed = path.join(os.tmpdir(), `idlewild-never-used-${process.pid}`);
let folder: string;
let dataFolder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-operator-'));
  ({ dataFolder } = await copyTemplate(folder));
  await writeFile(path.join(folder, 'token'), `${token}\n`);
  await writeCertificate();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await rm(neverUsed, { recursive: true, force: true });
});

async function writeCertificate() {
  const made = makeCertificate();
  await writeFile(path.join(folder, 'cert.pem'), made.cert);
  await writeFile(path.join(folder, 'key.pem'), made.key);
  return made.cert;
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

function run(words: string[], environment: Record<string, string> = {}): Promise<Ran> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...command, ...words],
      { cwd: root, env },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** The first line of /livez or another path, trusting `ca` alone. */
function fetchOver(origin: string, url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ca, agent: false, headers: { 'x-request-id': 'trace-0123456789' } };
    const call = request(new URL(url, origin), options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    call.on('error', reject);
    call.end();
  });
}

test('serves over TLS as its config file says, renews on SIGHUP, and is run by the command', async () => {
  const fields = {
    data: 'data',
    'tls-cert': 'cert.pem',
    'tls-key': 'key.pem',
    'log-level': 'debug',
    named: ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    connections: 64,
  };
  await writeFile(path.join(folder, 'idlewild.json'), JSON.stringify(fields));
  const child = spawn(process.execPath, [...command, 'serve', '--json', '--port', '0'], {
    cwd: root,
    env: {
      ...process.env,
      IDLEWILD_CONFIG: path.join(folder, 'idlewild.json'),
      IDLEWILD_ADMIN_TOKEN: token,
    },
  });
  const exited = once(child, 'exit');
  let log = '';
  const renewed = new Promise<void>((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log += `${line}\n`;
      if (line.includes('the certificate was read again')) resolve();
    });
  });
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const { origin } = JSON.parse(String(line));
    expect(origin).toMatch(/^https:\/\/localhost:\d+$/);
    const first = path.join(folder, 'cert.pem');
    const flags = ['--coordinator', origin, '--admin-token-file', path.join(folder, 'token')];
    const reach = { NODE_EXTRA_CA_CERTS: first };
    const admin = (...words: string[]) => run([...words, ...flags, '--json'], reach);

    const project = JSON.parse((await admin('project', 'add', 'Letters')).stdout);
    const words = ['--words', 'Of a library.', '--origin', 'https://a.example', '--closed'];
    const set = await admin('project', 'set', project.id, ...words, '--reason', 'agreed');
    expect(JSON.parse(set.stdout)).toMatchObject({
      words: 'Of a library.',
      origins: ['https://a.example'],
      open: false,
      changed: ['words', 'open', 'origins'],
    });
    const bare = ['--no-origins', '--any-model', '--content-class', 'public', '--open'];
    await admin('project', 'set', project.id, ...bare);
    const shown = await run(['project', 'show', project.id, ...flags], reach);
    expect(shown.stdout).toMatch(/content class +public\n/);
    expect(shown.stdout).toMatch(/may embed it +the coordinator's own origin\n/);
    const refused = await run(['project', 'set', project.id, '--model', 'x', ...flags], reach);
    expect(refused.stderr).toMatch(/'models.0': names no model of this coordinator/);
    const key = JSON.parse((await admin('key', 'add', project.id, '--name', 'nightly')).stdout);
    expect(key.api_key).toMatch(/^sk-idlewild-/);
    const listed = await run(['key', 'list', '--project', project.id, ...flags], reach);
    expect(listed.stdout).toContain(`…${key.api_key.slice(-4)}`);
    expect(listed.stdout).not.toContain(key.api_key);
    const revoked = JSON.parse((await admin('key', 'revoke', key.id)).stdout);
    expect(revoked.revoked_at).toBeGreaterThan(0);
    const unknown = await admin('batch', 'cancel', 'batch_none');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain("No batch found with id 'batch_none'");
    const wrong = await run(['project', 'list', ...flags.slice(0, 2)], {
      ...reach,
      IDLEWILD_ADMIN_TOKEN: 'not-the-token',
    });
    expect(wrong.stderr).toContain('This is not the admin token');

    const renewal = await writeCertificate();
    child.kill('SIGHUP');
    await renewed;
    expect(JSON.parse(await fetchOver(origin, '/livez', renewal))).toEqual({ status: 'ok' });
    expect(await fetchOver(origin, '/admin', renewal)).toContain('The operator’s side');

    const { port } = new URL(origin);
    const config = ['--config', path.join(folder, 'idlewild.json')];
    const doctor = await run(['doctor', ...config, '--port', port, '--json']);
    const { ok, findings } = JSON.parse(doctor.stdout);
    expect({ ok, code: doctor.code }).toEqual({ ok: true, code: 0 });
    expect(findings).toContainEqual(
      expect.objectContaining({
        name: 'port',
        words: `${port} of 127.0.0.1 is in use by a coordinator that is alive`,
      }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({ name: 'lock', words: `process ${child.pid} holds the folder` }),
    );

    const held = await run(['serve', '--data', dataFolder, '--port', '0']);
    expect(held).toMatchObject({ code: 1, stdout: '' });
    expect(held.stderr).toContain(`Process ${child.pid} is using this data folder.`);
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
  const lines = log.trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries).toContainEqual(
    expect.objectContaining({
      msg: 'named accounts',
      accounts: ['0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed'],
    }),
  );
  const requests = entries.filter(({ msg }) => msg === 'request');
  expect(requests).toContainEqual(
    expect.objectContaining({ requestId: 'trace-0123456789', route: '/livez', status: 200 }),
  );
  expect(requests.some(({ route }) => route === '/v1/admin/keys/:id/revoke')).toBe(true);
  expect(log).not.toMatch(/sk-idlewild|q7Zc1|Bearer/);
});

test.each([
  [['--port', '0'], {}, 'Where is everything to be kept?'],
  [['--data', 'x', '--port', 'http'], {}, '--port must be a whole number'],
  [['--data', 'x', '--host', '0.0.0.0'], { IDLEWILD_ADMIN_TOKEN: 'hunter22' }, 'shorter than 24'],
  [
    ['--data', neverUsed, '--port', '0'],
    { DATABASE_URL: 'postgres://idlewild:hunter22@127.0.0.1:1/idlewild' },
    'PostgreSQL cannot be reached (ECONNREFUSED)',
  ],
  [['--data', 'x', '--tls-cert', 'x'], {}, '--tls-cert and --tls-key belong together'],
])('refuses to start with %j %j', async (words, environment, message) => {
  const { code, stdout, stderr } = await run(['serve', ...words], environment);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/hunter22|at .*\.ts:\d/);
});
