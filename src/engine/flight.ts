// Submits that the device has not finished. Two at a time: while it computes one, the next is
// already queued, so it never waits for JavaScript; and a caller that stops has no more than these
// to wait for. A caller that rests between slices gets one at a time, or its rest would be spent
// on a submit that nobody counted.
import type { EngineDevice } from './device.ts';
import type { Group } from './group.ts';
import type { Slice } from './plan.ts';

const depthMost = 2;

/** A caller that holds a slice up for longer is resting, not reporting. */
const restMsLeast = 2;

/** Slices after a rest that go one at a time; at 40 ms each, about half a second. */
const restMemory = 12;

interface Submitted {
  slice: Slice;
  group: Group;
  /** Mapped once a group's last slice is done; null for the others. */
  readback: GPUBuffer | null;
}

interface Flying extends Submitted {
  startedAt: number;
  doneAt: number;
  done: Promise<unknown>;
}

export interface Landed extends Submitted {
  /** How long the device was busy with it alone. */
  elapsedMs: number;
}

export class Flight {
  readonly #engine: EngineDevice;
  readonly #flying: Flying[] = [];
  #lastDoneAt = 0;
  #restedSlices = 0;

  constructor(engine: EngineDevice) {
    this.#engine = engine;
  }

  get isEmpty(): boolean {
    return this.#flying.length === 0;
  }

  /** Whether the oldest must land before another submit. */
  get isFull(): boolean {
    return this.#flying.length >= (this.#restedSlices > 0 ? 1 : depthMost);
  }

  /** @param bytes of the readback that the submit fills */
  submit(commands: GPUCommandBuffer, submitted: Submitted, bytes: number): void {
    const { queue } = this.#engine.device;
    const flying: Flying = { ...submitted, startedAt: performance.now(), doneAt: 0, done: none };
    queue.submit([commands]);
    const finished = queue.onSubmittedWorkDone().then(() => {
      flying.doneAt = performance.now();
    });
    const mapped = submitted.readback?.mapAsync(GPUMapMode.READ, 0, bytes);
    flying.done = Promise.all([finished, mapped]);
    // Awaited by `land`, unless the device is lost first.
    flying.done.catch(() => {});
    this.#flying.push(flying);
  }

  /** Waits for the oldest. @throws engine/device-lost, engine/gpu-error */
  async land(): Promise<Landed> {
    const flying = this.#flying.shift()!;
    await this.#engine.wait(flying.done);
    const elapsedMs = flying.doneAt - Math.max(flying.startedAt, this.#lastDoneAt);
    this.#lastDoneAt = flying.doneAt;
    return { ...flying, elapsedMs };
  }

  /** Learns from how long the caller held a slice up. */
  note(heldMs: number): void {
    if (heldMs >= restMsLeast) this.#restedSlices = restMemory;
    else if (this.#restedSlices > 0) this.#restedSlices--;
  }

  /** After a call that ended early: what it left is waited for and thrown away. */
  async drain(): Promise<void> {
    while (!this.isEmpty) {
      try {
        const { readback } = await this.land();
        readback?.unmap();
      } catch {
        // The device, or its buffers, are gone: the call has already said so.
      }
    }
  }
}

const none = Promise.resolve();
