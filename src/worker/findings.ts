// What one check of a receipt comes to, in the codes of verify-steps.ts.
import { toIdlewildError } from '#protocol/errors.ts';
import type { VerifyCheck, VerifyCodes, VerifyStep } from './verify-steps.ts';

export type Finding = Pick<VerifyStep, 'outcome' | 'code' | 'values'>;

export const holds = <Code extends keyof VerifyCodes['holds']>(
  code: Code,
  values: VerifyCodes['holds'][Code],
): Finding => ({ outcome: 'holds', code, values });

export const fails = <Code extends keyof VerifyCodes['fails']>(
  code: Code,
  values: VerifyCodes['fails'][Code],
): Finding => ({ outcome: 'fails', code, values });

export const unchecked = <Code extends keyof VerifyCodes['unchecked']>(
  code: Code,
  values: VerifyCodes['unchecked'][Code],
): Finding => ({ outcome: 'unchecked', code, values });

/** An error in the way claims nothing of the receipt. */
export function obstructed(check: VerifyCheck, thrown: unknown): Finding {
  const { code, shortMessage: message } = toIdlewildError(thrown);
  return unchecked(`${check}/failed`, { code, message });
}
