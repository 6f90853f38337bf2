// What a contributor asks about its own account: what it has come to, that its consent is over, that
// what names it goes.
import type { Totals } from '#protocol/wire.ts';
import { consentLeftMs } from './consent-reasons.ts';
import { countDays, dayMs } from './count-days.ts';
import { freeUnits } from './expire-leases.ts';
import { ownIds } from './families.ts';
import { readTotals } from './read-totals.ts';
import { type Heard, hearCall, type SealedCall } from './session-operations.ts';
import type { Transaction } from './transaction.ts';

type Unheard = Exclude<Heard, { kind: 'heard' }>;

export interface AccountState {
  kind: 'account';
  account: string;
  boundTo: string | null;
  totals: Totals;
  days: { day: number; accepted: number; rejected: number; credit: number }[];
  consent: { version: number; expiresInMs: number };
  sessions: number;
}

/** Pieces of history counted in one call; the loops count the rest. */
const piecesMax = 16;

export async function readAccount(
  transaction: Transaction,
  { days, consentMs, ...call }: SealedCall & { days: number; consentMs: number },
): Promise<AccountState | Unheard> {
  const heard = await hearCall(transaction, call);
  if (heard.kind !== 'heard') return heard;
  const { account, consent_version: version } = heard;
  let pieces = 0;
  while (pieces < piecesMax && (await countDays(transaction, null))) pieces++;
  const [{ bound_to: boundTo }] = await transaction.query<{ bound_to: string | null }>(
    'select bound_to from accounts where id = $1',
    [account],
  );
  const totals = await readTotals(transaction, [{ account }]);
  return {
    kind: 'account',
    account,
    boundTo,
    totals: totals.get(account) as Totals,
    days: await readDays(transaction, account, { days, now: call.now }),
    consent: { version, expiresInMs: consentLeftMs(heard, call.now, consentMs) },
    sessions: await countSessions(transaction, account, call.now),
  };
}

/** Today is the last of them. */
async function readDays(
  transaction: Transaction,
  account: string,
  { days, now }: { days: number; now: number },
): Promise<AccountState['days']> {
  const rows = await transaction.query<Record<keyof AccountState['days'][0], number | string>>(
    `select day, sum(accepted) as accepted, sum(rejected) as rejected, sum(credit) as credit
     from account_days where account_id in (${ownIds}) and day > $2 group by day order by day`,
    [account, Math.floor(now / dayMs) - days],
  );
  return rows.map(({ day, accepted, rejected, credit }) => ({
    day: Number(day),
    accepted: Number(accepted),
    rejected: Number(rejected),
    credit: Number(credit),
  }));
}

/** Of the account and those bound to it: sessions that have not ended. */
async function countSessions(
  transaction: Transaction,
  account: string,
  now: number,
): Promise<number> {
  const [{ count }] = await transaction.query<{ count: number }>(
    `select count(*)::int as count from sessions where expires_at > $2 and id in (${ownSessions})`,
    [account, now],
  );
  return count;
}

const ownSessions = `select session_id from account_sessions where account_id in (${ownIds})`;

export interface Ended {
  kind: 'ended';
  account: string;
  sessions: number;
}

/** No session of the account, or of one bound to it, gets a lease any more; another one may. */
export async function withdrawConsent(
  transaction: Transaction,
  call: SealedCall,
): Promise<Ended | Unheard> {
  const heard = await hearCall(transaction, call);
  if (heard.kind !== 'heard') return heard;
  const { account } = heard;
  await transaction.query(
    `update sessions set consent_withdrawn_at = coalesce(consent_withdrawn_at, $2::bigint),
       last_wanted_at = 0
     where id in (${ownSessions})`,
    [account, call.now],
  );
  return {
    kind: 'ended',
    account,
    sessions: await countSessions(transaction, account, call.now),
  };
}

/**
 * The same, and what names the person goes: adapters and addresses of its sessions at once, addresses of
 * its leases once their batches are over (erase-addresses.ts). Leases that are open go back. What the
 * receipts say stays: the account's address, its keys, what it computed.
 */
export async function deletePerson(
  transaction: Transaction,
  call: SealedCall,
): Promise<Ended | Unheard> {
  const ended = await withdrawConsent(transaction, call);
  if (ended.kind !== 'ended') return ended;
  const { account } = ended;
  await transaction.query(
    `update sessions set adapter = '', address = '' where id in (${ownSessions})`,
    [account],
  );
  const returned = await transaction.query<{ unit_id: number }>(
    `update leases set state = 2, reason = 'stopped'
     where state + 0 = 0 and session_id in (${ownSessions}) returning unit_id`,
    [account],
  );
  await freeUnits(
    transaction,
    returned.map(({ unit_id }) => unit_id),
  );
  await transaction.query(
    `insert into erasures (account_id, look_at) select id, $2::bigint from accounts
     where id in (${ownIds})
     on conflict (account_id) do update set look_at = excluded.look_at, next_unit = 0,
       left_unit = null`,
    [account, call.now],
  );
  return ended;
}
