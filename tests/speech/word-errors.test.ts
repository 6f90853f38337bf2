// The counting that the floors of the real recordings rest on.
import { expect, test } from 'vitest';
import { countWordErrors } from './word-errors.ts';

test.each([
  ['the cat sat', 'The cat, sat.', 0],
  ['mister smith has twelve dogs', 'Mr. Smith has 12 dogs!', 0],
  ['the cat sat', 'the cat', 1],
  ['the cat sat', 'the black cat sat', 1],
  ['the cat sat', 'a cat sits', 2],
  ['the cat sat', '', 3],
])('%j heard as %j', (said, heard, errors) => {
  const words = said.split(' ').length;
  expect(countWordErrors(said, heard)).toEqual({ errors, words, rate: errors / words });
});
