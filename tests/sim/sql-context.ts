// The simulation's calls as the product's operations, with names for accounts, sessions and payloads.
// A payload's name says what it holds, so that digests can be made without computing anything.
import type { Bytes } from '#protocol/bytes.ts';
import { toHex } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { assert } from '#protocol/errors.ts';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { BatchTerms } from '#store/batch-operations.ts';
import type { OperationName, Operations } from '#store/operations.ts';
import { waits as productWaits, type Waits } from '#store/waits.ts';
import type { GrantedLease } from '#store/work-item.ts';
import type { Policy } from '#validator/policy.ts';
import { right, rowDigest } from './digests.ts';
import type { SimWaits } from './memory-state.ts';
import { projects } from './projects.ts';
import type { Content, GivenResult, LeaseNews, NewBatch, WorkCall, WorkNews } from './queue.ts';
import { addSqlBatch, model, multiplyAddsPerRow, textBytes } from './sql-batch.ts';

export interface SqlQueueOptions {
  rules: Policy;
  secret: string;
  waits: SimWaits;
  laboratory: boolean;
  /** What every batch says of its payment; its project's word where it is missing. */
  terms?: BatchTerms;
}

const dayMs = 24 * 3_600_000;

export type Run = <Name extends OperationName>(
  name: Name,
  input: Parameters<Operations[Name]>[1],
) => Promise<Awaited<ReturnType<Operations[Name]>>>;

interface Account {
  id: string;
  number: number;
  address: string;
  session: string | null;
  sessions: number;
  counter: number;
}

interface KnownLease {
  granted: GrantedLease;
  session: string;
  expiresAt: number;
}

const alike = { bounded: null, models: [toHex(model)], speed: 1e15 };

export class SqlContext {
  readonly waits: Waits;
  /** Digests of units, back to what they stand for. */
  readonly digests = new Map<string, string>();
  readonly #run: Run;
  readonly #options: SqlQueueOptions;
  readonly #accounts = new Map<string, Account>();
  readonly #leases = new Map<string, KnownLease>();
  #units = 0;
  #batches = 0;

  constructor(run: Run, options: SqlQueueOptions) {
    this.#run = run;
    this.#options = options;
    const { composeMs, partnerMs, liveMs, goneMs, leaseMsMin, leaseSlack } = options.waits;
    this.waits = {
      ...productWaits,
      auditWaitMs: composeMs,
      partnerWaitMs: partnerMs,
      auditorWaitMs: partnerMs,
      liveMs,
      leaverMs: goneMs,
      leaseMsMin,
      leaseSlack,
    };
    this.unitDigest(right);
  }

  verdict(now: number) {
    const { rules, secret } = this.#options;
    return { now, rules, secret, named: [] };
  }

