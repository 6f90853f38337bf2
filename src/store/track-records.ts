// Records of accounts on a model and a backend, as they change within one transaction: read once,
// written once, as differences, so that two coordinators on one database both count.
import { fromHex } from '#protocol/bytes.ts';
import { newRecord, type TrackRecord } from '#validator/policy.ts';
import { modelHex } from './hex.ts';
import { send } from './send.ts';
import type { Transaction } from './transaction.ts';

export interface RecordKey {
  account: string;
  /** Hex. */
  model: string;
  backend: string;
}

interface RecordRow {
  account_id: string;
  model: Uint8Array;
  backend: string;
  run: number;
  held: number;
  confirmed: number;
  drawn: number;
  audits: number;
}

interface Change extends RecordKey {
  reset: boolean;
  longer: number;
  held: number;
  confirmed: number;
  drawn: number;
  audits: number;
}

const counted = ['held', 'confirmed', 'drawn', 'audits'] as const;

export interface TrackRecords {
  get(key: RecordKey): TrackRecord;
  longer(key: RecordKey): void;
  reset(key: RecordKey): void;
  add(key: RecordKey, counts: Partial<Pick<TrackRecord, (typeof counted)[number]>>): void;
  /** Keys whose confirmed units have risen. */
  risen(): RecordKey[];
  write(): Promise<void>;
}

const nameOf = ({ account, model, backend }: RecordKey) => `${account} ${model} ${backend}`;

export async function openRecords(
  transaction: Transaction,
  accounts: readonly string[],
): Promise<TrackRecords> {
  const rows =
    accounts.length === 0
      ? []
      : await transaction.query<RecordRow>(
          `select account_id, model, backend, run, held, confirmed, drawn, audits from records
           where account_id = any($1::text[])`,
          [[...new Set(accounts)]],
        );
  const known = new Map(
    rows.map(({ account_id: account, model, backend, ...record }): [string, TrackRecord] => [
      nameOf({ account, model: modelHex(model), backend }),
      record,
    ]),
  );
  const changes = new Map<string, Change>();
  const open = (key: RecordKey): [TrackRecord, Change] => {
    const name = nameOf(key);
    const record = known.get(name) ?? { ...newRecord };
    known.set(name, record);
    const change = changes.get(name) ?? {
      account: key.account,
      model: key.model,
      backend: key.backend,
      reset: false,
      longer: 0,
      held: 0,
      confirmed: 0,
      drawn: 0,
      audits: 0,
    };
    changes.set(name, change);
    return [record, change];
  };
  return {
    get: (key) => known.get(nameOf(key)) ?? newRecord,
    longer(key) {
      const [record, change] = open(key);
      record.run++;
      change.longer++;
    },
    reset(key) {
      const [record, change] = open(key);
      record.run = 0;
      change.reset = true;
      change.longer = 0;
    },
    add(key, counts) {
      const [record, change] = open(key);
      for (const name of counted) {
        record[name] += counts[name] ?? 0;
        change[name] += counts[name] ?? 0;
      }
    },
    risen: () => [...changes.values()].filter(({ confirmed }) => confirmed > 0),
    async write() {
      await writeChanges(transaction, [...changes.values()]);
      changes.clear();
    },
  };
}

async function writeChanges(transaction: Transaction, changes: Change[]): Promise<void> {
  if (changes.length === 0) return;
  // One order for all, so that two transactions never wait for each other.
  const sorted = changes.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  await send(
    transaction,
    `insert into records as kept (account_id, model, backend, run, held, confirmed, drawn, audits)
     select account_id, model, backend, longer, held, confirmed, drawn, audits
     from unnest($1::text[], $2::bytea[], $3::text[], $4::int[], $5::int[], $6::int[], $11::int[],
         $7::int[])
       as changed (account_id, model, backend, longer, held, confirmed, drawn, audits)
     on conflict (account_id, model, backend) do update set
       run = excluded.run + case when (kept.account_id, encode(kept.model, 'hex'), kept.backend)
         in (select * from unnest($8::text[], $9::text[], $10::text[])) then 0 else kept.run end,
       held = kept.held + excluded.held,
       confirmed = kept.confirmed + excluded.confirmed,
       drawn = kept.drawn + excluded.drawn,
       audits = kept.audits + excluded.audits`,
    [
      sorted.map(({ account }) => account),
      sorted.map(({ model }) => fromHex(model)),
      sorted.map(({ backend }) => backend),
      sorted.map(({ longer }) => longer),
      sorted.map(({ held }) => held),
      sorted.map(({ confirmed }) => confirmed),
      sorted.map(({ audits }) => audits),
      sorted.filter(({ reset }) => reset).map(({ account }) => account),
      sorted.filter(({ reset }) => reset).map(({ model }) => model),
      sorted.filter(({ reset }) => reset).map(({ backend }) => backend),
      sorted.map(({ drawn }) => drawn),
    ],
  );
}
