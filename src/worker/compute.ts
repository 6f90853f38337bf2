// The device's half of the loop: take a lease, load its model, run it in slices, sign the result
// into the outbox. Each way that a unit can fail has one answer, in `#settle` below.
import { checkRows } from '#model/check-rows.ts';
import { type Bytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { outputDigest } from '#protocol/unit.ts';
import { ARITHMETIC, type ReturnedLease, WIRE_VERSION } from '#protocol/wire.ts';
import type { Bell } from './bell.ts';
import type { Board } from './board.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import type { Exchange, HeldLease } from './exchange.ts';
import type { Meter } from './meter.ts';
import type { Models } from './models.ts';
import type { Pace } from './pace.ts';
import type { Phase } from './status.ts';

/** Units refused in a row before the device, or the whole run, is given up. */
const refusalsMax = 3;
/** What another start of the device, or another device, may mend. */
const deviceFailures = ['engine/device-lost', 'engine/out-of-memory', 'self-test/wrong-bytes'];
/** Between attempts to fetch a model that could not be reached. */
const refetchMs = 2_000;

export interface ComputeParts {
  environment: Environment;
  exchange: Exchange;
  device: Device;
  models: Models;
  board: Board;
  meter: Meter;
  pace: Pace;
  /** Rung for the exchange: a lease was taken, a slice or a unit is done. */
  bell: Bell;
  /** Shows a working phase, or keeps it behind `paused`. */
  show(phase: Phase, message: string): void;
}

export class Compute {
  /** Share of the running unit that is done, 0 to 1. */
  share = 0;
  readonly #parts: ComputeParts;
  #refusals = 0;

  constructor(parts: ComputeParts) {
    this.#parts = parts;
  }

  /** Until the signal ends it. @throws what the contributor cannot go on after */
  async run(signal: AbortSignal, arrived: Bell): Promise<void> {
    for (;;) {
      const held = this.#parts.exchange.take();
      if (!held) {
        await arrived.wait(signal);
        continue;
      }
      await this.#attempt(held, signal);
      this.#parts.bell.ring();
    }
  }

  /** One unit, however often its device or its network fails. */
  async #attempt(held: HeldLease, signal: AbortSignal): Promise<void> {
    const { exchange, board, pace } = this.#parts;
    try {
      while (exchange.running === held) {
        try {
          await this.#compute(held, signal);
          this.#refusals = 0;
        } catch (thrown) {
          signal.throwIfAborted();
          await this.#settle(held, toIdlewildError(thrown), signal);
        }
      }
    } finally {
      this.share = 0;
      pace.end();
      board.update({ unit: null, download: null });
    }
  }

  async #compute(held: HeldLease, signal: AbortSignal): Promise<void> {
    const { environment, models, board, pace, bell } = this.#parts;
    const { lease, input } = held;
    const { exchange } = this.#parts;
    board.update({ project: lease.project });
    if (!models.isLoaded(lease.model)) {
      this.#parts.show('loading', 'Loading the model.');
    }
    const { manifest, encoder } = await models.load(lease.model, signal);
    checkRows(manifest.config, input.rows);
    this.#parts.show('working', `Computing for ${lease.project}.`);
    await pace.begin(signal);
    const { clock } = environment;
    const start = clock.now();
    const unit = toHex(lease.unit);
    const { layers } = manifest.config;
    const output = await encoder.encode(input.rows, {
      onSlice: async ({ done, total, layer, row, rows }) => {
        this.share = total > 0 ? done / total : 0;
        const at = { sliceRow: row, sliceRows: rows, layer, layers, done, total };
        board.update({ unit: { unit, rows: lease.rows, ...at } });
        bell.ring();
        await pace.step(signal);
        // Handed back in a long pause: another machine computes it by now.
        if (exchange.running !== held) throw new IdlewildError('lease/returned', 'Handed back.');
      },
    });
    signal.throwIfAborted();
    const ms = Math.max(0, clock.now() - start - pace.heldMs);
    await this.#finish(held, wordsToBytes(output), ms);
  }

  /** Signs the result into the outbox, and counts it. */
  async #finish({ lease, input }: HeldLease, bytes: Bytes, ms: number): Promise<void> {
    const { exchange, device, board, meter } = this.#parts;
    const { envelope, counter } = await exchange.session.seal({
      kind: 'result',
      wire: WIRE_VERSION,
      arithmetic: ARITHMETIC,
      lease: lease.lease,
      unit: lease.unit,
      model: lease.model,
      digest: outputDigest(bytes, input.rows.length),
      rows: lease.rows,
      backend: device.backend.name,
      elapsedMs: Math.round(ms),
    });
    const result = { envelope, output: lease.deliver === 'output' ? bytes : null };
    const { session } = exchange;
    const { lease: id, rows } = lease;
    await exchange.finish({
      lease: id,
      session: session.id,
      account: session.account,
      unit: lease.unit,
      rows,
      result,
      counter,
    });
    meter.add({ ms, rows, cost: lease.cost });
    const { rowsPerSecond, multiplyAddsPerSecond } = meter;
    const { status } = board;
    const counts = { units: status.units + 1, rows: status.rows + rows };
    board.update({ ...counts, rowsPerSecond, multiplyAddsPerSecond });
  }

  /** What a failed unit means. Returns to try it again; throws to end the run. */
  async #settle(held: HeldLease, error: IdlewildError, signal: AbortSignal): Promise<void> {
    const { environment, exchange, show } = this.#parts;
    if (exchange.running !== held) return;
    if (error.code.startsWith('cache/storage')) {
      this.#refuse(held, 'storage-full', error);
      throw error;
    }
    if (deviceFailures.includes(error.code)) {
      await this.#mend(held, error, signal);
      return;
    }
    if (error.retryable && held.endsAt > environment.clock.now()) {
      show('waiting', `Trying again: ${error.shortMessage}`);
      await environment.clock.sleep(refetchMs, signal);
      return;
    }
    const isInput = error.code === 'model/row-length' || error.code === 'model/token-id';
    this.#refuse(held, isInput ? 'broken-input' : 'failed', error);
    if (!isInput && this.#refusals >= refusalsMax) throw error;
  }

  /** The device is made again, more cautiously, or gives way; the lease is kept meanwhile. */
  async #mend(held: HeldLease, error: IdlewildError, signal: AbortSignal): Promise<void> {
    const { device, models, pace, show } = this.#parts;
    models.drop();
    pace.end();
    show('testing', `${error.shortMessage} Starting the device again.`);
    if (await device.mend(error, signal)) {
      this.#showDevice();
      return;
    }
    this.#refuse(held, 'out-of-memory', error);
    if (this.#refusals >= refusalsMax) throw error;
  }

  #refuse(held: HeldLease, reason: ReturnedLease['reason'], error: IdlewildError): void {
    const { exchange, bell } = this.#parts;
    this.#refusals++;
    exchange.giveBack(held.lease.lease, reason, `${error.code}: ${error.shortMessage}`);
    if (exchange.running === held) exchange.running = null;
    bell.ring();
  }

  #showDevice(): void {
    const { device, board, meter } = this.#parts;
    meter.clear();
    const { backend, why } = device;
    board.update({ device: { backend: backend.name, adapter: backend.adapter, why } });
  }
}
