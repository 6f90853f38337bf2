// From the ledger's credit to what the contract pays.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBooks, checkGrowth, sumBooks, toTokenBooks } from '#settlement/epoch-books.ts';
import { addressOf, hashOf, makeBooks } from './epoch-lab.ts';

test('credits are divided down, debits up, and what comes to nothing is left out', () => {
  const [account, other, requester] = ['one', 'two', 'three'].map(addressOf);
  const books = toTokenBooks(
    {
      credits: [
        { account, cumulative: 1_999n },
        { account: other, cumulative: 999n },
      ],
      debits: [{ requester, order: hashOf('order'), cumulative: 2_998n }],
    },
    1_000n,
  );
  expect(books.credits).toEqual([{ account, cumulative: 1n }]);
  expect(books.debits).toEqual([{ requester, order: hashOf('order'), cumulative: 3n }]);
});

test('what is paid is never more than what is taken, and no rest is lost over many epochs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(1_000_000), { minLength: 3, maxLength: 3 }), { minLength: 1 }),
      fc.integer({ min: 1, max: 5_000 }),
      (epochs, divisor) => {
        const earned = [0n, 0n, 0n];
        let before = toTokenBooks({ credits: [], debits: [] }, BigInt(divisor));
        for (const work of epochs) {
          for (const [i, amount] of work.entries()) earned[i] += BigInt(amount);
          const all = earned[0] + earned[1] + earned[2];
          const after = toTokenBooks(
            {
              credits: earned.map((cumulative, i) => ({ account: addressOf(`${i}`), cumulative })),
              debits: [
                { requester: addressOf('a'), order: hashOf('a'), cumulative: all / 3n },
                { requester: addressOf('b'), order: hashOf('b'), cumulative: all - all / 3n },
              ],
            },
            BigInt(divisor),
          );
          checkGrowth(before, after);
          const { creditsTotal, debitsTotal } = sumBooks(after);
          expect(creditsTotal * BigInt(divisor) <= all).toBe(true);
          expect(all - creditsTotal * BigInt(divisor) < 3n * BigInt(divisor)).toBe(true);
          expect(debitsTotal * BigInt(divisor) - all < 2n * BigInt(divisor)).toBe(true);
          before = after;
        }
      },
    ),
  );
});

test('books that are out of order, doubled, malformed or unpaid for are refused', () => {
  const books = makeBooks(3, 1);
  const [first, second] = books.credits;
  expect(() => checkBooks(books)).not.toThrow();
  const wrong = [
    { ...books, credits: [second, first] },
    { ...books, credits: [first, first] },
    { ...books, credits: [{ ...first, account: `0x${first.account.slice(2).toUpperCase()}` }] },
    { ...books, credits: [{ ...first, cumulative: 0n }] },
    { ...books, debits: [{ ...books.debits[0], order: first.account }] },
    { ...books, debits: [] },
  ];
  for (const one of wrong) {
    expect(() => checkBooks(one as typeof books)).toThrow(
      expect.objectContaining({ code: 'settlement/books-malformed' }),
    );
  }
});

test('an amount that fell, or is gone, is named with both figures', () => {
  const before = makeBooks(3, 1);
  const [first, ...rest] = before.credits;
  const fallen = { ...before, credits: [{ ...first, cumulative: 1n }, ...rest] };
  for (const after of [fallen, { ...before, credits: rest }, { ...before, debits: [] }]) {
    expect(() => checkGrowth(before, after)).toThrow(
      expect.objectContaining({ code: 'settlement/books-fell' }),
    );
  }
  expect(() => checkGrowth(before, fallen)).toThrow(/had \d+000 before[\s\S]*it would have 1\./);
});
