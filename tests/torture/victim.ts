// The coordinator under torture: the `idlewild serve` command in a process of its own, on a fixed
// port, killed with SIGKILL and started again on what it left.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(import.meta.dirname, '../..');
const errorsKeptMax = 20_000;

export interface VictimOptions {
  dataFolder: string;
  /** A folder to be copied in; null once it was. */
  model: string | null;
  port: number;
  databaseUrl: string | null;
  /** Where the power layer keeps what was synced (power-layer.ts); null without it. */
  power: PowerOrder | null;
}

export interface PowerOrder {
  image: string;
  /** Folders below the data folder whose syncs do nothing, as if they had been taken out. */
  deaf: string[];
  /** While there is such a file, the database's syncs fail. */
  failing?: string;
}

export interface Victim {
  /** @returns the default project's key, at the first start alone @throws when it ends instead */
  ready: Promise<{ apiKey: string | null }>;
  /** Resolves once the process is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** What it wrote on stderr. */
  errors(): string;
}

export function startVictim(options: VictimOptions): Victim {
  const { dataFolder, model, port, databaseUrl, power } = options;
  const layer = power ? ['--import', path.join(import.meta.dirname, 'power-layer.ts')] : [];
  const args = ['--import', 'tsx', ...layer, 'src/cli/main.ts', 'serve', '--json', '--laboratory'];
  args.push('--data', dataFolder, '--port', String(port), ...(model ? ['--model', model] : []));
  const env = { ...process.env };
  delete env.DATABASE_URL;
  if (databaseUrl) env.DATABASE_URL = databaseUrl;
  if (power) env.IDLEWILD_POWER = JSON.stringify({ ...power, folder: dataFolder });
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-errorsKeptMax);
  });
  const exited = once(child, 'exit');
  const ready = untilReady(child, exited, () => errors);
  // One that is killed while it starts is never ready, and nobody need hear of it.
  ready.catch(() => {});
  return { ready, kill, errors: () => errors };

  async function kill(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    await exited;
  }
}

async function untilReady(child: ChildProcess, exited: Promise<unknown[]>, errors: () => string) {
  const lines = createInterface({ input: child.stdout! });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    exited.then(([code, signal]) => {
      throw new Error(`serve ended with ${code ?? signal}: ${errors()}`);
    }),
  ]);
  return JSON.parse(line) as { apiKey: string | null };
}
