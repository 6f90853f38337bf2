// Leaves against the log, by somebody who is not told which device is whose.
import { expect, test } from 'vitest';
import { compareCredits } from '#settlement/compare-credits.ts';
import { addressOf } from './epoch-lab.ts';

const [ann, bob, phone] = ['ann', 'bob', 'phone'].map(addressOf);
const creditsPerTokenUnit = 10n;

function compare(leaves: Record<string, bigint>, net: [string, bigint][], withheld: string[] = []) {
  const listed = Object.entries(leaves).map(([account, cumulative]) => ({ account, cumulative }));
  return compareCredits({
    leaves: listed as never,
    net: new Map(net) as never,
    withheld: withheld as never,
    creditsPerTokenUnit,
  }).map(({ subject, expected, found }) => ({ subject, expected, found }));
}

test('rounded down, and with its devices, a wallet has what was earned', () => {
  const net: [string, bigint][] = [
    [ann, 59n],
    [bob, 9n],
    [phone, 31n],
  ];
  expect(compare({ [ann]: 5n }, net)).toEqual([]);
  expect(compare({ [ann]: 9n }, net)).toEqual([]);
});

test('a wallet that is short is named, unless it was spending', () => {
  const net: [string, bigint][] = [[ann, 59n]];
  const short = { subject: ann, expected: 'at least 5', found: '4' };
  expect(compare({ [ann]: 4n }, net)).toEqual([short]);
  expect(compare({ [ann]: 4n }, net, [ann])).toEqual([]);
});

test('what nobody earned is found, whoever has it', () => {
  const net: [string, bigint][] = [
    [ann, 50n],
    [phone, 31n],
  ];
  expect(compare({ [ann]: 5n, [bob]: 4n }, net)).toEqual([
    { subject: 'all wallets', expected: 'at most 3 beyond what they earned', found: '4' },
  ]);
});