  async open(): Promise<void> {
    for (const { id, open } of projects) {
      const keyHash = textBytes(id);
      await this.#run('addProject', { id, name: id, words: '', open, keyHash, now: 0 });
      await this.#run('insertFile', {
        id: `file of ${id}`,
        project_id: id,
        purpose: 'batch',
        filename: 'file',
        bytes: 0,
        blob: 'blob',
        created_at: 0,
      });
    }
  }

  addAccount(id: string, address: string): Promise<void> {
    const number = this.#accounts.size;
    this.#accounts.set(id, { id, number, address, session: null, sessions: 0, counter: 0 });
    return this.#openSession(this.#account(id), 0);
  }

  async #openSession(account: Account, now: number): Promise<void> {
    // Live contributors are looked at in the order of their sessions' ids.
    const session = `${String(account.number).padStart(4, '0')} ${account.sessions++}`;
    const nonce = textBytes(session);
    const times = { now, grantedAt: now, expiresAt: 1_000 * dayMs, consentedAt: 1_000 * dayMs };
    await this.#run('openSession', {
      id: session,
      account: account.id,
      sessionKey: nonce,
      nonce,
      grant: encodeCbor({ account: account.id }),
      walletSignature: nonce,
      walletCheck: null,
      backend: 'wasm',
      adapter: '',
      selfTest: nonce,
      address: account.address,
      consentVersion: CONSENT_VERSION,
      ...times,
    });
    account.session = session;
    account.counter = 0;
  }

  #account(id: string): Account {
    const account = this.#accounts.get(id);
    assert(account, 'a call comes from an account');
    return account;
  }

  addBatch(batch: NewBatch): Promise<void> {
    const id = `batch ${String(this.#batches++).padStart(4, '0')}`;
    const { rules, terms } = this.#options;
    const nameUnit = () => `unit ${this.#units++}`;
    return addSqlBatch(this.#run, batch, { id, rules, terms, nameUnit });
  }

  async work(call: WorkCall): Promise<WorkNews> {
    const account = this.#account(call.account);
    const { laboratory } = this.#options;
    const item = () => ({
      session: account.session as string,
      account: account.id,
      address: account.address,
      backend: 'wasm' as const,
      counter: ++account.counter,
      results: call.results.map((given) => this.#toResult(given)),
      returns: call.returns.map(({ lease, reason }) => ({ lease, reason, detail: '' })),
      // What is not named as held would be sent again.
      holding: [...this.#leases.keys()],
      awaiting: [...call.awaiting],
      want: { ...alike, units: call.want, project: call.project },
    });
    const send = async () => {
      const { waits } = this;
      const options = { ...this.verdict(call.now), waits, laboratory, closing: false };
      return (await this.#run('work', { items: [item()], ...options }))[0];
    };
    let outcome = await send();
    if (outcome.kind === 'over') {
      await this.#openSession(account, call.now);
      outcome = await send();
    }
    assert(outcome.kind === 'answer', `a call is answered, not ${outcome.kind}`);
    return {
      verdicts: outcome.verdicts.map(({ state, code, credit }) => ({ state, code, credit })),
      leases: outcome.leases.map((granted) => this.#remember(account, granted, call.now)),
      suspended: outcome.reason?.code === 'account/suspended',
    };
  }

  #toResult({ lease, digests }: GivenResult) {
    const known = this.#leases.get(lease);
    assert(known, 'a result is for a lease');
    const { granted } = known;
    const isUnit = granted.inputBlob.startsWith('unit ');
    const payload = textBytes(lease);
    return {
      lease,
      unit: granted.unit,
      model,
      digest: isUnit ? this.unitDigest(digests[0]) : rootOf(digests),
      rows: granted.rows,
      backend: 'wasm' as const,
      outputBlob: isUnit ? toBlob(digests[0]) : JSON.stringify(digests),
      evidence: { payload, place: 0, path: new Uint8Array(), head: payload, signature: payload },
      fault: null,
    };
  }

  #remember({ session }: Account, granted: GrantedLease, now: number): LeaseNews {
    const expiresAt = now + granted.leaseMs;
    this.#leases.set(granted.lease, { granted, session: session as string, expiresAt });
    return { lease: granted.lease, content: contentOf(granted), expiresAt };
  }

  unitDigest(digest: string): Bytes {
    const bytes = textBytes(`digest ${digest}`);
    this.digests.set(toHex(bytes), digest);
    return bytes;
  }

  async compose(now: number): Promise<void> {
    const { laboratory } = this.#options;
    const options = { ...this.verdict(now), waits: this.waits, laboratory };
    for (const { rows } of await this.#run('gatherAudits', options)) {
      const named = rows.map(({ id, place, inputBlob, outputBlob }) => {
        const unit = Number(inputBlob.slice('unit '.length));
        return { id, unit, row: place, expected: rowDigest(fromBlob(outputBlob), place) };
      });
      const inputBlob = JSON.stringify(named.map(({ unit, row }) => ({ unit, row })));
      const audit = {
        model,
        digest: textBytes(`${inputBlob} ${now}`),
        inputBlob,
        cost: rows.length * multiplyAddsPerRow,
        expected: rootOf(named.map(({ expected }) => expected)),
        rows: named.map(({ id, expected }) => ({
          id,
          digest: textBytes(`row ${expected}`),
          cost: multiplyAddsPerRow,
        })),
      };
      await this.#run('addAudits', { audits: [audit], now });
    }
  }

  async partner(now: number): Promise<number> {
    const { laboratory } = this.#options;
    for (let computed = 0; ; ) {
      const options = { now, waits: this.waits, laboratory, except: [] };
      const job = await this.#run('findPartnerJob', options);
      if (!job) return computed;
      const verdict = this.verdict(now);
      const truth = textBytes(`row ${right}`);
      if (job.kind === 'unit') {
        const settled = { unit: job.id, digest: this.unitDigest(right), outputBlob: toBlob(right) };
        await this.#run('settleByCoordinator', { ...settled, ...verdict });
      } else if (job.kind === 'audit') {
        const given = JSON.parse(job.outputBlob) as string[];
        const digests = given.map((digest) => textBytes(`row ${digest}`));
        const truths = job.expected.map((expected, place) =>
          expected && toHex(expected) !== toHex(digests[place]) ? truth : null,
        );
        await this.#run('settleAuditByCoordinator', {
          unit: job.id,
          given: digests,
          truths,
          ...verdict,
        });
      } else if (job.kind === 'rows') {
        const rows = job.rows.map(({ id, place, outputBlob }) => {
          const digest = textBytes(`row ${rowDigest(fromBlob(outputBlob), place)}`);
          return { id, digest, truth };
        });
        computed += rows.length;
        await this.#run('settleRows', { rows, ...verdict });
      }
    }
  }
}

/** The payload of a unit's output is named by its digest. */
const toBlob = (digest: string) => `output ${digest}`;
const fromBlob = (blob: string) => blob.slice('output '.length);

const rootOf = (digests: readonly string[]): Bytes => textBytes(`root ${JSON.stringify(digests)}`);

function contentOf({ inputBlob, rows }: GrantedLease): Content {
  if (!inputBlob.startsWith('unit ')) return { audit: JSON.parse(inputBlob) };
  return { unit: Number(inputBlob.slice('unit '.length)), rows };
}
