// Claims: replicas on one database share out what the coordinator itself has to do. Each claims what
// it begins, claims it anew while it is at it, and gives it up when it is done; what a dead one held
// is free again when its claim has expired. A claim saves work and decides nothing: what is done twice
// all the same is ruled on once, by the operation that ends it.
import { findMovingBatch, type MovingBatch } from './batch-operations.ts';
import { findPartnerJob, type PartnerJob, type PartnerOptions } from './partner-operations.ts';
import type { Transaction } from './transaction.ts';

export interface Claimant {
  /** Of one run of one coordinator. */
  holder: string;
  now: number;
  claimMs: number;
}

export interface ClaimNames {
  holder: string;
  names: readonly string[];
}

export function nameJob(job: PartnerJob): string[] {
  return job.kind === 'rows' ? job.rows.map(({ id }) => `row ${id}`) : [`${job.kind} ${job.id}`];
}

export const nameBatch = (id: string) => `batch ${id}`;

/** Names that others are at. */
async function readOthers(
  transaction: Transaction,
  { holder, now }: Claimant,
  prefix: string,
): Promise<string[]> {
  const rows = await transaction.query<{ name: string }>(
    'select name from claims where holder <> $1 and expires_at > $2 and name like $3',
    [holder, now, `${prefix}%`],
  );
  return rows.map(({ name }) => name);
}

/** @returns those that are the holder's now: an other may have been quicker */
async function claim(
  transaction: Transaction,
  { holder, now, claimMs }: Claimant,
  names: readonly string[],
): Promise<Set<string>> {
  // In order, so that two who claim the same names never wait for each other.
  const rows = await transaction.query<{ name: string }>(
    `insert into claims (name, holder, expires_at)
     select name, $2, $3::bigint from unnest($1::text[]) as name order by name
     on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where claims.holder = excluded.holder or claims.expires_at <= $4::bigint
     returning name`,
    [names, holder, now + claimMs, now],
  );
  return new Set(rows.map(({ name }) => name));
}

/** The oldest thing to compute that no other replica is at; it is claimed. */
export async function claimPartnerJob(
  transaction: Transaction,
  { claimant, ...options }: PartnerOptions & { claimant: Claimant },
): Promise<PartnerJob | null> {
  for (;;) {
    const except = [...options.except, ...(await readOthers(transaction, claimant, ''))];
    const job = await findPartnerJob(transaction, { ...options, except });
    if (!job) return null;
    const claimed = await claim(transaction, claimant, nameJob(job));
    // Of what was missed others are known to be the holders, the next time round.
    if (claimed.size === 0) continue;
    if (job.kind !== 'rows') return job;
    return { ...job, rows: job.rows.filter(({ id }) => claimed.has(`row ${id}`)) };
  }
}

/** The oldest batch to move that no other replica is at; it is claimed. @param except ids */
export async function claimMovingBatch(
  transaction: Transaction,
  { claimant, except }: { claimant: Claimant; except: readonly string[] },
): Promise<MovingBatch | null> {
  const prefix = nameBatch('');
  for (;;) {
    const others = await readOthers(transaction, claimant, prefix);
    const taken = others.map((name) => name.slice(prefix.length));
    const batch = await findMovingBatch(transaction, { except: [...except, ...taken] });
    if (!batch) return null;
    const claimed = await claim(transaction, claimant, [nameBatch(batch.id)]);
    if (claimed.size > 0) return batch;
  }
}

/** @returns whether it is the holder's now, or was already */
export async function claimName(
  transaction: Transaction,
  { claimant, name }: { claimant: Claimant; name: string },
): Promise<boolean> {
  return (await claim(transaction, claimant, [name])).has(name);
}

/** Puts off the end of claims that have not been lost meanwhile. */
export async function renewClaims(
  transaction: Transaction,
  { claimant, names }: { claimant: Claimant; names: readonly string[] },
): Promise<void> {
  const { holder, now, claimMs } = claimant;
  await transaction.query(
    'update claims set expires_at = $3 where holder = $1 and name = any($2)',
    [holder, names, now + claimMs],
  );
}

/** Gives claims up, and clears away what the dead have left. */
export async function dropClaims(
  transaction: Transaction,
  { holder, names, now }: ClaimNames & { now: number },
): Promise<void> {
  await transaction.query(
    `delete from claims where name in (select name from claims
       where holder = $1 and name = any($2) or expires_at <= $3 for update skip locked)`,
    [holder, names, now],
  );
}
