// The operator's token: compared in constant time, and a network that guesses is left waiting. What
// is too weak for an address that others reach is told before the server listens.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';

const charactersMin = 24;
const distinctMin = 10;
const failuresPerMinuteMax = 10;
const blockedMs = 60_000;
const blockedMax = 10_000;

/** @returns what is wrong with it, or null */
export function findTokenWeakness(token: string): string | null {
  if (token.length < charactersMin) return `is shorter than ${charactersMin} characters`;
  if (new Set(token).size < distinctMin)
    return `has fewer than ${distinctMin} different characters`;
  return null;
}

export interface AdminGate {
  /** Whether a token was set at all. */
  on: boolean;
  /** Whether the request carries it. @throws limits/calls for a network that guesses */
  admits(request: FastifyRequest): boolean;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

export function createAdminGate(token: string | undefined, now: () => number): AdminGate {
  const expected = token === undefined ? null : digest(token);
  const failures = createRateLimit({
    callsPerMinuteMax: failuresPerMinuteMax,
    name: 'adminFailuresPerMinuteMax',
    now,
  });
  const blocked = new Map<string, number>();

  function refuse(network: string): boolean {
    try {
      failures.take(network);
    } catch (thrown) {
      if (blocked.size >= blockedMax) blocked.delete(blocked.keys().next().value as string);
      blocked.set(network, now() + blockedMs);
      throw thrown;
    }
    return false;
  }

  return {
    on: expected !== null,
    admits(request) {
      const [, given] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (!expected || !given) return false;
      const network = networkOf(request.ip);
      // Before the comparison: who guesses must not learn that a guess was right.
      if ((blocked.get(network) ?? 0) > now()) {
        const message = 'Too many wrong tokens from this address (adminFailuresPerMinuteMax).';
        throw new IdlewildError('limits/calls', message, {
          retryable: true,
          metaMessages: ['Wait a minute.'],
        });
      }
      return timingSafeEqual(digest(given), expected) || refuse(network);
    },
  };
}
