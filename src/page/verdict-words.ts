// A verdict as a visitor reads it: the first words name the state, the rest says what was compared
// with what, and no more. The coordinator's own sentence stands where the code is not known here.

import { currentLocale, say } from '#words/say.ts';
import type { VerdictLine } from '#worker/status.ts';

const leads = {
  waiting: 'verdict.waiting',
  accepted: 'verdict.accepted',
  confirmed: 'verdict.confirmed',
  refused: 'verdict.refused',
} as const;

const words = {
  'verdict/awaiting-partner': ['waiting', 'verdict.awaiting-partner'],
  'verdict/confirmed': ['confirmed', 'verdict.same-bytes'],
  'verdict/agreed': ['confirmed', 'verdict.agreed'],
  'verdict/differs': ['refused', 'verdict.differs'],
  'verdict/held': ['waiting', 'verdict.held'],
  'verdict/disputed': ['waiting', 'verdict.disputed'],
  'verdict/audited': ['confirmed', 'verdict.audited'],
  'verdict/voided': ['refused', 'verdict.voided'],
  'verdict/input-lost': ['refused', 'verdict.input-lost'],
  'verdict/digest-mismatch': ['refused', 'verdict.digest-mismatch'],
  'verdict/superseded': ['refused', 'verdict.superseded'],
  'lease/expired': ['refused', 'verdict.expired'],
  'lease/withdrawn': ['refused', 'verdict.withdrawn'],
  'lease/convicted': ['refused', 'verdict.voided'],
} as const;

const states = { pending: 'waiting', accepted: 'accepted', rejected: 'refused' } as const;

/** @returns the state's word, which is set apart, and the sentence that it begins */
export function describeVerdict(verdict: VerdictLine): [lead: string, rest: string] {
  const { state, code, message } = verdict;
  if (code in words) {
    const [lead, rest] = words[code as keyof typeof words];
    return [say(leads[lead]), say(rest)];
  }
  const lead = say(leads[states[state]]);
  if (!currentLocale().startsWith('en')) return [lead, describeUnknown(code)];
  const word = lead.replace(':', '');
  const sentence = message || code;
  if (sentence.startsWith(`${word} `)) return [word, sentence.slice(word.length + 1)];
  const [, own, rest] = /^([A-Z][a-z]+:) (.+)$/s.exec(sentence) ?? [];
  return own ? [own, rest] : [`${word}:`, sentence.charAt(0).toLowerCase() + sentence.slice(1)];
}

/** The coordinator's sentence is English, so another language gives its code. */
function describeUnknown(code: string): string {
  return /^result\//.test(code) ? say('verdict.unread') : say('verdict.unknown', { code });
}
