// What the coordinator does unasked: reads new batches, delivers finished ones, lets time pass,
// and computes what no contributor will. Each step is safe to repeat after a crash.
import { setTimeout } from 'node:timers/promises';
import { toIdlewildError } from '#protocol/errors.ts';
import type { MovingBatch } from '#store/batch-operations.ts';
import { composeAudits } from './compose-audits.ts';
import type { Context } from './context.ts';
import { deliverBatch } from './deliver-batch.ts';
import { choiceOf } from './model-store.ts';
import { moveRate } from './move-rate.ts';
import { computeOne } from './partner-loop.ts';
import { encodePlan, planBatch } from './plan-batch.ts';
import { retainPayloads } from './retention.ts';
import { createRetries, type Retries } from './retries.ts';
import { createSequencer } from './sequencer.ts';

export interface Loops {
  /** Looks at everything once, and again while there was something to do. */
  settle(): Promise<void>;
  /** Something may have changed: look soon. */
  wake(): void;
  /** When time was last let pass, or the loops began; null where that is left to `settle`. */
  timePassedAt(): number | null;
  stop(): Promise<void>;
}

/** Leavers are looked for at one tick of so many. */
const leaversEvery = 10;

/**
 * Whether a step found something to do, and so may the next. After `rest` what comes is gathered for
 * a while: each step is a transaction or more of its own, in the way of the contributors'.
 */
export type Step = boolean | 'rest';

/** Runs `step` until it says there is nothing to do; calls meanwhile join the next round. */
function createLoop(
  context: Context,
  name: string,
  { step, restMs = 0 }: { step: () => Promise<Step>; restMs?: number },
) {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  const stopping = new AbortController();
  async function round(): Promise<void> {
    while (!stopped) {
      const found = await step();
      if (!found) return;
      if (found === 'rest' && restMs > 0) await sleep(restMs, stopping.signal);
    }
  }
  async function run(): Promise<void> {
    try {
      do {
        again = false;
        await round();
      } while (again && !stopped);
    } catch (thrown) {
      const error = toIdlewildError(thrown);
      if (!stopped) context.log.error({ loop: name, code: error.code, err: error }, error.message);
    } finally {
      running = null;
    }
  }
  return {
    wake(): Promise<void> {
      again = true;
      if (stopped) return Promise.resolve();
      running ??= run();
      return running;
    },
    async stop(): Promise<void> {
      stopped = true;
      stopping.abort();
      await running;
    },
  };
}

/** Ends early when it is aborted. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => {});
}

/** At once after a quiet while, else at most once in `quietMs`: every call with results wakes. */
function coalesce(look: () => void, quietMs: number) {
  let timer: NodeJS.Timeout | null = null;
  let again = false;
  const rest = () => {
    timer = null;
    if (again) soon();
  };
  function soon(): void {
    again = timer !== null;
    if (timer) return;
    look();
    timer = globalThis.setTimeout(rest, quietMs).unref();
  }
  return {
    soon,
    stop() {
      if (timer) clearTimeout(timer);
      timer = null;
    },
  };
}

