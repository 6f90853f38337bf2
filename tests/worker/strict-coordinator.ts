// A coordinator of one page for the contributor's loop: strict about signatures, counters and
// leases, generous with faults that a test asks for. It knows its answers from the oracle.

import { rowCost } from '#model/cost.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { type SavedModel, saveEncoder } from '#model/save-encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { type Bytes, concatBytes, fromHex, toHex, utf8, wordsToBytes } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { sessionProofBytes } from '#protocol/grant.ts';
import { placeResults } from '#protocol/placed-result.ts';
import { encodeUnitInput, outputDigest, unitDigest } from '#protocol/unit.ts';
import {
  type CallHead,
  type Challenge,
  type Lease,
  type ResultPayload,
  type ReturnedLease,
  type SessionAnswer,
  type SessionRequest,
  type SubmittedResult,
  type VerdictNews,
  WIRE_VERSION,
  type WorkAnswer,
  type WorkCall,
  type WorkRequest,
} from '#protocol/wire.ts';
import { encodeRow } from '#reference/encoder.ts';
import { sha256 } from '#sha256';

type VerifyKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface OpenSession {
  key: VerifyKey;
  counter: number;
  /** What it said of its account. */
  device: boolean;
}

interface GivenUnit {
  lease: Lease;
  /** Of the session that holds it. */
  session?: string;
  /** By the oracle, when it is needed. */
  digest(): Bytes;
}

const headers = { 'content-type': 'application/cbor' };

export const testOrigin = 'http://coordinator.test';

export class StrictCoordinator {
  readonly origin: string;
  readonly weights: EncoderWeights;
  readonly model: SavedModel;
  readonly sessions = new Map<string, OpenSession>();
  /** What the contributor said, in order. */
  readonly calls: WorkRequest[] = [];
  readonly returns: ReturnedLease[] = [];
  readonly accepted = new Map<string, ResultPayload>();
  readonly open = new Map<string, GivenUnit>();
  readonly requested: string[] = [];
  /** Leases that were sent again, since a call did not say that it holds them. */
  readonly resent: string[] = [];
  /** Units not yet leased. */
  units: GivenUnit[] = [];
  /** Verdicts stay pending so many times before they are accepted. */
  pendingTimes = 0;
  retryAfterMs = 1000;
  /** Compares what comes with the oracle; a bench of long units spares itself that. */
  checks = true;
  /** Gives no unit more, and says why. */
  suspended = false;
  /** Makes every call fail until cleared: a dead network, or an error of the coordinator. */
  fault: ((path: string) => Response | Error | null) | null = null;
  #sessionsOpened = 0;
  readonly #pending = new Map<string, number>();

  constructor(origin = testOrigin, config = syntheticConfig) {
    this.origin = origin;
    this.weights = makeSyntheticEncoder(7, config);
    const about = { name: 'tiny', licence: 'none', tokenizer: utf8('{}') };
    this.model = saveEncoder(this.weights, about);
  }

  /** @param lengths tokens of each row */
  addUnit(lengths: number[], seed = this.units.length + 1): GivenUnit {
    const model = fromHex(toHex(sha256(this.model.manifestBytes)));
    const { config } = this.weights;
    const rows = makeSyntheticRows(seed, lengths, config.vocabularySize);
    const input = encodeUnitInput({ model, rows });
    const compute = () => rows.map((row) => wordsToBytes(encodeRow(this.weights, row)));
    const unit: GivenUnit = {
      digest: () => outputDigest(concatBytes(...compute()), rows.length),
      lease: {
        lease: `lease-${seed}`,
        unit: unitDigest(input),
        model,
        rows: rows.length,
        cost: lengths.reduce((sum, tokens) => sum + rowCost(config, tokens), 0),
        leaseMs: 600_000,
        input,
        deliver: 'output',
        project: 'The test',
        projectId: 'project_test',
      },
    };
    this.units.push(unit);
    return unit;
  }

