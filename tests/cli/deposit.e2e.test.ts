// A requester's deposit and its way back, over a real chain and a real token.
import { encodeFunctionData } from 'viem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deposit } from '#cli/deposit.ts';
import { formatWait, readEscrow } from '#cli/read-escrow.ts';
import { sendCall } from '#cli/send-call.ts';
import { readAllowance, readBalance, tokenAbi } from '#cli/token-amount.ts';
import { finishWithdrawal, requestWithdrawal } from '#cli/withdraw.ts';
import { openLab, type SettlementLab } from '../settlement/settlement-lab.ts';
import { openRequesterLab, type RequesterLab } from './requester-lab.ts';

const million = 1_000_000n;
let lab: SettlementLab;
let requester: RequesterLab;
beforeEach(async () => {
  lab = await openLab();
  requester = await openRequesterLab(lab, 10n * million);
});
afterEach(() => lab.close());

const escrow = () => readEscrow(requester.payer.chain, requester.payer.account.address);

test('a token with permits takes one transaction, and no allowance is left', async () => {
  const { payer, token } = requester;
  const { amount, transactions } = await deposit(payer, token, 4n * million);
  expect({ amount, sent: transactions.length }).toEqual({ amount: 4n * million, sent: 1 });
  expect(await escrow()).toEqual({
    deposit: 4n * million,
    available: 4n * million,
    withdrawing: 0n,
    waitSeconds: 0n,
  });
  const of = { owner: payer.account.address, spender: payer.chain.settlement };
  expect(await readAllowance(payer.chain, token, of)).toBe(0n);
});

test('an allowance that is there is used, and one too small is set to the amount', async () => {
  const { payer, token } = requester;
  const approve = (value: bigint) =>
    sendCall(payer, {
      to: token.address,
      data: encodeFunctionData({
        abi: tokenAbi,
        functionName: 'approve',
        args: [payer.chain.settlement, value],
      }),
      doing: 'approve',
    });
  await approve(3n * million);
  expect((await deposit(payer, token, 2n * million)).transactions).toHaveLength(1);
  const of = { owner: payer.account.address, spender: payer.chain.settlement };
  expect(await readAllowance(payer.chain, token, of)).toBe(million);
  await deposit(payer, token, 2n * million);
  expect(await readAllowance(payer.chain, token, of)).toBe(0n);
  expect((await escrow()).deposit).toBe(4n * million);
});

test('who has less than that is told so, and nothing is sent', async () => {
  const { payer, token } = requester;
  lab.gate.asked.length = 0;
  await expect(deposit(payer, token, 11n * million)).rejects.toMatchObject({
    code: 'deposit/too-little',
    message: expect.stringContaining('10 TUSD, less than 11 TUSD'),
  });
  expect(lab.gate.asked).not.toContain('eth_sendRawTransaction');
});

test('a withdrawal is asked for, waits, and is paid once', async () => {
  const { payer, token } = requester;
  await deposit(payer, token, 4n * million);
  await expect(finishWithdrawal(payer)).rejects.toMatchObject({ code: 'withdraw/not-asked' });
  await requestWithdrawal(payer, 3n * million);
  const asked = await escrow();
  expect(asked).toMatchObject({ available: million, withdrawing: 3n * million });
  expect(formatWait(asked.waitSeconds)).toMatch(/^(5 d 0 h|4 d 23 h)$/);
  await expect(finishWithdrawal(payer)).rejects.toMatchObject({
    code: 'withdraw/early',
    retryable: true,
  });
  await lab.passDays(6);
  await finishWithdrawal(payer);
  expect(await readBalance(payer.chain, token, payer.account.address)).toBe(9n * million);
  expect(await escrow()).toMatchObject({ deposit: million, withdrawing: 0n });
  await expect(finishWithdrawal(payer)).rejects.toMatchObject({ code: 'withdraw/not-asked' });
});
