// Whether the coordinator calls itself by the origin that this page came from.
import { IdlewildError } from '#protocol/errors.ts';
import type { Challenge } from '#protocol/wire.ts';

/** The names of this very machine are one origin, for trying things out. */
export function isSameOrigin(named: string, origin: string): boolean {
  const normal = (text: string) => {
    const url = new URL(text);
    if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = 'localhost';
    return url.origin;
  };
  return URL.canParse(named) && normal(named) === normal(origin);
}

/** Before anything is signed for it. @throws session/foreign-coordinator */
export function checkOrigin({ coordinator }: Challenge, origin: string): void {
  if (isSameOrigin(coordinator, origin)) return;
  throw new IdlewildError('session/foreign-coordinator', 'The coordinator names another origin.', {
    metaMessages: [
      `This page came from ${origin}, its coordinator calls itself ${coordinator}.`,
      'Nothing was signed. Tell whoever runs it.',
    ],
  });
}
