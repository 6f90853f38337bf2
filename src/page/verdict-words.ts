// A verdict as a visitor reads it: the first words name the state, the rest says what was compared
// with what, and no more. The coordinator's own sentence stands where the code is not known here.
import type { VerdictLine } from '#worker/status.ts';

const words: Record<string, [lead: string, rest: string]> = {
  'verdict/awaiting-partner': [
    'Waiting',
    'for a second result of this unit, by another account or the coordinator itself.',
  ],
  'verdict/confirmed': [
    'Confirmed:',
    'another account, or the coordinator itself, got the same bytes.',
  ],
  'verdict/held': ['Waiting', 'until another machine has computed a row of this unit again.'],
  'verdict/disputed': [
    'Waiting',
    'for the coordinator: another result of this unit gave other bytes.',
  ],
  'verdict/audited': [
    'Confirmed:',
    'another machine, or the coordinator itself, got the same bytes for a row of this unit.',
  ],
  'verdict/voided': [
    'Refused:',
    'another unit of this account was wrong, so this one, not yet confirmed, does not count.',
  ],
  'verdict/input-lost': [
    'Refused:',
    'the coordinator lost the input of this unit, so nobody can check it.',
  ],
  'verdict/digest-mismatch': ['Refused:', 'computed again, this unit gave other bytes.'],
  'verdict/superseded': [
    'Refused:',
    'the unit was decided before this result came, on other bytes.',
  ],
  'lease/expired': [
    'Refused:',
    'it came after its time had run out, and the unit needs no further result.',
  ],
};

const states = { pending: 'Waiting', accepted: 'Accepted', rejected: 'Refused' } as const;

/** @returns the state's word, which is set apart, and the sentence that it begins */
export function describeVerdict(verdict: VerdictLine): [lead: string, rest: string] {
  const { state, code, message } = verdict;
  const known = words[code];
  if (known) return known;
  const word = states[state];
  const sentence = message || code;
  if (sentence.startsWith(`${word} `)) return [word, sentence.slice(word.length + 1)];
  const [, own, rest] = /^([A-Z][a-z]+:) (.+)$/s.exec(sentence) ?? [];
  return own ? [own, rest] : [`${word}:`, sentence.charAt(0).toLowerCase() + sentence.slice(1)];
}
