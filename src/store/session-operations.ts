// Sessions: a wallet's grant to a session key, kept so that receipts can show it.
import type { WalletCheck } from '#protocol/receipt.ts';
import type { Backend, Totals } from '#protocol/wire.ts';
import { type ConsentRow, consentColumns } from './consent-reasons.ts';
import { readTotals } from './read-totals.ts';
import { lockAccount } from './revoke-sessions.ts';
import type { Transaction } from './transaction.ts';

export interface SessionRow {
  id: string;
  account_id: string;
  session_key: Uint8Array;
  backend: Backend;
  counter: number;
  expires_at: number;
}

export interface NewSession {
  id: string;
  account: string;
  sessionKey: Uint8Array;
  nonce: Uint8Array;
  grant: Uint8Array;
  walletSignature: Uint8Array;
  /** Null of an ordinary account. */
  walletCheck: WalletCheck | null;
  /** What it says of its account. */
  kind?: 'wallet' | 'device';
  /** When the challenge was made that it answers. */
  grantedAt: number;
  backend: Backend;
  adapter: string;
  selfTest: Uint8Array;
  address: string;
  now: number;
  expiresAt: number;
  consentVersion: number;
  consentedAt: number;
}

export type OpenedSession =
  /** A session was opened on this nonce before. */
  | { kind: 'nonce-used' }
  /** The wallet ended what was granted until then, or this key. */
  | { kind: 'revoked' }
  | { kind: 'opened'; totals: Totals };

export async function openSession(
  transaction: Transaction,
  session: NewSession,
): Promise<OpenedSession> {
  await transaction.query(
    'insert into accounts (id, created_at) values ($1, $2) on conflict do nothing',
    [session.account, session.now],
  );
  await lockAccount(transaction, session.account);
  if (await isRevoked(transaction, session)) return { kind: 'revoked' };
  const opened = await transaction.query(
    `insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature,
       backend, adapter, self_test, address, created_at, expires_at, last_wanted_at,
       consent_version, consented_at, wallet_kind, wallet_block)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $13, $14, $15, $16)
     on conflict (nonce) do nothing returning id`,
    [
      session.id,
      session.account,
      session.sessionKey,
      session.nonce,
      session.grant,
      session.walletSignature,
      session.backend,
      session.adapter,
      session.selfTest,
      session.address,
      session.now,
      session.expiresAt,
      session.consentVersion,
      session.consentedAt,
      session.walletCheck?.kind ?? null,
      session.walletCheck?.block ?? null,
    ],
  );
  if (opened.length === 0) return { kind: 'nonce-used' };
  const { account, kind = 'wallet' } = session;
  // Once a wallet, always one: its credit may lie in an epoch already.
  await transaction.query(
    `update accounts set kind = $2 where id = $1 and kind is distinct from $2
       and kind is distinct from 'wallet'`,
    [account, kind],
  );
  await transaction.query('insert into account_sessions (account_id, session_id) values ($1, $2)', [
    account,
    session.id,
  ]);
  return {
    kind: 'opened',
    totals: (await readTotals(transaction, [{ account }])).get(account)!,
  };
}

async function isRevoked(
  transaction: Transaction,
  { account, sessionKey, grantedAt }: NewSession,
): Promise<boolean> {
  const revoked = await transaction.query(
    `select 1 from revocations where account_id = $1
       and (session_key = $2 or (session_key is null and created_at >= $3)) limit 1`,
    [account, sessionKey, grantedAt],
  );
  return revoked.length > 0;
}

export async function findSession(
  transaction: Transaction,
  { id }: { id: string },
): Promise<SessionRow | null> {
  const [session] = await transaction.query<SessionRow>(
    `select id, account_id, session_key, backend, counter, expires_at
     from sessions where id = $1`,
    [id],
  );
  return session ?? null;
}

export interface SealedCall {
  session: string;
  counter: number;
  now: number;
}

export type Heard =
  /** The counter was heard before; `counter` is the highest that was. */
  | { kind: 'stale'; counter: number }
  | { kind: 'over' }
  | ({ kind: 'heard'; account: string } & ConsentRow);

/** A counter rises over all calls of a session: one that was heard before does nothing. */
export async function hearCall(
  transaction: Transaction,
  { session, counter, now }: SealedCall,
): Promise<Heard> {
  const [heard] = await transaction.query<ConsentRow & { account_id: string }>(
    `update sessions set counter = $2 where id = $1 and counter < $2 and expires_at > $3
     returning account_id, ${consentColumns}`,
    [session, counter, now],
  );
  if (heard) {
    const { account_id: account, ...consent } = heard;
    return { kind: 'heard', account, ...consent };
  }
  const known = await findSession(transaction, { id: session });
  if (!known || Number(known.expires_at) <= now) return { kind: 'over' };
  return { kind: 'stale', counter: Number(known.counter) };
}
