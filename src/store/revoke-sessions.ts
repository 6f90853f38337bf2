// A wallet ends its sessions by its own word. They are over at once, on every replica, since each call
// of a session asks the database whether it is; what they hold goes back to others; and no grant that
// was made before opens another.
import { equalBytes } from '#protocol/bytes.ts';
import type { WalletCheck } from '#protocol/receipt.ts';
import { freeUnits } from './expire-leases.ts';
import { ownIds } from './families.ts';
import { count } from './tally.ts';
import type { Transaction } from './transaction.ts';

export interface NewRevocation {
  account: string;
  /** Empty for all. */
  sessionKey: Uint8Array;
  nonce: Uint8Array;
  /** CBOR of the Revocation. */
  revocation: Uint8Array;
  walletSignature: Uint8Array;
  walletCheck: WalletCheck | null;
  now: number;
}

export type RevokeOutcome =
  | { kind: 'nonce-used' }
  /** `sessions`: ids of those that ended now. */
  | { kind: 'revoked'; ended: number; sessions: string[] };

/** Answered as the first time where it is asked again: nothing that began since ends by that. */
export async function revokeSessions(
  transaction: Transaction,
  asked: NewRevocation,
): Promise<RevokeOutcome> {
  const { account, now } = asked;
  await transaction.query(
    'insert into accounts (id, created_at) values ($1, $2) on conflict do nothing',
    [account, now],
  );
  // Who opens a session waits for no writer's turn (database-modes.ts), but for this lock.
  await lockAccount(transaction, account);
  const [before] = await transaction.query<{ revocation: Uint8Array; sessions_ended: number }>(
    'select revocation, sessions_ended from revocations where nonce = $1',
    [asked.nonce],
  );
  if (before) {
    if (!equalBytes(before.revocation, asked.revocation)) return { kind: 'nonce-used' };
    return { kind: 'revoked', ended: before.sessions_ended, sessions: [] };
  }
  const sessions = await endSessions(transaction, asked);
  await withdrawLeases(transaction, sessions);
  await write(transaction, asked, sessions.length);
  return { kind: 'revoked', ended: sessions.length, sessions };
}

export async function lockAccount(transaction: Transaction, account: string): Promise<void> {
  await transaction.query('select 1 from accounts where id = $1 for update', [account]);
}

/** Of the account and, where no key is named, of those bound to it. */
async function endSessions(
  transaction: Transaction,
  { account, sessionKey, now }: NewRevocation,
): Promise<string[]> {
  const ended = await transaction.query<{ id: string }>(
    `update sessions set expires_at = $2, last_wanted_at = 0
     where expires_at > $2 and ($3::bytea is null or session_key = $3::bytea)
       and id in (select session_id from account_sessions where account_id in (${ownIds}))
     returning id`,
    [account, now, nullIfEmpty(sessionKey)],
  );
  return ended.map(({ id }) => id);
}

async function withdrawLeases(transaction: Transaction, sessions: readonly string[]) {
  if (sessions.length === 0) return;
  const returned = await transaction.query<{ unit_id: number }>(
    `update leases set state = 4, reason = 'session/revoked'
     where state + 0 = 0 and session_id = any($1::text[]) returning unit_id`,
    [sessions],
  );
  count(transaction, 'lease returned', returned.length);
  await freeUnits(
    transaction,
    returned.map(({ unit_id }) => unit_id),
  );
}

async function write(transaction: Transaction, asked: NewRevocation, ended: number) {
  const { nonce, account, sessionKey, revocation, walletSignature, walletCheck, now } = asked;
  await transaction.query(
    `insert into revocations (nonce, account_id, session_key, revocation, wallet_signature,
       wallet_kind, wallet_block, sessions_ended, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      nonce,
      account,
      nullIfEmpty(sessionKey),
      revocation,
      walletSignature,
      walletCheck?.kind ?? null,
      walletCheck?.block ?? null,
      ended,
      now,
    ],
  );
}

function nullIfEmpty(bytes: Uint8Array): Uint8Array | null {
  return bytes.length === 0 ? null : bytes;
}
