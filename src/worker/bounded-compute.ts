// One bounded unit on one lane: run by a thread of the pool, paced between its requests and between
// their steps, and made into what a result says.
import { encodeBoundedOutput } from '#protocol/bounded-unit.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { digestRows } from './bounded-digest.ts';
import type { BoundedPool } from './bounded-pool.ts';
import type { Computed, ComputeParts } from './compute.ts';
import type { HeldLease } from './exchange.ts';

export { BoundedPool } from './bounded-pool.ts';

type BoundedParts = ComputeParts & { pool: BoundedPool };

export interface BoundedOptions {
  signal: AbortSignal;
  /** Told how much of the unit is done, 0 to 1. */
  onShare(share: number): void;
}

/**
 * Once more on the next backend where it was the first one's fault alone.
 * @throws unit/..., onnx/..., engine/..., manifest/..., shard/..., QuotaError, lease/returned, and
 * the signal's reason
 */
export async function computeBounded(
  parts: BoundedParts,
  held: HeldLease,
  options: BoundedOptions,
): Promise<Computed> {
  const { model } = held.lease;
  const choice = parts.pool.choiceFor(model);
  try {
    return await attempt(parts, held, options);
  } catch (thrown) {
    options.signal.throwIfAborted();
    if (!parts.pool.giveWay(model, choice, toIdlewildError(thrown))) throw thrown;
    return attempt(parts, held, options);
  }
}

async function attempt(
  parts: BoundedParts,
  held: HeldLease,
  { signal, onShare }: BoundedOptions,
): Promise<Computed> {
  const { environment, exchange, events, pace, bell, pool } = parts;
  const { clock } = environment;
  const { lease } = held;
  if (!pool.isReady(lease.model)) events.show({ code: 'loading/model', values: {} });
  const model = await pool.open(lease, signal);
  try {
    events.reached(null);
    events.show({ code: 'working/unit', values: { project: lease.project } });
    await pace.begin(signal);
    const start = clock.now();
    const goOn = async () => {
      bell.ring();
      await pace.step(signal);
      // Handed back in a long pause: another machine computes it by now.
      if (!exchange.running.has(held)) throw new IdlewildError('lease/returned', 'Handed back.');
    };
    const unit = toHex(lease.unit);
    const rows = await model.run({
      signal,
      onStep: goOn,
      async onRequest(done, total) {
        onShare(done / total);
        const at = { sliceRow: done - 1, sliceRows: 1, layer: 0, layers: 1 };
        events.progress({ unit, rows: lease.rows, ...at, done, total });
        await goOn();
      },
    });
    const ms = Math.max(0, clock.now() - start - pace.heldMs);
    const { name } = model.choice;
    const digest = await digestRows(rows);
    return { output: encodeBoundedOutput(rows), digest, backend: name, ms };
  } finally {
    model.giveBack();
  }
}
