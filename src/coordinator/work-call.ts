// POST /v1/work: an envelope in, checked and committed with its neighbours, an answer out.

import { verifySessionSignature } from '#ledger/session-signature.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import {
  type Envelope,
  type Lease,
  WIRE_VERSION,
  type WorkAnswer,
  type WorkRequest,
} from '#protocol/wire.ts';
import type { OwnedReturn } from '#store/expire-leases.ts';
import { createGroupCommit } from '#store/group-commit.ts';
import type { GrantedLease, WorkItem, WorkOutcome } from '#store/work-item.ts';
import {
  type CallPace,
  createCallPace,
  retryMsMax,
  waitingCallsPerSecondMax,
} from './call-pace.ts';
import { checkResult, readResult } from './check-result.ts';
import type { Context } from './context.ts';
import { createOpenLeases } from './open-leases.ts';
import { heedUnreadable, readInputBytes } from './read-units.ts';
import type { Session, Sessions } from './sessions.ts';
import { checkWire, viewBody, workRequest } from './wire-schemas.ts';

export interface WorkCalls {
  /** @throws session/..., wire/..., cbor/malformed */
  work(envelope: Envelope, address: string): Promise<WorkAnswer>;
  idle(): Promise<void>;
}

const commitGroupMax = 64;
const commitWaitingMax = 4_096;
/** Slower claims than this would make leases endless. */
const speedMin = 1e6;

export function createWorkCalls(context: Context, sessions: Sessions): WorkCalls {
  const { database, waits, laboratory } = context;
  const openLeases = createOpenLeases(database);
  const paces = createPaces(context);
  const group = createGroupCommit<WorkItem, WorkOutcome>({
    async commit(items) {
      const started = performance.now();
      const outcomes = await database.run('work', {
        items,
        ...context.verdicts(),
        waits,
        laboratory,
        closing: context.closing(),
      });
      context.metrics.commit(items.length, (performance.now() - started) / 1000);
      return outcomes;
    },
    keyOf: (item) => item.session,
    groupMax: commitGroupMax,
    waitingMax: commitWaitingMax,
  });

  return {
    async work(envelope, address) {
      const request = viewBody(workRequest, envelope.payload) as WorkRequest;
      checkWire(request.wire);
      const session = await sessions.find(request.session);
      if (!verifySessionSignature(envelope.payload, envelope.signature, session.key)) {
        throw new IdlewildError('session/signature', 'The session key did not sign this call.');
      }
      const { want, ...rest } = request;
      const read = request.results.map(readResult);
      const named = read.flatMap(({ payload }) => payload?.lease ?? []);
      const outputsWanted = await openLeases.find(session.account, named);
      const options = { session, outputsWanted };
      const results = await Promise.all(
        read.map((result) => checkResult(context, sessions, result, options)),
      );
      const outcome = await group.submit({
        session: session.id,
        account: session.account,
        address,
        backend: session.backend,
        counter: rest.counter,
        results,
        returns: rest.returns,
        holding: rest.holding,
        awaiting: rest.awaiting,
        want: {
          units: want.units,
          models: want.models.map(toHex),
          speed: Math.max(want.speed, speedMin),
        },
      });
      if (outcome.kind === 'stale') throw staleCounter(outcome.counter);
      if (outcome.kind === 'over') {
        sessions.forget(session.id);
        throw sessionOver();
      }
      context.speeds.hear(session.account, want.speed);
      if (results.length > 0 || request.returns.length > 0) context.wake();
      openLeases.heard(named);
      openLeases.granted(session.account, outcome.leases);
      return toAnswer(context, outcome, { session, paces });
    },
    idle: group.idle,
  };
}

function staleCounter(counter: number): IdlewildError {
  return new IdlewildError('session/counter-stale', 'The counter of this call was heard before.', {
    retryable: true,
    metaMessages: [`lastCounter=${counter}`],
  });
}

function sessionOver(): IdlewildError {
  return new IdlewildError('session/expired', 'The session is over.', {
    metaMessages: ['Open a new one, with a new self-test.'],
  });
}

type Answered = Extract<WorkOutcome, { kind: 'answer' }>;

const inputDamaged = {
  code: 'work/input-damaged',
  message: 'The coordinator cannot read the input of the unit that was next.',
};

interface Caller {
  session: Session;
  paces: Paces;
}

async function toAnswer(context: Context, outcome: Answered, caller: Caller): Promise<WorkAnswer> {
  const { account } = caller.session;
  const { verdicts, totals, batch } = outcome;
  const leases: Lease[] = [];
  const damaged: OwnedReturn[] = [];
  const faults = new Map<string, unknown>();
  for (const lease of outcome.leases) {
    try {
      leases.push(await toLease(context, lease));
    } catch (thrown) {
      const { code: detail } = toIdlewildError(thrown);
      faults.set(lease.lease, thrown);
      damaged.push({ lease: lease.lease, account, reason: 'broken-input', detail });
    }
  }
  if (damaged.length > 0) {
    const returned = await context.database.run('returnLeases', { leases: damaged });
    for (const { id, unit_id: unit } of returned) {
      await heedUnreadable(context, { job: `unit ${unit}`, unit, thrown: faults.get(id) });
    }
  }
  const reason = damaged.length > 0 && leases.length === 0 ? inputDamaged : outcome.reason;
  const retryAfterMs = leases.length > 0 ? 0 : retryAfter(context, outcome, caller);
  return { wire: WIRE_VERSION, verdicts, leases, retryAfterMs, reason, totals, batch };
}

async function toLease(context: Context, granted: GrantedLease): Promise<Lease> {
  const { inputBlob, batch: _, ...lease } = granted;
  return { ...lease, input: await readInputBytes(context, inputBlob) };
}

interface Paces {
  idle: CallPace;
  soon: CallPace;
}

function createPaces({ now, random }: Context): Paces {
  const options = {
    callsPerSecondMax: waitingCallsPerSecondMax,
    waitMsMax: retryMsMax,
    now,
    random,
  };
  return { idle: createCallPace(options), soon: createCallPace(options) };
}

/** Sooner while a verdict or a partner is near; later where many wait for the same. */
function retryAfter(
  { waits }: Context,
  { totals, reason }: Answered,
  { session, paces }: Caller,
): number {
  const soon = totals.pending > 0 || reason?.code === 'work/partner-only';
  if (soon) return paces.soon.waitMs(session, waits.retrySoonMs);
  return paces.idle.waitMs(session, waits.retryIdleMs);
}
