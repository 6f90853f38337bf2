// Amounts of the token that a settlement pays in: what accounts have of it, and as people write them.
import { formatUnits, parseAbi, parseUnits } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Chain } from '#settlement/chain.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Token } from '#settlement/read-token.ts';

export const tokenAbi = parseAbi([
  'function balanceOf(address account) view returns (uint256)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function approve(address spender, uint256 value) returns (bool)',
]);

/** Of an account. */
export async function readBalance(chain: Chain, token: Token, account: Hex): Promise<bigint> {
  return chain.ask('show a balance', (client) =>
    client.readContract({
      address: token.address,
      abi: tokenAbi,
      functionName: 'balanceOf',
      args: [account],
    }),
  );
}

export async function readAllowance(
  chain: Chain,
  token: Token,
  { owner, spender }: { owner: Hex; spender: Hex },
): Promise<bigint> {
  return chain.ask('show an allowance', (client) =>
    client.readContract({
      address: token.address,
      abi: tokenAbi,
      functionName: 'allowance',
      args: [owner, spender],
    }),
  );
}

/** Exact: 1.5 TUSD. */
export function formatAmount(amount: bigint, { symbol, decimals }: Token): string {
  return `${formatUnits(amount, decimals)} ${symbol}`.trim();
}

/**
 * @param text such as 12.5
 * @param flag that it was given by
 * @returns base units, above zero
 * @throws settlement/bad-amount
 */
export function parseAmount(text: string, { decimals }: Token, flag: string): bigint {
  const fraction = /^\d{1,60}(?:\.(\d{1,60}))?$/.exec(text);
  const fits = fraction !== null && (fraction[1] ?? '').length <= decimals;
  const amount = fits ? parseUnits(text, decimals) : 0n;
  if (amount > 0n && amount < 1n << 256n) return amount;
  const message = `${flag} must be an amount such as 12.5, with at most ${decimals} decimals.`;
  throw new IdlewildError('settlement/bad-amount', message);
}
