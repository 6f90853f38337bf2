// The unit behind a receipt: its input, as long as the coordinator keeps it, and its model's manifest.
// Fetched once for all checks that need them.
import { type Manifest, parseManifest } from '#model/manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { decodeUnitInput, type UnitInput, unitDigest } from '#protocol/unit.ts';
import type { Coordinator } from './coordinator.ts';
import { fetchManifest } from './fetch-manifest.ts';
import type { Subject } from './verify-story.ts';

type Missing =
  /** Deleted at the end of its retention, or lost. */
  | { state: 'gone' }
  /** Another unit's, by its digest in hex. */
  | { state: 'other'; computed: string };

export type FetchedInput = { state: 'whole'; input: UnitInput } | Missing;
/** As it was leased, of either class. */
type FetchedBytes = { state: 'whole'; bytes: Uint8Array } | Missing;

export class ReceiptUnit {
  readonly #coordinator: Coordinator;
  readonly #subject: Subject;
  readonly #signal: AbortSignal;
  #bytes: Promise<FetchedBytes> | null = null;
  #manifest: Promise<Uint8Array> | null = null;

  constructor(coordinator: Coordinator, subject: Subject, signal: AbortSignal) {
    this.#coordinator = coordinator;
    this.#subject = subject;
    this.#signal = signal;
  }

  /** @throws coordinator/..., unit/malformed */
  async input(): Promise<FetchedInput> {
    const fetched = await this.inputBytes();
    if (fetched.state !== 'whole') return fetched;
    return { state: 'whole', input: decodeUnitInput(fetched.bytes) };
  }

  /** @throws coordinator/... */
  inputBytes(): Promise<FetchedBytes> {
    this.#bytes ??= this.#fetchInput();
    return this.#bytes;
  }

  /** Of an exact model. @throws coordinator/..., manifest/... */
  async manifest(): Promise<Manifest> {
    return parseManifest(await this.manifestBytes());
  }

  /** @throws coordinator/..., manifest/digest-mismatch */
  manifestBytes(): Promise<Uint8Array> {
    const { model } = this.#subject.statement;
    this.#manifest ??= fetchManifest(this.#coordinator, toHex(model), this.#signal);
    return this.#manifest;
  }

  async #fetchInput(): Promise<FetchedBytes> {
    const { receipt, lease } = this.#subject.told;
    const { unit } = this.#subject.statement;
    try {
      const bytes = await this.#coordinator.receiptInput({ receipt, lease }, this.#signal);
      const computed = toHex(unitDigest(bytes));
      if (computed !== toHex(unit)) return { state: 'other', computed };
      return { state: 'whole', bytes };
    } catch (thrown) {
      if (toIdlewildError(thrown).code !== 'coordinator/http-410') throw thrown;
      return { state: 'gone' };
    }
  }
}
