// What can be wrong with a PostgreSQL, in words for its operator. None tells the address, which may
// hold a password.
import { IdlewildError } from '#protocol/errors.ts';
import { isStorageFull, storageFull } from './storage-full.ts';

/** Of sockets, and PostgreSQL's own: shut down, starting up, too many connections, session ended. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '25P03',
  '55P03',
]);
/** pg's own errors have no code. */
const unreachableWords =
  /connection (terminated|error|timeout|ended)|timeout exceeded when trying|not queryable/i;

/** A deadlock, a serialization failure, a statement prepared on the schema before last. */
const passing = new Set(['40001', '40P01', '0A000', '26000']);

const refusals: Record<string, [what: string, todo: string]> = {
  '28P01': ['refuses the password', 'Check the user and the password of DATABASE_URL.'],
  '28000': ['refuses this user', "Check the user of DATABASE_URL and the server's pg_hba.conf."],
  '3D000': ['has no such database', 'Create it: createdb NAME.'],
  '42501': ['does not let this user do that', 'Let the user own the database.'],
};

const versionMin = 150_000;

function codeOf(thrown: unknown): string {
  return String((thrown as { code?: unknown } | null)?.code ?? '');
}

/** Nothing can be said of what ran on the connection: its commit may have been the last thing. */
export function isUnreachable(thrown: unknown): boolean {
  const code = codeOf(thrown);
  if (unreachable.has(code) || code.startsWith('08')) return true;
  return code === '' && thrown instanceof Error && unreachableWords.test(thrown.message);
}

/** The connection has ended; a lock that was waited for too long leaves it as it was. */
export function isBroken(thrown: unknown): boolean {
  return isUnreachable(thrown) && codeOf(thrown) !== '55P03';
}

/** Rolled back through no fault of its own: the same transaction may be tried again at once. */
export function isPassing(thrown: unknown): boolean {
  return passing.has(codeOf(thrown));
}

/** The connection knows a statement by a schema that has changed since. */
export function isStalePlan(thrown: unknown): boolean {
  return codeOf(thrown) === '0A000';
}

export function toDatabaseError(thrown: unknown): IdlewildError {
  if (thrown instanceof IdlewildError) return thrown;
  if (isStorageFull(thrown)) return storageFull(thrown);
  const code = codeOf(thrown);
  if (isUnreachable(thrown)) {
    const message = `PostgreSQL cannot be reached (${code || 'connection lost'}).`;
    return new IdlewildError('coordinator/database-unreachable', message, {
      retryable: true,
      metaMessages: ['Start it, or check the address in DATABASE_URL.'],
      cause: thrown,
    });
  }
  const refusal = refusals[code];
  if (refusal) {
    const [what, todo] = refusal;
    return new IdlewildError('coordinator/database-refused', `PostgreSQL ${what}.`, {
      metaMessages: [todo],
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new IdlewildError('coordinator/database', message, { cause: thrown });
}

/** @throws coordinator/database-version */
export function checkVersion(version: number): void {
  if (version >= versionMin) return;
  const major = Math.floor(version / 10_000);
  throw new IdlewildError('coordinator/database-version', `PostgreSQL ${major} is too old.`, {
    metaMessages: [`Use PostgreSQL ${versionMin / 10_000} or later.`],
  });
}

/** What is acknowledged here is on disk there. @throws coordinator/database-not-durable */
export function checkDurable(fsync: string, synchronousCommit: string): void {
  const off = fsync === 'off' ? 'fsync' : synchronousCommit === 'off' ? 'synchronous_commit' : null;
  if (!off) return;
  const message = `PostgreSQL runs with ${off} off: a power cut would lose acknowledged results.`;
  throw new IdlewildError('coordinator/database-not-durable', message, {
    metaMessages: [`Set ${off} = on in its configuration.`],
  });
}
