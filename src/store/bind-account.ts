// A device account is bound to a wallet, once and for good: from then on they are one contributor. Its
// credit counts for the wallet, it takes no more leases, what it has under way is judged as before,
// and what either of them holds open to check the other is taken back.
import type { WalletCheck } from '#protocol/receipt.ts';
import { freeUnits } from './expire-leases.ts';
import { loadFamilies } from './families.ts';
import { loadAuditedUnits, loadParties } from './load-parties.ts';
import { type Heard, hearCall, type SealedCall } from './session-operations.ts';
import { unitKinds } from './settlement.ts';
import type { Transaction } from './transaction.ts';

export interface NewBinding {
  device: string;
  wallet: string;
  nonce: Uint8Array;
  /** CBOR of the Binding. */
  binding: Uint8Array;
  deviceSignature: Uint8Array;
  walletSignature: Uint8Array;
  /** Null of an ordinary account. */
  walletCheck: WalletCheck | null;
}

/** Why it cannot be. */
export type BindingFault =
  | 'other-session'
  | 'already-bound'
  | 'nonce-used'
  | 'wallet-bound'
  | 'device-has-devices'
  | 'settled'
  | 'suspended';

export type BindOutcome =
  | Exclude<Heard, { kind: 'heard' }>
  | { kind: 'refused'; fault: BindingFault }
  | { kind: 'bound' };

/** Answered as the first time where it is asked again for the same wallet. */
export async function bindAccount(
  transaction: Transaction,
  { bound, ...call }: SealedCall & { bound: NewBinding },
): Promise<BindOutcome> {
  const heard = await hearCall(transaction, call);
  if (heard.kind !== 'heard') return heard;
  const { device, wallet } = bound;
  if (heard.account !== device) return { kind: 'refused', fault: 'other-session' };
  const [before] = await transaction.query<{ wallet: string }>(
    'select wallet from bindings where device = $1',
    [device],
  );
  if (before?.wallet === wallet) return { kind: 'bound' };
  const fault = before ? 'already-bound' : await findFault(transaction, bound);
  if (fault) return { kind: 'refused', fault };
  await writeBinding(transaction, bound, call.now);
  await takeOver(transaction, bound);
  await withdrawOwn(transaction, await loadFamilies(transaction, [wallet]));
  return { kind: 'bound' };
}

async function findFault(
  transaction: Transaction,
  { device, wallet, nonce }: NewBinding,
): Promise<BindingFault | null> {
  const used = await transaction.query(
    'select 1 from bindings where nonce = $1 union all select 1 from sessions where nonce = $1',
    [nonce],
  );
  if (used.length > 0) return 'nonce-used';
  const settled = await transaction.query('select 1 from epoch_credits where account_id = $1', [
    device,
  ]);
  if (settled.length > 0) return 'settled';
  const accounts = await transaction.query<{
    id: string;
    bound_to: string | null;
    suspended_at: number | null;
  }>(
    `select id, bound_to, suspended_at from accounts where id = any($1::text[])
     union all select id, bound_to, suspended_at from accounts where bound_to = any($1::text[])`,
    [[device, wallet]],
  );
  if (accounts.some(({ id, bound_to }) => id === wallet && bound_to !== null)) {
    return 'wallet-bound';
  }
  if (accounts.some(({ bound_to }) => bound_to === device)) return 'device-has-devices';
  // Its own ban, the wallet's, or that of a device that is bound to the wallet already.
  return accounts.some(({ suspended_at }) => suspended_at !== null) ? 'suspended' : null;
}

async function writeBinding(
  transaction: Transaction,
  { device, wallet, nonce, binding, walletCheck, ...signatures }: NewBinding,
  now: number,
): Promise<void> {
  await transaction.query(
    'insert into accounts (id, created_at) values ($1, $2) on conflict do nothing',
    [wallet, now],
  );
  await transaction.query(
    `insert into bindings (device, wallet, nonce, binding, device_signature, wallet_signature,
       wallet_kind, wallet_block, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      device,
      wallet,
      nonce,
      binding,
      signatures.deviceSignature,
      signatures.walletSignature,
      walletCheck?.kind ?? null,
      walletCheck?.block ?? null,
      now,
    ],
  );
  await transaction.query('update accounts set bound_to = $2 where id = $1', [device, wallet]);
}

/**
 * What speaks for the device speaks for the wallet, and what speaks against it. Its units stay its own:
 * of its record the wallet gets what is confirmed, as if nothing were held.
 */
async function takeOver(transaction: Transaction, { device, wallet }: NewBinding): Promise<void> {
  await transaction.query(
    `update accounts set convictions = accounts.convictions + device.convictions
     from accounts as device where accounts.id = $2 and device.id = $1`,
    [device, wallet],
  );
  await transaction.query(
    `insert into records (account_id, model, backend, run, held, confirmed, drawn, audits)
     select $2, model, backend, run, confirmed, confirmed, drawn, audits from records
     where account_id = $1 on conflict do nothing`,
    [device, wallet],
  );
  await transaction.query(
    `update sessions set last_wanted_at = 0
     where id in (select session_id from account_sessions where account_id = $1)`,
    [device],
  );
}

interface OpenLease {
  id: string;
  unit_id: number;
  account_id: string;
  kind: number;
}

/** Open leases of one of them on what another of them computed or audits. */
async function withdrawOwn(transaction: Transaction, family: readonly string[]): Promise<void> {
  const open = await transaction.query<OpenLease>(
    `select leases.id, unit_id, leases.account_id, kind
     from account_sessions join leases on leases.session_id = account_sessions.session_id
       join units on units.id = unit_id
     where account_sessions.account_id = any($1::text[]) and leases.state + 0 = 0
     order by leases.id`,
    [family],
  );
  if (open.length === 0) return;
  const audits = open.filter(({ kind }) => unitKinds[kind] === 'audit');
  const audited = await loadAuditedUnits(
    transaction,
    audits.map(({ unit_id }) => unit_id),
  );
  const unitsOf = ({ unit_id }: OpenLease) => audited.get(unit_id) ?? [unit_id];
  const parties = await loadParties(transaction, [...new Set(open.flatMap(unitsOf))]);
  const own = open.filter((lease) =>
    unitsOf(lease)
      .flatMap((unit) => parties.get(unit) ?? [])
      .some(({ account_id: other }) => other !== lease.account_id && family.includes(other)),
  );
  if (own.length === 0) return;
  await transaction.query(
    `update leases set state = 4, reason = 'lease/own-unit' where id = any($1::text[])`,
    [own.map(({ id }) => id)],
  );
  await freeUnits(
    transaction,
    own.map(({ unit_id }) => unit_id),
  );
}
