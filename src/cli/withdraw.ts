// `idlewild withdraw`: a requester takes back what its orders did not spend. Asked for first, paid after
// the contract's delay, which leaves time to collect what work already done has cost.
import type { Command } from 'commander';
import { encodeFunctionData } from 'viem';
import { IdlewildError } from '#protocol/errors.ts';
import type { Hex } from '#settlement/epoch-books.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { addPayerFlags, openPayer, type PayerFlags } from './payer-flags.ts';
import { createProgress } from './progress.ts';
import { formatWait, readEscrow } from './read-escrow.ts';
import { type Payer, sendCall } from './send-call.ts';
import { addSettlementFlags, openSettlement, type SettlementFlags } from './settlement-client.ts';
import { formatAmount, parseAmount } from './token-amount.ts';

interface WithdrawFlags extends SettlementFlags, PayerFlags {
  amount?: string;
  all: boolean;
  finish: boolean;
  cancel: boolean;
  json: boolean;
}

export function addWithdraw(program: Command): void {
  const withdraw = program
    .command('withdraw')
    .description(
      "take a requester's deposit back: ask for it, wait, finish; alone, says where it is",
    )
    .option(
      '--amount <amount>',
      'ask for so much of the deposit, in place of what was asked before',
    )
    .option('--all', 'ask for the whole deposit', false)
    .option('--cancel', 'take back what was asked for', false)
    .option('--finish', 'be paid what was asked for, when its delay is over', false)
    .option('--json', 'print one JSON object on stdout', false);
  addPayerFlags(addSettlementFlags(withdraw)).action(runWithdraw);
}

async function runWithdraw(flags: WithdrawFlags): Promise<void> {
  const wishes = [flags.amount !== undefined, flags.all, flags.cancel, flags.finish];
  if (wishes.filter(Boolean).length > 1) {
    const message = '--amount, --all, --cancel and --finish exclude each other.';
    throw new IdlewildError('withdraw/bad-flags', message);
  }
  const progress = createProgress(flags.json && !process.stderr.isTTY);
  const { chain, token } = await openSettlement(flags);
  const payer = await openPayer(flags, chain, progress);
  const requester = payer.account.address.toLowerCase() as Hex;
  let transaction: Hex | null = null;
  if (flags.finish) transaction = await finishWithdrawal(payer);
  else if (flags.cancel) transaction = await requestWithdrawal(payer, 0n);
  else if (flags.all || flags.amount !== undefined) {
    const { deposit } = await readEscrow(chain, requester);
    const amount =
      flags.amount === undefined ? deposit : parseAmount(flags.amount, token, '--amount');
    transaction = await requestWithdrawal(payer, amount);
  }
  const escrow = await readEscrow(chain, requester);
  const { deposit, available, withdrawing, waitSeconds } = escrow;
  const answer = {
    requester,
    deposit: String(deposit),
    available: String(available),
    withdrawing: String(withdrawing),
    wait_seconds: Number(waitSeconds),
    transaction,
  };
  const wait = waitSeconds === 0n ? 'now, with --finish' : `in ${formatWait(waitSeconds)}`;
  const lines = [
    `Deposit    ${formatAmount(deposit, token)}, of which new work may count on ${formatAmount(available, token)}`,
    withdrawing === 0n
      ? 'Withdrawal none is asked for'
      : `Withdrawal ${formatAmount(withdrawing, token)}, payable ${wait}, less what work has cost by then`,
  ];
  if (transaction !== null) lines.push(`Sent       ${transaction}`);
  process.stdout.write(`${flags.json ? JSON.stringify(answer) : lines.join('\n')}\n`);
}

/** Starts the delay anew. @param amount base units; 0 takes the request back */
export async function requestWithdrawal(payer: Payer, amount: bigint): Promise<Hex> {
  const args = [amount] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'requestWithdrawal', args });
  return send(payer, data, 'ask for a withdrawal');
}

/** @throws withdraw/not-asked, withdraw/early (retryable), settlement/... */
export async function finishWithdrawal(payer: Payer): Promise<Hex> {
  const { withdrawing, waitSeconds } = await readEscrow(payer.chain, payer.account.address);
  if (withdrawing === 0n) {
    throw new IdlewildError('withdraw/not-asked', 'No withdrawal was asked for.', {
      metaMessages: ['Ask for one with --amount or --all.'],
    });
  }
  if (waitSeconds > 0n) {
    const message = `The withdrawal can be paid in ${formatWait(waitSeconds)}.`;
    throw new IdlewildError('withdraw/early', message, { retryable: true });
  }
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'withdraw' });
  return send(payer, data, 'pay the withdrawal');
}

async function send(payer: Payer, data: Hex, doing: string): Promise<Hex> {
  const to = payer.chain.settlement;
  return (await sendCall(payer, { to, data, doing })).transactionHash;
}
