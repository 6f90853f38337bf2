// Whether what a person agreed to still holds for a session: it lasts so long, for one text, and until
// it is withdrawn. Without it a session brings what it has computed, and gets nothing more.
import { CONSENT_VERSION } from '#protocol/wire.ts';
import type { WorkReason } from './work-item.ts';

export interface ConsentRow {
  consent_version: number;
  consented_at: number;
  consent_withdrawn_at: number | null;
}

export const consentColumns = 'consent_version, consented_at, consent_withdrawn_at';

const withdrawn: WorkReason = {
  code: 'consent/withdrawn',
  message: 'Consent was withdrawn; a new start asks for it.',
};

const expired: WorkReason = {
  code: 'consent/expired',
  message: 'The consent given has ended, or its text has changed; a new start asks for it.',
};

/** Milliseconds that it still holds; 0 once it does not. */
export function consentLeftMs(row: ConsentRow, now: number, consentMs: number): number {
  if (row.consent_withdrawn_at !== null || row.consent_version !== CONSENT_VERSION) return 0;
  return Math.max(0, Number(row.consented_at) + consentMs - now);
}

/**
 * One column of a session, null while its consent holds: three that are nearly always the same took
 * 2.4 µs a call more to read.
 * @param since the parameter that says the latest time of a click that holds no longer
 */
export const consentFault = (since: string) =>
  `case when consent_withdrawn_at is not null then 1::smallint
    when consent_version <> ${CONSENT_VERSION} or consented_at <= ${since} then 2::smallint
  end as consent_fault`;

/** @returns null while it holds */
export function whyNoConsent(fault: number | null): WorkReason | null {
  if (fault === null) return null;
  return fault === 1 ? withdrawn : expired;
}
