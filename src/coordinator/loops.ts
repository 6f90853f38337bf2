// What the coordinator does unasked: reads new batches, delivers finished ones, lets time pass,
// and computes what no contributor will. Each step is safe to repeat after a crash.
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import { decodeUnitInput, outputDigest } from '#protocol/unit.ts';
import type { MovingBatch } from '#store/batch-operations.ts';
import type { PartnerUnit } from '#store/partner-operations.ts';
import type { Context } from './context.ts';
import { deliverBatch } from './deliver-batch.ts';
import { encodePlan, planBatch } from './plan-batch.ts';
import { createRetries, type Retries } from './retries.ts';

export interface Loops {
  /** Looks at everything once, and again while there was something to do. */
  settle(): Promise<void>;
  /** Something may have changed: look soon. */
  wake(): void;
  stop(): Promise<void>;
}

const endpoint = '/v1/embeddings';

/** Runs `step` until it says there is nothing to do; calls meanwhile join the next round. */
function createLoop(context: Context, name: string, step: () => Promise<boolean>) {
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  async function run(): Promise<void> {
    try {
      do {
        again = false;
        while (!stopped && (await step()));
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
      await running;
    },
  };
}

/** @param tickMs 0 leaves time to `settle`, for tests */
export function createLoops(context: Context, tickMs: number): Loops {
  const { now, waits } = context;
  const stuck = createRetries<string>(now, waits.failedMs);
  const damaged = createRetries<number>(now, waits.failedMs);
  const batches = createLoop(context, 'batches', () => moveBatches(context, stuck));
  const partner = createLoop(context, 'partner', () => recomputeOne(context, damaged));
  const wake = () => {
    void batches.wake();
    void partner.wake();
  };
  let ticking = false;
  const tick = async () => {
    if (ticking) return;
    ticking = true;
    try {
      await context.database.run('passTime', { now: context.now() });
      wake();
    } catch (thrown) {
      context.log.error({ err: thrown }, 'time does not pass');
    } finally {
      ticking = false;
    }
  };
  const timer = tickMs > 0 ? setInterval(tick, tickMs) : null;
  return {
    wake,
    async settle() {
      await context.database.run('passTime', { now: context.now() });
      await partner.wake();
      await batches.wake();
      await batches.wake();
    },
    async stop() {
      if (timer) clearInterval(timer);
      await Promise.all([batches.stop(), partner.stop()]);
    },
  };
}

async function moveBatches(context: Context, stuck: Retries<string>): Promise<boolean> {
  const waiting = stuck.waiting();
  const all = await context.database.run('listMovingBatches', null);
  const moving = all.filter(({ id }) => !waiting.includes(id));
  let moved = 0;
  for (const batch of moving) {
    try {
      if (batch.status === 'validating') await openBatch(context, batch);
      else await deliverBatch(context, batch);
      moved++;
    } catch (thrown) {
      // One batch that cannot move must not hold up the others.
      if (context.closing()) return false;
      stuck.failed(batch.id);
      const { code, message } = toIdlewildError(thrown);
      context.log.error({ batch: batch.id, code, err: thrown }, message);
    }
  }
  return moved > 0;
}

async function openBatch(context: Context, batch: MovingBatch): Promise<void> {
  const { blobs, database, models } = context;
  const planned = await planBatch(blobs.stream(batch.input_blob), endpoint, models);
  const now = context.now();
  if (planned.kind === 'failed') {
    await database.run('failBatch', { batch: batch.id, now, errors: planned.errors });
    context.log.info({ batch: batch.id, errors: planned.errors.length }, 'batch failed its check');
    return;
  }
  const inputBlobs = await putAll(
    context,
    planned.units.map(({ input }) => input),
  );
  await database.run('beginBatch', {
    batch: batch.id,
    now: context.now(),
    model: planned.model,
    planBlob: await blobs.put(encodePlan(planned.plan)),
    requestsTotal: planned.plan.lines.length,
    requestsFailed: planned.plan.lines.filter(({ fault }) => fault !== null).length,
    units: planned.units.map(({ input: _, ...unit }, index) => ({
      ...unit,
      inputBlob: inputBlobs[index],
    })),
  });
  context.log.info({ batch: batch.id, units: planned.units.length }, 'batch opened');
}

/** Files are synced a few at a time: each wait for the disk is a wait for all of them. */
async function putAll({ blobs }: Context, inputs: Uint8Array[]): Promise<string[]> {
  const atOnce = 16;
  const names: string[] = [];
  for (let at = 0; at < inputs.length; at += atOnce) {
    const group = inputs.slice(at, at + atOnce);
    names.push(...(await Promise.all(group.map((input) => blobs.put(input)))));
  }
  return names;
}

/** The partner of last resort, one unit at a time. */
async function recomputeOne(context: Context, damaged: Retries<number>): Promise<boolean> {
  const { database, waits, laboratory } = context;
  const except = damaged.waiting();
  const search = { now: context.now(), waits, laboratory, except };
  const unit = await database.run('findPartnerUnit', search);
  if (!unit) return false;
  try {
    await recompute(context, unit);
  } catch (thrown) {
    if (context.closing()) throw thrown;
    damaged.failed(unit.id);
    const { code, message } = toIdlewildError(thrown);
    context.log.error({ unit: unit.id, code, err: thrown }, message);
  }
  return true;
}

async function recompute(context: Context, unit: PartnerUnit): Promise<void> {
  const { database, blobs, models, partner } = context;
  const model = models.find(toHex(unit.model));
  assert(model, 'a unit is of a model that is served');
  const { rows } = decodeUnitInput(await blobs.read(unit.input_blob));
  const output = wordsToBytes(await partner.encode(model.folder, rows));
  await database.run('settleByCoordinator', {
    unit: unit.id,
    digest: outputDigest(output, rows.length),
    outputBlob: await blobs.put(output),
    now: context.now(),
  });
  context.wake();
}
