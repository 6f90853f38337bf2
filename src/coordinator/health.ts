// Whether this coordinator can do its work now: each check looks at the thing itself. /readyz tells
// the outcome to whoever asks, so that its words name no path and no address.
import { randomUUID } from 'node:crypto';
import { stat, statfs, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from './context.ts';

interface HealthCheck {
  name: string;
  ok: boolean;
  words: string;
  ms: number;
  /** It works, but for something that goes on by itself once that is back. */
  degraded?: true;
}

export interface Health {
  /** All checks, run at most once in a while. */
  check(): Promise<HealthCheck[]>;
}

const checkMsMax = 5_000;
/** Asked more often, the last answer is given again. */
const keptMs = 1_000;
/** Less room than this, and uploads and results will soon be refused. */
export const roomBytesMin = 64 * 2 ** 20;
/** A log this far behind its receipts is stuck; waits.logMs is a second. */
const logLateMs = 30_000;
const timeLateMs = 30_000;

/** A sentence; it throws one where the check fails. */
type Look = (context: Context) => Promise<string>;

class Unwell extends Error {}
class Degraded extends Error {}

/** A file system without room tells so only to who writes. */
export async function checkFolder(folder: string): Promise<number> {
  const file = path.join(folder, `.health-${randomUUID()}`);
  await writeFile(file, 'ok', { mode: 0o600 });
  await unlink(file);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const looks: Record<string, Look> = {
  async database({ database, now }) {
    await database.run('beat', { now: now() });
    return 'answers and writes';
  },
  async folder({ dataFolder }) {
    const room = await checkFolder(dataFolder).catch((thrown: NodeJS.ErrnoException) => {
      throw new Unwell(`cannot be written to (${thrown.code ?? 'unknown'})`);
    });
    const megabytes = `${Math.floor(room / 2 ** 20)} MiB free`;
    if (room < roomBytesMin) throw new Unwell(`${megabytes}: too little`);
    return `writable, ${megabytes}`;
  },
  async models({ models }) {
    const served = models.list();
    if (served.length === 0) throw new Unwell('none is served');
    for (const { name, manifest } of served) {
      for (const { sha256, bytes } of manifest.shards) {
        const file = models.shard(sha256)?.file ?? '';
        const size = await stat(file).then(
          (found) => found.size,
          () => -1,
        );
        if (size !== bytes) throw new Unwell(`a shard of ${name} is missing or cut short`);
      }
    }
    return served.map(({ name }) => name).join(', ');
  },
  async log({ database, now }) {
    const { size, waiting, oldestAt } = await database.run('readLogGauges', null);
    const late = oldestAt === null ? 0 : now() - oldestAt;
    const words = `${size} leaves, ${waiting} receipts waiting`;
    if (late > logLateMs) throw new Unwell(`${words} for ${Math.round(late / 1000)} s`);
    return words;
  },
  async loops({ timePassedAt, now }) {
    const at = timePassedAt();
    if (at === null) return 'time is passed by hand';
    const late = now() - at;
    if (late > timeLateMs) throw new Unwell(`stuck for ${Math.round(late / 1000)} s`);
    return 'alive';
  },
};

/** Work is leased and credited whatever the chain does. */
const paysOut: Record<string, Look> = {
  async settlement({ settlement }) {
    const { ok, words } = settlement?.health() ?? { ok: true, words: 'off' };
    if (!ok) throw new Degraded(words);
    return words;
  },
};

async function runCheck(context: Context, name: string, look: Look): Promise<HealthCheck> {
  const started = performance.now();
  const finish = (ok: boolean, words: string) => {
    return { name, ok, words, ms: Math.round(performance.now() - started) };
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unwell(`no answer in ${checkMsMax} ms`)), checkMsMax);
  });
  try {
    return finish(true, await Promise.race([look(context), late]));
  } catch (thrown) {
    if (thrown instanceof Degraded) return { ...finish(true, thrown.message), degraded: true };
    return finish(false, thrown instanceof Unwell ? thrown.message : 'failed');
  } finally {
    clearTimeout(timer);
  }
}

export function createHealth(context: Context): Health {
  let kept: { at: number; checks: Promise<HealthCheck[]> } | null = null;
  return {
    check() {
      const at = context.now();
      if (kept && at - kept.at < keptMs && at >= kept.at) return kept.checks;
      const names = Object.entries(context.settlement ? { ...looks, ...paysOut } : looks);
      const checks = Promise.all(names.map(([name, look]) => runCheck(context, name, look)));
      kept = { at, checks };
      return checks;
    },
  };
}
