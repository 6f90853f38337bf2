// One lane of the loop: take a lease, load its model, run it in slices, put the result into the
// outbox. Each way that a unit can fail has one answer, in `#settle` below.
import { checkRows } from '#model/check-rows.ts';
import { type Bytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { outputDigest } from '#protocol/unit.ts';
import {
  ARITHMETIC,
  type Backend,
  BOUNDED,
  type Lease,
  type ResultPayload,
  type ReturnedLease,
  WIRE_VERSION,
} from '#protocol/wire.ts';
import type { Bell } from './bell.ts';
import type { BoundedDoor } from './bounded-door.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import type { Exchange, HeldLease } from './exchange.ts';
import type { Models } from './models.ts';
import type { Pace } from './pace.ts';
import { QuotaError } from './quota.ts';
import type { Saying, UnitProgress } from './status.ts';

/** Units refused in a row before the device, or the whole run, is given up. */
const refusalsMax = 3;
/** What another start of the device, or another device, may mend. */
const deviceFailures = ['engine/device-lost', 'engine/out-of-memory', 'self-test/wrong-bytes'];
/** What says that the unit itself is at fault. */
const inputFailures = ['model/row-length', 'model/token-id', 'unit/', 'tensor/', 'cbor/'];
/** Between attempts to fetch a model that could not be reached. */
const refetchMs = 2_000;

/** What a lane tells whoever runs it. */
export interface LaneEvents {
  /** A working phase, kept behind `paused`. */
  show(saying: Saying): void;
  /** It takes this unit up. */
  begun(lease: Lease): void;
  /** Where its unit is; null when it has none. */
  progress(unit: UnitProgress | null): void;
  computed(sample: { ms: number; rows: number; cost: number }): void;
  /** The device is another, or was made again. */
  mended(device: Device): void;
  /** A cap of the settings is in the way of a model. */
  capped(saying: Saying): void;
  /** A model could not be fetched, for this reason; null when one was. */
  reached(error: IdlewildError | null): void;
}

export interface ComputeParts {
  environment: Environment;
  exchange: Exchange;
  device: Device;
  models: Models;
  bounded: BoundedDoor;
  pace: Pace;
  /** Rung for the exchange: a lease was taken, a slice or a unit is done. */
  bell: Bell;
  events: LaneEvents;
  /** Whether it takes a further unit. */
  isWanted(): boolean;
}

/** A unit as it goes into its result. */
export interface Computed {
  output: Bytes;
  digest: Bytes;
  backend: Backend;
  /** Without what pauses held. */
  ms: number;
}

export class Compute {
  /** Share of the running unit that is done, 0 to 1; 1 without a unit. */
  share = 1;
  /** Nothing to do, or waiting for the network. */
  isWaiting = true;
  readonly #parts: ComputeParts;
  #refusals = 0;
  #held: HeldLease | null = null;

  constructor(parts: ComputeParts) {
    this.#parts = parts;
  }

  /** The unit that it has; still there after a failure that it does not know how to settle. */
  get held(): HeldLease | null {
    return this.#held && this.#parts.exchange.running.has(this.#held) ? this.#held : null;
  }

  /** Until the signal ends it, or it is not wanted. @throws what this lane cannot go on after */
  async run(signal: AbortSignal, arrived: Bell): Promise<void> {
    const { exchange, bell, isWanted } = this.#parts;
    while (isWanted()) {
      this.#held = exchange.take();
      if (!this.#held) {
        await arrived.wait(signal);
        continue;
      }
      await this.#attempt(this.#held, signal);
      bell.ring();
    }
  }

  /** One unit, however often its device or its network fails. */
  async #attempt(held: HeldLease, signal: AbortSignal): Promise<void> {
    const { exchange, events, pace } = this.#parts;
    this.share = 0;
    try {
      while (exchange.running.has(held)) {
        this.isWaiting = false;
        try {
          await this.#finish(held, await this.#compute(held, signal));
          this.#refusals = 0;
        } catch (thrown) {
          signal.throwIfAborted();
          await this.#settle(held, toIdlewildError(thrown), signal);
        }
      }
    } finally {
      this.share = 1;
      this.isWaiting = true;
      pace.end();
      events.progress(null);
    }
  }

  async #compute(held: HeldLease, signal: AbortSignal): Promise<Computed> {
    const { environment, exchange, models, events, pace, bell } = this.#parts;
    const { lease, input } = held;
    events.begun(lease);
    if (!input) return this.#computeBounded(held, signal);
    await this.#tune(signal);
    if (!models.isLoaded(lease.model)) events.show({ code: 'loading/model', values: {} });
    const { manifest, encoder } = await models.load(lease.model, signal);
    events.reached(null);
    checkRows(manifest.config, input.rows);
    events.show({ code: 'working/unit', values: { project: lease.project } });
    await pace.begin(signal);
    const { clock } = environment;
    const start = clock.now();
    const unit = toHex(lease.unit);
    const { layers } = manifest.config;
    const output = await encoder.encode(input.rows, {
      onSlice: async ({ done, total, layer, row, rows }) => {
        this.share = total > 0 ? done / total : 0;
        const at = { sliceRow: row, sliceRows: rows, layer, layers, done, total };
        events.progress({ unit, rows: lease.rows, ...at });
        bell.ring();
        await pace.step(signal);
        // Handed back in a long pause: another machine computes it by now.
        if (!exchange.running.has(held)) {
          throw new IdlewildError('lease/returned', 'Handed back.');
        }
      },
    });
    signal.throwIfAborted();
    const ms = Math.max(0, clock.now() - start - pace.heldMs);
    const bytes = wordsToBytes(output);
    const { name: backend } = this.#parts.device.backend;
    return { output: bytes, digest: outputDigest(bytes, input.rows.length), backend, ms };
  }

  /** Who comes for the first time has a result on its way before that is looked for. */
  async #tune(signal: AbortSignal): Promise<void> {
    const { exchange, device, models, events } = this.#parts;
    if (exchange.sent === 0 || !(await device.tune(signal))) return;
    models.drop();
    events.mended(device);
  }

  #computeBounded(held: HeldLease, signal: AbortSignal): Promise<Computed> {
    const onShare = (share: number) => {
      this.share = share;
    };
    return this.#parts.bounded.compute(this.#parts, held, { signal, onShare });
  }

  /** Puts the result into the outbox. */
  async #finish({ lease, input }: HeldLease, computed: Computed): Promise<void> {
    const { exchange, events } = this.#parts;
    const { digest, backend, ms } = computed;
    const payload: ResultPayload = {
      kind: 'result',
      wire: WIRE_VERSION,
      arithmetic: input ? ARITHMETIC : BOUNDED,
      lease: lease.lease,
      unit: lease.unit,
      model: lease.model,
      digest,
      rows: lease.rows,
      backend,
      elapsedMs: Math.round(ms),
    };
    const output = lease.deliver === 'output' ? computed.output : null;
    const { lease: id, unit, rows } = lease;
    await exchange.finish({
      lease: id,
      account: exchange.session.account,
      unit,
      rows,
      result: { payload: encodeCbor({ ...payload }), output },
    });
    events.computed({ ms, rows, cost: lease.cost });
  }

  /** What a failed unit means. Returns to try it again; throws to end the lane. */
  async #settle(held: HeldLease, error: IdlewildError, signal: AbortSignal): Promise<void> {
    const { environment, exchange, events } = this.#parts;
    if (!exchange.running.has(held)) return;
    events.progress(null);
    if (error instanceof QuotaError) {
      const isDisk = error.saying.code === 'paused/disk-cap';
      this.#return(held, isDisk ? 'storage-full' : 'stopped', error);
      events.capped(error.saying);
      return;
    }
    if (error.code.startsWith('cache/storage')) {
      this.#refuse(held, 'storage-full', error);
      throw error;
    }
    // Bounded units have backends of their own, and any that cannot be had gives way to the next.
    const isUnavailable = !held.input && !error.retryable && error.code.startsWith('engine/');
    if (isUnavailable || deviceFailures.includes(error.code)) {
      await this.#mend(held, error, signal);
      return;
    }
    if (error.retryable && exchange.isInTime(held)) {
      const { code, shortMessage: message } = error;
      events.show({ code: 'waiting/retry', values: { code, message } });
      this.isWaiting = true;
      events.reached(error);
      await environment.clock.sleep(refetchMs, signal);
      return;
    }
    const isInput = inputFailures.some((code) => error.code.startsWith(code));
    // A model of a requester's is at fault alone, and no sign of a sick device.
    if (error.code.startsWith('onnx/')) {
      this.#return(held, 'failed', error);
      return;
    }
    this.#refuse(held, isInput ? 'broken-input' : 'failed', error);
    if (!isInput && this.#refusals >= refusalsMax) throw error;
  }

  /** The device is made again, more cautiously, or gives way; the lease is kept meanwhile. */
  async #mend(held: HeldLease, error: IdlewildError, signal: AbortSignal): Promise<void> {
    const { device, models, bounded, pace, events } = this.#parts;
    pace.end();
    const { code, shortMessage: message } = error;
    events.show({ code: 'testing/again', values: { code, message } });
    if (!held.input) {
      if (!(await bounded.mend(error, signal))) this.#return(held, 'out-of-memory', error);
      return;
    }
    models.drop();
    if (await device.mend(error, signal)) {
      events.mended(device);
      return;
    }
    this.#refuse(held, 'out-of-memory', error);
    if (this.#refusals >= refusalsMax) throw error;
  }

  #refuse(held: HeldLease, reason: ReturnedLease['reason'], error: IdlewildError): void {
    this.#refusals++;
    this.#return(held, reason, error);
  }

  #return(held: HeldLease, reason: ReturnedLease['reason'], error: IdlewildError): void {
    const { exchange, bell } = this.#parts;
    exchange.giveBack(held.lease.lease, reason, `${error.code}: ${error.shortMessage}`);
    exchange.running.delete(held);
    bell.ring();
  }
}
