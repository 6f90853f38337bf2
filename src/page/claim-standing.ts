// How an account stands with the contract: final, paid, due, what is earned beside that, and each payment
// with its transaction.
import type { AccountAnswer } from '#protocol/account-wire.ts';
import { formatCredit } from '#words/format.ts';
import { formatToken } from '#words/format-token.ts';
import { say } from '#words/say.ts';
import { dueOf, type Payment } from './claim.ts';
import { create } from './elements.ts';
import type { Settlement, Token } from './epochs.ts';
import { makeChainLink } from './explorer.ts';

export interface ShownStanding {
  leaf: { epoch: number; cumulative: bigint } | null;
  claimed: bigint;
  payments: Payment[];
}

/** As the coordinator said it. */
export function standingOf(told: AccountAnswer['settlement']): ShownStanding | null {
  if (!told) return null;
  const { leaf, claimed, transactions } = told;
  return {
    leaf: leaf && { epoch: leaf.epoch, cumulative: BigInt(leaf.cumulative) },
    claimed: BigInt(claimed),
    payments: transactions.map(({ hash, amount, block }) => {
      return { hash, amount: BigInt(amount), block };
    }),
  };
}

/** @param credit of the account, where it is known: what is not in a final epoch is said too */
export function drawStanding(
  standing: ShownStanding,
  { token, chainId, creditsPerTokenUnit }: Settlement,
  credit?: AccountAnswer['credit'],
): Element[] {
  if (!token) return [];
  const { leaf, claimed, payments } = standing;
  const total = leaf?.cumulative ?? 0n;
  const final = leaf ? say('claims.final.in', { n: String(leaf.epoch) }) : say('claims.final.none');
  const due = dueOf({ leaf: leaf && { ...leaf, proof: [] }, claimed });
  const sums = create('dl', 'payouts');
  sums.append(
    makeSum(say('claims.final'), formatToken(total, token), final),
    makeSum(say('claims.paid'), formatToken(claimed, token), ''),
    makeSum(say('claims.due'), formatToken(due, token), due === 0n ? say('claims.due.none') : ''),
  );
  const rest = (credit?.earned ?? 0) - Number(total * BigInt(creditsPerTokenUnit));
  const parts: Element[] = [sums];
  if (credit && rest >= creditsPerTokenUnit) {
    parts.push(create('p', 'fine', say('claims.rest', { credits: formatCredit(rest) })));
  }
  if (payments.length > 0) parts.push(makePayments(payments, token, chainId));
  return parts;
}

function makeSum(term: string, amount: string, why: string): HTMLElement {
  const sum = create('div', '');
  const figure = create('dd', '');
  figure.append(create('bdi', '', amount));
  sum.append(create('dt', '', term), figure);
  if (why) sum.append(create('dd', 'fine', why));
  return sum;
}

function makePayments(payments: readonly Payment[], token: Token, chainId: number): HTMLElement {
  const details = create('details', 'table') as HTMLDetailsElement;
  details.open = true;
  const list = create('ol', 'payments');
  for (const { hash, amount, block } of payments) {
    const item = create('li', 'fine');
    const words = { amount: formatToken(amount, token), block: String(block) };
    item.append(`${say('claims.block', words)} `, makeChainLink(chainId, 'tx', hash));
    list.append(item);
  }
  details.append(create('summary', '', say('claims.payments')), list);
  return details;
}
