// Amounts of a token as people write them, to the unit and back.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAmount, parseAmount } from '#cli/token-amount.ts';

const tokenOf = (decimals: number) => ({ address: '0x1', symbol: 'TUSD', decimals }) as const;

test('what is shown is read back to the unit, whatever the decimals', () => {
  const amounts = fc.bigInt({ min: 1n, max: (1n << 128n) - 1n });
  fc.assert(
    fc.property(amounts, fc.integer({ min: 0, max: 36 }), (amount, decimals) => {
      const token = tokenOf(decimals);
      const [text, unit] = formatAmount(amount, token).split(' ');
      expect(unit).toBe('TUSD');
      expect(parseAmount(text, token, '--amount')).toBe(amount);
    }),
  );
});

test.each([
  '',
  '0',
  '0.0',
  '-1',
  '1e3',
  '1,5',
  '.5',
  '1.',
  '0.0000001',
  ' 1',
  `1${'0'.repeat(72)}`,
])('%j is no amount of six decimals', (text) => {
  expect(() => parseAmount(text, tokenOf(6), '--amount')).toThrow('at most 6 decimals');
});