/** @param tickMs 0 leaves time to `settle`, for tests */
export function createLoops(context: Context, tickMs: number): Loops {
  const { now, waits } = context;
  const stuck = createRetries<string>(now, waits);
  // Where time is left to `settle`, nothing is waited for.
  const restMs = tickMs > 0 ? waits.restMs : 0;
  const batches = createLoop(context, 'batches', { step: () => moveBatch(context, stuck) });
  const partner = createLoop(context, 'partner', { step: () => computeOne(context), restMs });
  const audits = createLoop(context, 'audits', { step: () => composeAudits(context), restMs });
  const retention = createLoop(context, 'retention', {
    async step() {
      await retainPayloads(context);
      return false;
    },
  });
  const accounts = createLoop(context, 'accounts', { step: () => tendAccounts(context) });
  const settlement = createLoop(context, 'settlement', {
    step: async () => context.settlement?.step() ?? false,
  });
  const sequencer = createSequencer(context);
  const log = createLoop(context, 'log', { step: sequencer.stepInTime });
  const look = () => {
    void batches.wake();
    void partner.wake();
    void audits.wake();
    void log.wake();
    void settlement.wake();
  };
  const wake = coalesce(look, waits.wakeMs);
  const passing = (leavers: boolean) => ({ ...context.verdicts(), waits, leavers });
  let ticking = false;
  let ticks = 0;
  let passedAt = now();
  let retainedAt = passedAt;
  const tick = async () => {
    if (ticking) return;
    ticking = true;
    try {
      await context.database.run('passTime', passing(ticks++ % leaversEvery === 0));
      passedAt = now();
      look();
      if (passedAt < retainedAt + waits.retentionMs) return;
      retainedAt = passedAt;
      void retention.wake();
      void accounts.wake();
    } catch (thrown) {
      context.log.error({ err: thrown }, 'time does not pass');
    } finally {
      ticking = false;
    }
  };
  const timer = tickMs > 0 ? setInterval(tick, tickMs) : null;
  return {
    wake: wake.soon,
    timePassedAt: () => (timer ? passedAt : null),
    async settle() {
      await context.database.run('passTime', passing(true));
      await audits.wake();
      await partner.wake();
      await batches.wake();
      await batches.wake();
      await retention.wake();
      await accounts.wake();
      await sequencer.flush();
      context.settlement?.hurry();
      await settlement.wake();
    },
    async stop() {
      if (timer) clearInterval(timer);
      wake.stop();
      const loops = [batches, partner, audits, retention, accounts, log, settlement];
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

/**
 * Counts receipts by day, moves the rate where it is time, and blanks what deleted accounts left.
 * @returns whether there is more
 */
async function tendAccounts(context: Context): Promise<boolean> {
  const { database, now } = context;
  const counted = await database.run('countDays', null);
  const erased = await database.run('eraseAddresses', { now: now() });
  await moveRate(context);
  return erased || counted;
}

/** @returns whether there was one to move */
async function moveBatch(context: Context, stuck: Retries<string>): Promise<boolean> {
  const { claims } = context;
  const batch = await claims.takeBatch(stuck.waiting());
  if (!batch) return false;
  try {
    const move = batch.status === 'validating' ? openBatch : deliverBatch;
    await claims.hold({ batch }, () => move(context, batch));
  } catch (thrown) {
    // One batch that cannot move must not hold up the others.
    if (context.closing()) return false;
    stuck.failed(batch.id);
    const { code, message } = toIdlewildError(thrown);
    context.log.error({ batch: batch.id, code, err: thrown }, message);
  }
  return true;
}

async function openBatch(context: Context, batch: MovingBatch): Promise<void> {
  const { blobs, database, models } = context;
  const own = choiceOf(models, batch.models);
  const planned = await planBatch(blobs.stream(batch.input_blob), batch.endpoint, own);
  const now = context.now();
  if (planned.kind === 'failed') {
    await database.run('failBatch', { batch: batch.id, now, errors: planned.errors });
    context.log.info({ batch: batch.id, errors: planned.errors.length }, 'batch failed its check');
    return;
  }
  // Its plan and its units' inputs in a file of their own, which goes when their retention ends.
  const [planBlob, ...inputBlobs] = await blobs.packTogether([
    encodePlan(planned.plan),
    ...planned.units.map(({ input }) => input),
  ]);
  const error = await database.run('beginBatch', {
    batch: batch.id,
    now: context.now(),
    rules: context.verdicts().rules,
    creditsPerTokenUnit: context.settlement?.creditsPerTokenUnit ?? null,
    model: planned.model,
    planBlob,
    requestsTotal: planned.plan.lines.length,
    requestsFailed: planned.plan.lines.filter(({ fault }) => fault !== null).length,
    units: planned.units.map(({ input: _, ...unit }, index) => ({
      ...unit,
      inputBlob: inputBlobs[index],
    })),
  });
  if (error) context.log.info({ batch: batch.id, code: error.code }, 'batch failed for its order');
  else context.log.info({ batch: batch.id, units: planned.units.length }, 'batch opened');
}
