// Refusals that every signed call of a session may meet.
import { IdlewildError } from '#protocol/errors.ts';

export function unsigned(): IdlewildError {
  return new IdlewildError('session/signature', 'The session key did not sign this call.');
}

export function staleCounter(counter: number): IdlewildError {
  return new IdlewildError('session/counter-stale', 'The counter of this call was heard before.', {
    retryable: true,
    metaMessages: [`lastCounter=${counter}`],
  });
}

export function sessionOver(): IdlewildError {
  return new IdlewildError('session/expired', 'The session is over.', {
    metaMessages: ['Open a new one, with a new self-test.'],
  });
}
