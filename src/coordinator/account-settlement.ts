// What of an account's credit is money: its leaf in the last final epoch, and what the contract paid.
import type { AccountSettlement } from '#protocol/account-wire.ts';
import type { Context } from './context.ts';

/** Payments of one answer, the newest: older ones are on the chain. */
const transactionsMax = 100;

export interface AccountMoney {
  /** Null where this coordinator pays nothing out, or has not met its chain yet. */
  settlement: AccountSettlement | null;
  /** In credits. */
  paid: number;
  /** What the contract would pay now, in credits. */
  claimable: number;
}

/**
 * @param account a wallet
 * @returns null where this coordinator pays nothing out
 */
export async function readAccountMoney(
  { database, settlement }: Context,
  account: string,
): Promise<AccountMoney | null> {
  if (!settlement) return null;
  const token = (await settlement.seen())?.token;
  if (!token) return { settlement: null, paid: 0, claimable: 0 };
  const asked = { account, limit: transactionsMax };
  const { leaf, claimed, transactions } = await database.run('readAccountPaid', asked);
  const { chainId, contract, creditsPerTokenUnit } = settlement;
  const cumulative = (leaf?.credit ?? 0n) / creditsPerTokenUnit;
  const due = cumulative > claimed ? cumulative - claimed : 0n;
  return {
    settlement: {
      chainId,
      contract,
      token,
      creditsPerTokenUnit: Number(creditsPerTokenUnit),
      leaf: leaf && cumulative > 0n ? { epoch: leaf.epoch, cumulative: String(cumulative) } : null,
      claimed: String(claimed),
      transactions,
    },
    paid: toNumber(claimed * creditsPerTokenUnit),
    claimable: toNumber(due * creditsPerTokenUnit),
  };
}

/** Credit is earned in numbers that are exact; only a node that lies shows more. */
function toNumber(credits: bigint): number {
  return Math.min(Number(credits), Number.MAX_SAFE_INTEGER);
}