  /** Drops what was said and done, so that a long test does not measure it. */
  forget(): void {
    this.calls.length = 0;
    this.requested.length = 0;
    this.accepted.clear();
    this.#pending.clear();
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const { pathname } = new URL(String(input));
    this.requested.push(pathname);
    const fault = this.fault?.(pathname);
    if (fault instanceof Error) throw fault;
    if (fault) return fault;
    try {
      return new Response(await this.#answer(pathname, init), { headers });
    } catch (thrown) {
      const error = toIdlewildError(thrown).toWire();
      return new Response(encodeCbor({ error }), { status: 400, headers });
    }
  };

  async #answer(pathname: string, init: RequestInit): Promise<Bytes> {
    if (pathname.startsWith('/v1/manifests/')) return this.model.manifestBytes;
    const shard = this.model.shards.find((bytes) => pathname.endsWith(toHex(sha256(bytes))));
    if (shard) return shard;
    const body = decodeCbor(init.body as Uint8Array);
    if (pathname === '/v1/challenges') return encodeCbor(this.#challenge());
    if (pathname === '/v1/sessions') {
      return encodeCbor(await this.#openSession(body as SessionRequest));
    }
    if (pathname === '/v1/work') return encodeCbor(await this.#work(body as WorkCall));
    throw new IdlewildError('test/unknown-path', pathname);
  }

  #challenge(): Challenge {
    return {
      wire: WIRE_VERSION,
      nonce: sha256(utf8(String(this.sessions.size))),
      chainId: 31337,
      coordinator: this.origin,
      expiresAt: 4_000_000_000,
      challengeMs: 60_000,
    };
  }

  async #openSession(request: SessionRequest): Promise<SessionAnswer> {
    const { grant, sessionSignature, walletSignature, capabilities } = request;
    const key = await crypto.subtle.importKey(
      'raw',
      new Uint8Array(grant.sessionKey),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['verify'],
    );
    await verify(key, sessionSignature, sessionProofBytes(grant));
    if (walletSignature.length !== 65 || capabilities.selfTest.length !== 32) {
      throw new IdlewildError('test/malformed', 'session request');
    }
    const session = `session-${++this.#sessionsOpened}`;
    this.sessions.set(session, { key, counter: 0, device: request.device ?? false });
    const expiries = { expiresInMs: 86_400_000, consentExpiresInMs: 90 * 86_400_000 };
    return { session, account: grant.account, ...expiries, totals: this.#totals() };
  }

  async #work({ payload, signature, body }: WorkCall): Promise<WorkAnswer> {
    const head = decodeCbor(payload) as CallHead;
    const session = this.sessions.get(head.session);
    if (!session) throw new IdlewildError('session/unknown', 'No such session.');
    await verify(session.key, signature, payload);
    if (toHex(sha256(body)) !== toHex(head.body)) throw new IdlewildError('test/body', 'Not it.');
    const request = decodeCbor(body) as WorkRequest;
    const results = request.results.map((result) => result.payload);
    if (!placeResults(head, results)) throw new IdlewildError('test/results', 'Not they.');
    if (head.counter <= session.counter) throw staleCounter(session.counter);
    session.counter = head.counter;
    this.calls.push(request);
    for (const returned of request.returns) {
      this.returns.push(returned);
      const unit = this.open.get(returned.lease);
      this.open.delete(returned.lease);
      if (unit && returned.reason === 'stopped') this.units.unshift(unit);
    }
    const sent: string[] = [];
    for (const result of request.results) sent.push(await this.#take(result));
    const lost = [...this.open.keys()].filter(
      (lease) => this.open.get(lease)?.session === head.session && !request.holding.includes(lease),
    );
    const resent = lost.slice(0, request.want.units);
    this.resent.push(...resent);
    const fresh = this.suspended ? [] : this.units.splice(0, request.want.units - resent.length);
    for (const unit of fresh) {
      unit.session = head.session;
      this.open.set(unit.lease.lease, unit);
    }
    const leases = [...resent.map((lease) => this.open.get(lease)!), ...fresh];
    return {
      wire: WIRE_VERSION,
      verdicts: [...sent, ...request.awaiting].map((lease) => this.#news(lease)),
      leases: leases.map(({ lease }) => lease),
      retryAfterMs: this.retryAfterMs,
      reason: leases.length > 0 ? null : this.#whyNone(request.want.units),
      totals: this.#totals(),
      batch: leases.length > 0 || request.results.length > 0 ? this.#progress() : null,
    };
  }

  async #take({ payload, output }: SubmittedResult): Promise<string> {
    const result = decodeCbor(payload) as ResultPayload;
    if (this.accepted.has(result.lease)) return result.lease;
    const unit = this.open.get(result.lease);
    if (!unit) return result.lease;
    const claimed = toHex(result.digest);
    if (this.checks && claimed !== toHex(unit.digest()))
      throw new IdlewildError('test/digest', 'Wrong digest.');
    if (!output || toHex(outputDigest(output, unit.lease.rows)) !== claimed) {
      throw new IdlewildError('test/output', 'The output is not what the digest says.');
    }
    this.open.delete(result.lease);
    this.accepted.set(result.lease, result);
    this.#pending.set(result.lease, this.pendingTimes);
    return result.lease;
  }

  #whyNone(wanted: number) {
    return this.suspended && wanted > 0
      ? { code: 'account/suspended', message: 'Too many results were wrong.' }
      : { code: 'work/none', message: 'No unit is left.' };
  }

  #progress() {
    const unitsDone = this.accepted.size;
    const unitsTotal = unitsDone + this.units.length + this.open.size;
    return { project: 'The test', unitsDone, unitsTotal, remainingMs: null };
  }

  #news(lease: string): VerdictNews {
    if (!this.accepted.has(lease)) {
      const message = 'This account holds no such lease.';
      return { lease, state: 'rejected', code: 'lease/unknown', message, credit: 0, receipt: null };
    }
    const times = this.#pending.get(lease) ?? 0;
    this.#pending.set(lease, times - 1);
    const state = times > 0 ? 'pending' : 'accepted';
    const code = times > 0 ? 'verdict/awaiting-partner' : 'verdict/confirmed';
    return { lease, state, code, message: 'As expected.', credit: 1, receipt: null };
  }

  #totals() {
    const accepted = this.accepted.size;
    const credit = { credit: accepted, creditPending: 0, creditHeld: 0 };
    return { accepted, pending: 0, rejected: 0, ...credit };
  }
}

function staleCounter(counter: number): IdlewildError {
  return new IdlewildError('session/counter-stale', 'The counter was heard before.', {
    retryable: true,
    metaMessages: [`lastCounter=${counter}`],
  });
}

async function verify(key: VerifyKey, signature: Uint8Array, bytes: Uint8Array): Promise<void> {
  const hashed = { name: 'ECDSA', hash: 'SHA-256' };
  const args = [new Uint8Array(signature), new Uint8Array(bytes)] as const;
  if (!(await crypto.subtle.verify(hashed, key, ...args))) {
    throw new IdlewildError('session/signature', 'The signature is wrong.');
  }
}
