// Why a claim did not come about, in the visitor's language: what the contract refuses, and what stands
// between.
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { say } from '#words/say.ts';
import { sayFailure } from './failure-words.ts';

const words = {
  'nothing-to-claim': 'claims.fault.nothing',
  'invalid-proof': 'claims.fault.proof',
  'nothing-collected': 'claims.fault.collected',
  paused: 'claims.fault.paused',
  reverted: 'claims.fault.reverted',
  'not-mined': 'claims.fault.not-mined',
  'not-deployed': 'claims.fault.no-contract',
  'proof-file-wrong': 'claims.fault.file',
  'files-away': 'claims.fault.away',
} as const;
export type ClaimFault = keyof typeof words;

const area = 'settlement/';

export function claimFault(fault: ClaimFault, cause?: unknown): IdlewildError {
  return new IdlewildError(area + fault, say(words[fault]), { cause });
}

export function sayFault(thrown: unknown): string {
  const { code } = toIdlewildError(thrown);
  const key = code.startsWith(area) ? words[code.slice(area.length) as ClaimFault] : undefined;
  return key ? say(key) : sayFailure(thrown);
}
