// What a coordinator says that has heard a call's counter before: up to which it has heard them.
import type { IdlewildError } from '#protocol/errors.ts';

/** A counter that no honest coordinator has heard: following it would end in lost precision. */
const counterMax = 2 ** 40;

/** The last counter that it has heard; null where it refused for another reason. */
export function heardCounter({ code, metaMessages }: IdlewildError): number | null {
  if (code !== 'session/counter-stale') return null;
  const heard = Number(/lastCounter=(\d+)/.exec(metaMessages.join(' '))?.[1] ?? 0);
  return heard < counterMax ? heard : null;
}
