// POST /v1/work: a signed call in, checked and committed with its neighbours, an answer out.
import { verifySessionSignature } from '#ledger/session-signature.ts';
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { placeResults } from '#protocol/placed-result.ts';
import { type Lease, WIRE_VERSION, type WorkAnswer, type WorkCall } from '#protocol/wire.ts';
import { sha256 } from '#sha256';
import type { OwnedReturn } from '#store/expire-leases.ts';
import { createGroupCommit } from '#store/group-commit.ts';
import type { GrantedLease, WorkItem, WorkOutcome } from '#store/work-item.ts';
import {
  type CallPace,
  createCallPace,
  retryMsMax,
  waitingCallsPerSecondMax,
} from './call-pace.ts';
import { sessionOver, staleCounter, unsigned } from './call-refusals.ts';
import { checkResult, readResult } from './check-result.ts';
import type { Context } from './context.ts';
import { keepEvidence } from './keep-evidence.ts';
import { createOpenLeases } from './open-leases.ts';
import { readInputBytes } from './read-payloads.ts';
import { heedUnreadable } from './read-units.ts';
import type { Session, Sessions } from './sessions.ts';
import { callHead, checkWire, readCbor, viewBody, workRequest } from './wire-schemas.ts';

export interface WorkCalls {
  /** @throws session/..., wire/..., cbor/malformed */
  work(call: WorkCall, address: string): Promise<WorkAnswer>;
  /** Until nothing runs, and everything is written down. */
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
    async commit(items, onClosing) {
      const started = performance.now();
      const input = {
        items,
        ...context.verdicts(),
        waits,
        laboratory,
        closing: context.closing(),
      };
      const outcomes = await database.run('work', input, { onClosing });
      context.metrics.commit(items.length, (performance.now() - started) / 1000);
      return outcomes;
    },
    keyOf: (item) => item.session,
    groupMax: commitGroupMax,
    waitingMax: commitWaitingMax,
  });

  return {
    async work(call, address) {
      const { session, counter, request, paths } = await readCall(sessions, call);
      const { want, results: submitted, ...rest } = request;
      const evidence = keepEvidence({ call, results: submitted, paths });
      const read = submitted.map((result, index) => readResult(result, evidence[index]));
      const named = read.flatMap(({ payload }) => payload?.lease ?? []);
      const outputsWanted = await openLeases.find(session.account, named);
      const bringing = { session, outputsWanted };
      const results = await Promise.all(
        read.map((result) => checkResult(context, result, bringing)),
      );
      const outcome = await group.submit({
        session: session.id,
        account: session.account,
        address,
        backend: session.backend,
        counter,
        results,
        ...rest,
        want: {
          units: want.units,
          bounded: want.bounded,
          project: want.project,
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
      context.presence.note(session.account, outcome.presence);
      if (results.length > 0 || rest.returns.length > 0) context.wake();
      openLeases.heard(named);
      openLeases.granted(session.account, outcome.leases);
      return toAnswer(context, outcome, { session, paces });
    },
    async idle() {
      await group.idle();
      // A database that is gone takes less than a minute of it.
      await context.presence.flush().catch(() => {});
    },
  };
}

/**
 * The call as its session signed it.
 * @throws session/..., wire/..., cbor/malformed
 */
async function readCall(sessions: Sessions, { payload, signature, body }: WorkCall) {
  const head = readCbor(callHead, payload);
  checkWire(head.wire);
  const session = await sessions.find(head.session);
  if (!verifySessionSignature(payload, signature, session.key)) {
    throw unsigned();
  }
  if (!equalBytes(sha256(body), head.body)) {
    throw new IdlewildError('wire/body-digest', 'The body is not the one that was signed.');
  }
  const request = viewBody(workRequest, body);
  const paths = placeResults(
    head,
    request.results.map((result) => result.payload),
  );
  if (!paths) {
    throw new IdlewildError('wire/results-root', 'The results are not those that were signed.');
  }
  return { session, counter: head.counter, request, paths };
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
