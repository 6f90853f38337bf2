// What the frame remembers of the visitor's consent: in its own storage, which browsers keep apart
// by the site around it, so that consent given on one site starts nothing on another. Written on
// the visitor's click alone. The coordinator keeps its own record, and heeds only that.
import { CONSENT_VERSION } from '#protocol/wire.ts';

export interface FrameConsent {
  project: string;
  /** The level that the visitor agreed to; a host may ask for less, never for more. */
  dutyPercent: number;
  /** Unix milliseconds by this machine's clock. */
  agreedAt: number;
}

interface Kept extends FrameConsent {
  version: number;
  lastsMs: number;
}

/** What a click agrees to. */
type Agreement = Omit<FrameConsent, 'agreedAt'> & { agreedAt?: number };

const key = 'idlewild/frame-consent';

function parse(text: string | null): Kept | null {
  try {
    const kept = JSON.parse(text ?? 'null');
    const { version, lastsMs, agreedAt, dutyPercent } = kept ?? {};
    const isWhole = [version, lastsMs, agreedAt, dutyPercent].every(Number.isFinite);
    return isWhole && typeof kept.project === 'string' ? kept : null;
  } catch {
    return null;
  }
}

/** Null without one that is still good for this project and this text. */
export function recallConsent(project: string, now = Date.now()): FrameConsent | null {
  let kept: Kept | null = null;
  try {
    kept = parse(localStorage.getItem(key));
  } catch {
    // This browser gives framed pages no storage.
  }
  if (kept?.project !== project || kept.version !== CONSENT_VERSION) return null;
  // An age below zero: the clock was set back, and tells nothing any more.
  const ageMs = now - kept.agreedAt;
  return ageMs >= 0 && ageMs < kept.lastsMs ? kept : null;
}

/** Where nothing can be kept, the consent lasts as long as the frame. */
export function keepConsent(agreement: Agreement, lastsMs: number): FrameConsent {
  const consent = { ...agreement, agreedAt: agreement.agreedAt ?? Date.now() };
  const kept: Kept = { ...consent, version: CONSENT_VERSION, lastsMs };
  try {
    localStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // As above.
  }
  return consent;
}

export function forgetConsent(): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // As above: nothing was kept.
  }
}

/** Some browsers give a frame in another site no storage, which its signing key needs. */
export function canStore(): boolean {
  try {
    return localStorage.length >= 0;
  } catch {
    return false;
  }
}
