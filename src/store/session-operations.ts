// Sessions: a wallet's grant to a session key, kept so that receipts can show it.
import type { Backend, Totals } from '#protocol/wire.ts';
import type { Transaction } from './transaction.ts';
import { readTotals } from './work-operation.ts';

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
  backend: Backend;
  adapter: string;
  selfTest: Uint8Array;
  address: string;
  now: number;
  expiresAt: number;
}

/** @returns null where a session was opened on this nonce before */
export async function openSession(
  transaction: Transaction,
  session: NewSession,
): Promise<Totals | null> {
  await transaction.query(
    'insert into accounts (id, created_at) values ($1, $2) on conflict do nothing',
    [session.account, session.now],
  );
  const opened = await transaction.query(
    `insert into sessions (id, account_id, session_key, nonce, wallet_grant, wallet_signature,
       backend, adapter, self_test, address, created_at, expires_at, last_wanted_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)
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
    ],
  );
  if (opened.length === 0) return null;
  const { account } = session;
  return (await readTotals(transaction, [{ account }])).get(account)!;
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
