// What went wrong, in the visitor's language: the error's own sentence is English, so another
// language gives what the dictionary knows of its code.
import { toIdlewildError } from '#protocol/errors.ts';
import { currentLocale } from '#words/say.ts';
import { explainError } from './explain-error.ts';

export function sayFailure(thrown: unknown): string {
  const error = toIdlewildError(thrown, 'page/worker');
  if (currentLocale().startsWith('en')) return error.shortMessage;
  return explainError(error.toWire()).means;
}
