// A requester's deposit: by a permit in one transaction where the token has permits, else by an
// approval of this amount and no more. What is credited is what arrived, as the contract counted it.
import { encodeFunctionData, parseEventLogs } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import type { Token } from '#settlement/read-token.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { type Payer, sendCall } from './send-call.ts';
import { formatAmount, readAllowance, readBalance, tokenAbi } from './token-amount.ts';
import { signPermit } from './token-permit.ts';

export interface Deposited {
  /** Base units. */
  amount: bigint;
  transactions: Hex[];
}

/** @throws deposit/too-little, chain/..., settlement/... */
export async function deposit(payer: Payer, token: Token, amount: bigint): Promise<Deposited> {
  const { chain, account } = payer;
  const owner = account.address;
  const held = await readBalance(chain, token, owner);
  if (held < amount) {
    const has = `${owner} has ${formatAmount(held, token)}`;
    const message = `${has}, less than ${formatAmount(amount, token)}. Nothing was sent.`;
    throw new IdlewildError('deposit/too-little', message);
  }
  const transactions: Hex[] = [];
  const send = async (to: Hex, data: Hex, doing: string) => {
    const receipt = await sendCall(payer, { to, data, doing });
    transactions.push(receipt.transactionHash);
    return receipt;
  };
  const spender = chain.settlement;
  const approve = (value: bigint) => {
    const args = [spender, value] as const;
    const data = encodeFunctionData({ abi: tokenAbi, functionName: 'approve', args });
    return send(token.address, data, 'approve the deposit');
  };
  const allowed = await readAllowance(chain, token, { owner, spender });
  const permit =
    allowed >= amount
      ? null
      : await signPermit(payer, { token: token.address, spender, value: amount });
  if (allowed < amount && permit === null) {
    // Some tokens change an allowance only from zero.
    if (allowed > 0n) await approve(0n);
    await approve(amount);
  }
  const data = permit
    ? encodeFunctionData({
        abi: settlementAbi,
        functionName: 'depositWithPermit',
        args: [owner, amount, permit.deadline, permit.v, permit.r, permit.s],
      })
    : encodeFunctionData({ abi: settlementAbi, functionName: 'deposit', args: [owner, amount] });
  const { logs } = await send(spender, data, 'deposit');
  const own = logs.filter(({ address }) => address.toLowerCase() === spender.toLowerCase());
  const [event] = parseEventLogs({ abi: settlementAbi, eventName: 'Deposited', logs: own });
  return { amount: event?.args.amount ?? 0n, transactions };
}
