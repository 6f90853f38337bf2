// Long limits for a page behind which a real worker or coordinator answers: on a machine with other
// work it may take longer than a visitor would wait, and is not what these tests are about.
import { stopMsMax } from '#page/session.ts';

/** Of the widget's element, which only a browser can load. */
const answerMsMax = 8_000;

/** Timers of the page that run out while it waits for an answer. */
export const patienceLimits = [stopMsMax, answerMsMax];

/** Runs in the page, before its own scripts. */
export function waitLonger(limits: readonly number[]): void {
  const wait = globalThis.setTimeout;
  const patient = (call: () => void, ms = 0, ...given: []) =>
    wait(call, limits.includes(ms) ? 100_000 : ms, ...given);
  globalThis.setTimeout = Object.assign(patient, wait);
}
