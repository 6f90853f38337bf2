// Whether the visitor's consent of an earlier click still holds: it has a version, which is that of
// the text, and an end.
//
//   none → Start: in force → consentMs later: ran out → Start: in force
//   in force → the text's version changes: changed → Start: in force
//   in force → Withdraw: none
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { forgetKept, keep, readKept } from './keep.ts';

export interface Consent {
  version: number;
  /** Unix milliseconds by this machine's clock. */
  givenAt: number;
}

export type ConsentState = 'none' | 'in-force' | 'ran-out' | 'changed';

/** Where the coordinator does not say how long consent lasts: 90 days. */
export const consentMsDefault = 90 * 86_400_000;

/** @param value what was kept, from anybody */
export function readConsent(value: unknown): Consent | null {
  if (typeof value !== 'object' || value === null) return null;
  const { version, givenAt } = value as Record<string, unknown>;
  if (typeof version !== 'number' || typeof givenAt !== 'number') return null;
  return { version, givenAt };
}

export function judgeConsent(
  consent: Consent | null,
  consentMs: number,
  now: number,
): ConsentState {
  if (!consent) return 'none';
  if (consent.version !== CONSENT_VERSION) return 'changed';
  const ageMs = now - consent.givenAt;
  // A clock that was set back proves nothing: asked again.
  return ageMs >= 0 && ageMs < consentMs ? 'in-force' : 'ran-out';
}

/** The consent of this browser, as the page holds it. */
export class ConsentDesk {
  consent: Consent | null = readConsent(readKept('consent'));
  readonly consentMs: number;
  /** The coordinator said that it is over, whatever this browser's record says. */
  #isOver = false;

  constructor(consentMs: number) {
    this.consentMs = consentMs;
  }

  get state(): ConsentState {
    const state = judgeConsent(this.consent, this.consentMs, Date.now());
    return state === 'in-force' && this.#isOver ? 'ran-out' : state;
  }

  /** Milliseconds since the visitor agreed. */
  get ageMs(): number {
    return this.consent ? Math.max(0, Date.now() - this.consent.givenAt) : 0;
  }

  /** On the click: one that still holds is not renewed by it. */
  give(): void {
    if (this.state === 'in-force') return;
    this.#isOver = false;
    this.consent = { version: CONSENT_VERSION, givenAt: Date.now() };
    keep('consent', this.consent);
  }

  end(): void {
    this.#isOver = true;
  }

  withdraw(): void {
    this.consent = null;
    forgetKept();
  }
}
