// A coordinator as its operator runs it: the `idlewild serve` command in a process of its own, so
// that a test can kill it.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');

export interface ServeProcess {
  origin: string;
  apiKey: string | null;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Above these a system chooses ports by itself, for servers and for callers: one could go to them. */
const portMin = 12_000;
const portMax = 32_000;

/** A port that was free a moment ago, so that a restart can use the same one. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(portMin, portMax);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

export interface ServeOptions {
  dataFolder: string;
  model: string;
  port: number;
  /** PostgreSQL's; the folder's own database without it. */
  databaseUrl?: string;
}

/** Resolves when the server says where it listens. */
export async function serve(options: ServeOptions): Promise<ServeProcess> {
  const { dataFolder, model, port, databaseUrl } = options;
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'serve', '--json', '--laboratory'];
  args.push('--data', dataFolder, '--model', model, '--port', String(port));
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(databaseUrl && { DATABASE_URL: databaseUrl }) },
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    exited.then(([code]) => {
      throw new Error(`serve ended with ${code}: ${errors}`);
    }),
  ]);
  const { origin, apiKey } = JSON.parse(line) as { origin: string; apiKey: string | null };
  return { origin, apiKey, kill: (signal) => killed(child, exited, signal) };
}

async function killed(child: ChildProcess, exited: Promise<unknown>, signal: NodeJS.Signals) {
  child.kill(signal);
  await exited;
}
