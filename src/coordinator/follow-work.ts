// An answer that takes long, as lines of JSON: how far it is, again and again, so that who waits knows
// that it lives; then `{answer}`, or `{error}` where it failed after all.
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type IdlewildError, toIdlewildError } from '#protocol/errors.ts';

export const linesType = 'application/x-ndjson';
const tellMs = 1_000;

export interface FollowedWork<Answer> {
  work: Promise<Answer>;
  /** How far it is, in bytes. */
  measure(): Promise<number>;
  onFailed(error: IdlewildError): void;
}

type Said<Answer> = { answer: Answer } | { error: { code: string; message: string } };

async function* tell<Answer>(ended: Promise<Said<Answer>>, measure: () => Promise<number>) {
  for (;;) {
    yield `${JSON.stringify({ bytes: await measure() })}\n`;
    const waiting = new AbortController();
    const pause = setTimeout(tellMs, null, { signal: waiting.signal }).catch(() => null);
    const said = await Promise.race([ended, pause]);
    waiting.abort();
    if (!said) continue;
    yield `${JSON.stringify(said)}\n`;
    return;
  }
}

/** The work goes on though nobody should wait for it any more. */
export function followWork<Answer>({ work, measure, onFailed }: FollowedWork<Answer>): Readable {
  const ended: Promise<Said<Answer>> = work.then(
    (answer) => ({ answer }),
    (thrown: unknown) => {
      const error = toIdlewildError(thrown);
      onFailed(error);
      return { error: { code: error.code, message: error.shortMessage } };
    },
  );
  return Readable.from(tell(ended, measure));
}
