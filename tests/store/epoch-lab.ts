// A ledger for tests of epochs: wallets, devices and orders, receipts that pay them out of this or that,
// and the log's next signed checkpoint.
import { utf8 } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { closeEpoch, countEpoch } from '#store/epoch-close.ts';
import { moveEpoch, readEpochCredits, readEpochDebits } from '#store/epoch-operations.ts';
import { makeReceipts, type ReceiptEntry, writeReceipts } from '#store/write-receipts.ts';
import { addressOf, hashOf } from '../settlement/epoch-lab.ts';
import { type LabDatabase, openLab } from './log-lab.ts';

export const terms = { chainId: 31_337, contract: addressOf('contract'), creditsPerTokenUnit: 10n };
export const wallet = (name: string) => addressOf(name);

export interface EpochDatabase extends LabDatabase {
  addAccount(
    name: string,
    options?: { kind?: 'wallet' | 'device' | null; bound?: string },
  ): Promise<void>;
  /** @returns its hash */
  addOrder(name: string): Promise<`0x${string}`>;
  /** One receipt each: who earned how much, out of which ledger account. */
  pay(...payments: [name: string, credit: number, payer: string][]): Promise<void>;
  /** Gives what waits its leaves, and signs. */
  sign(): Promise<void>;
  count(leavesMax?: number): Promise<boolean>;
  close(): Promise<void>;
  closeEpoch(number: number, after: number | null, failAt?: number): Promise<void>;
  makeFinal(number: number): Promise<void>;
  /** The frozen books, by name of account and hash of order. */
  books(
    number: number,
  ): Promise<{ credits: Record<string, bigint>; debits: Record<string, bigint> }>;
}

let leases = 0;

function makeEntry(account: string, credit: number, payer: string): ReceiptEntry {
  const lease = `lease_${leases++}`;
  const named = sha256(utf8(lease));
  return {
    kind: 'credited',
    unit: {
      id: leases,
      kind: 0,
      digest: named,
      model: named,
      cost: 1_000_000,
      batch_id: 'open',
      project_id: 'p',
      open: true,
    },
    result: {
      lease_id: lease,
      unit_id: leases,
      session_id: 's',
      account_id: account,
      backend: 'wasm',
      digest: named,
      output_blob: null,
      evidence: {
        payload: named,
        signature: new Uint8Array(64),
        place: 0,
        path: new Uint8Array(),
        head: named,
      },
      state: 0,
      grant: { account },
      wallet_signature: new Uint8Array(65),
    } as unknown as ReceiptEntry['result'],
    code: 'verdict/confirmed',
    confirmedBy: ['coordinator'],
    rate: 1_000,
    credit,
    payer,
  } as ReceiptEntry;
}

export async function openEpochLab(...given: Parameters<typeof openLab>): Promise<EpochDatabase> {
  const lab = await openLab(...given);
  const names = new Map<string, string>();
  const nameOf = (account: string) => names.get(account) ?? account;
  return Object.assign(lab, {
    async addAccount(name, { kind = 'wallet', bound } = {}) {
      names.set(wallet(name), name);
      await lab.run(({ query }) =>
        query('insert into accounts (id, created_at, kind, bound_to) values ($1, 0, $2, $3)', [
          wallet(name),
          kind,
          bound === undefined ? null : wallet(bound),
        ]),
      );
    },
    async addOrder(name) {
      await lab.run(({ query }) =>
        query(
          `insert into orders (hash, project_id, requester, cap, expires_at, nonce, signature, source,
             state, created_at) values ($1, 'p', $2, 1, 1, $1, '', 'escrow', 'registered', 0)`,
          [hashOf(name), wallet('requester')],
        ),
      );
      return hashOf(name);
    },
    pay: (...payments) =>
      lab.run((inside) =>
        writeReceipts(
          inside,
          makeReceipts(
            payments.map(([name, credit, payer]) => makeEntry(wallet(name), credit, payer)),
          ),
          1,
        ),
      ),
    async sign() {
      while ((await lab.step()).more);
    },
    count: (leavesMax) =>
      lab.run((inside) => countEpoch(inside, { now: 1, ...(leavesMax && { leavesMax }) })),
    closeEpoch: (number, after, failAt) =>
      lab.run((inside) => closeEpoch(inside, { number, after, ...terms, now: number }), failAt),
    makeFinal: (number) =>
      lab.run((inside) => moveEpoch(inside, { number, from: 'closing', to: 'final', now: number })),
    async books(number) {
      const page = { number, after: '', limit: 1_000 };
      const credits = await lab.run((inside) => readEpochCredits(inside, page));
      const debits = await lab.run((inside) => readEpochDebits(inside, page));
      return {
        credits: Object.fromEntries(
          credits.map(({ account, cumulative }) => [nameOf(account), cumulative]),
        ),
        debits: Object.fromEntries(debits.map(({ order, cumulative }) => [order, cumulative])),
      };
    },
  } satisfies Partial<EpochDatabase>) as EpochDatabase;
}
