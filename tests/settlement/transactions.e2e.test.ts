// Transactions against a real chain: each is sent once, whatever happens in between.
import { encodeFunctionData } from 'viem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { advanceTransactions } from '#settlement/advance-transactions.ts';
import { openChain } from '#settlement/chain.ts';
import type { Epoch } from '#settlement/epoch-files.ts';
import { readEvents, readState } from '#settlement/read-settlement.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { postCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { hashOf } from './epoch-lab.ts';
import { chainId, openLab, type SettlementLab } from './settlement-lab.ts';

let lab: SettlementLab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab.close());

const epoch: Epoch = {
  creditsRoot: hashOf('credits'),
  creditsTotal: 5n,
  debitsRoot: hashOf('debits'),
  debitsTotal: 5n,
  logRoot: hashOf('log'),
  logSize: 9n,
};

async function countPosts(): Promise<number> {
  const { newest } = await lab.chain.readHead();
  return (await readEvents(lab.chain, 'EpochPosted', { fromBlock: 0n, toBlock: newest })).length;
}

const advance = () => advanceTransactions(lab.sender);

test('a call is believed when it is deep enough, and is sent once for any number of submits', async () => {
  const first = await submitCall(lab.sender, postCall(1, epoch));
  expect(await submitCall(lab.sender, postCall(1, epoch))).toMatchObject({
    nonce: first.nonce,
    attempts: first.attempts,
  });
  await lab.mine();
  expect(await advance()).toMatchObject({ open: 1, closed: [] });
  await lab.mine();
  const { closed } = await advance();
  expect(closed).toMatchObject([{ state: 'confirmed', minedHash: first.attempts[0].hash }]);
  expect(await submitCall(lab.sender, postCall(1, epoch))).toMatchObject({ state: 'confirmed' });
  expect(await advance()).toEqual({ open: 0, closed: [], atFeeLimit: [] });
  expect(await countPosts()).toBe(1);
});

test('what the contract refuses is never signed, and says what to do', async () => {
  const refused = submitCall(lab.sender, postCall(2, epoch));
  await expect(refused).rejects.toMatchObject({
    code: 'settlement/wrong-number',
    retryable: false,
    metaMessages: ['Another epoch was posted: read lastPosted() and close the next one.'],
  });
  const unpaid = postCall(1, { ...epoch, debitsTotal: 10n ** 30n });
  await expect(submitCall(lab.sender, unpaid)).rejects.toMatchObject({
    code: 'settlement/debits-past-deposits',
    retryable: true,
  });
  expect(await lab.sender.journal.listOpen()).toEqual([]);
});

test('a transaction that the node lost is sent again, to the same bytes', async () => {
  const { attempts } = await submitCall(lab.sender, postCall(1, epoch));
  await lab.node.request('anvil_dropTransaction', [attempts[0].hash]);
  await advance();
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ minedHash: attempts[0].hash }]);
});

test('a crash between journal and node, and one after the node took it, both end in one post', async () => {
  for (const [number, lost] of [
    [1, 'before'],
    [2, 'after'],
  ] as const) {
    lab.gate.before = (method) => {
      if (method !== 'eth_sendRawTransaction') return;
      if (lost === 'before') throw new Error('The machine stops here.');
    };
    const call = postCall(number, { ...epoch, logSize: BigInt(8 + number) });
    const submitted = submitCall(lab.sender, call);
    if (lost === 'before') {
      await expect(submitted).rejects.toMatchObject({ code: 'chain/unreachable', retryable: true });
    } else await submitted;
    lab.gate.before = () => {};
    const resumed = await submitCall(lab.sender, call);
    await advance();
    await lab.mine(2);
    expect((await advance()).closed).toMatchObject([
      { state: 'confirmed', purpose: call.purpose, attempts: resumed.attempts },
    ]);
    expect(await countPosts()).toBe(number);
    await lab.passDays(2);
  }
});

test('one that is stuck pays an eighth more under its nonce, up to the limit', async () => {
  const { attempts, nonce } = await submitCall(lab.sender, postCall(1, epoch));
  // Nobody mines at this price.
  const base = attempts[0].maxFeePerGas * 2n;
  await lab.node.request('anvil_setNextBlockBaseFeePerGas', [`0x${base.toString(16)}`]);
  await lab.mine(2);
  expect(await advance()).toMatchObject({ open: 1 });
  lab.clock.now += lab.sender.stuckAfterMs;
  await advance();
  const [raised] = await lab.sender.journal.listOpen();
  expect(raised).toMatchObject({ nonce, attempts: [attempts[0], { signedAt: lab.clock.now }] });
  const [before, after] = raised.attempts;
  expect(after.maxFeePerGas * 8n).toBeGreaterThanOrEqual(before.maxFeePerGas * 9n);
  expect(after.maxPriorityFeePerGas * 8n).toBeGreaterThanOrEqual(before.maxPriorityFeePerGas * 9n);
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ minedHash: after.hash, state: 'confirmed' }]);
  expect(await countPosts()).toBe(1);

  await lab.passDays(2);
  const limited = { ...lab.sender, maxFeePerGas: 10n };
  const low = await submitCall({ ...limited, maxFeePerGas: 3n * base }, postCall(2, epoch));
  lab.clock.now += lab.sender.stuckAfterMs;
  expect((await advanceTransactions(limited)).atFeeLimit).toMatchObject([{ nonce: low.nonce }]);
});

test('a nonce that another transaction took is given up once that is believed, and the call sent anew', async () => {
  const { nonce, attempts } = await submitCall(lab.sender, postCall(1, epoch));
  await lab.node.request('anvil_dropTransaction', [attempts[0].hash]);
  const { account } = lab.sender;
  const rival = await account.signTransaction({
    type: 'eip1559',
    chainId,
    nonce,
    to: account.address,
    gas: 21_000n,
    maxFeePerGas: attempts[0].maxFeePerGas,
    maxPriorityFeePerGas: attempts[0].maxPriorityFeePerGas,
  });
  await lab.node.request('eth_sendRawTransaction', [rival]);
  await lab.mine();
  expect(await advance()).toMatchObject({ open: 1, closed: [] });
  await lab.mine();
  expect((await advance()).closed).toMatchObject([{ nonce, state: 'replaced', minedHash: null }]);
  const again = await submitCall(lab.sender, postCall(1, epoch));
  expect(again).toMatchObject({ nonce: nonce + 1, state: 'open' });
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ state: 'confirmed' }]);
  expect(await countPosts()).toBe(1);
});

test('one that reverted in its block is closed so, and may be sent again', async () => {
  const [, , guardian] = lab.node.accounts as `0x${string}`[];
  await submitCall(lab.sender, postCall(1, epoch));
  // The pause comes first in the block: it pays more.
  const pause = encodeFunctionData({ abi: settlementAbi, functionName: 'pause' });
  const fees = { maxFeePerGas: '0x174876e800', maxPriorityFeePerGas: '0x174876e800' };
  const call = { from: guardian, to: lab.settlement, data: pause, gas: '0x30d40', ...fees };
  await lab.node.request('eth_sendTransaction', [call]);
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ state: 'reverted' }]);
  await expect(submitCall(lab.sender, postCall(1, epoch))).rejects.toMatchObject({
    code: 'settlement/paused',
    retryable: true,
  });
});

test('a chain that turns back takes nothing that was believed: what was dropped is sent again', async () => {
  const { attempts } = await submitCall(lab.sender, postCall(1, epoch));
  const before = await lab.node.request('evm_snapshot');
  await lab.mine();
  expect(await countPosts()).toBe(1);
  expect((await advance()).open).toBe(1);
  await lab.node.request('evm_revert', [before]);
  for (const { hash } of attempts) await lab.node.request('anvil_dropTransaction', [hash]);
  expect(await countPosts()).toBe(0);
  expect((await advance()).open).toBe(1);
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ minedHash: attempts[0].hash }]);
  expect(await countPosts()).toBe(1);
});

test('one that was believed and is gone all the same is sent again, to the same bytes', async () => {
  const before = await lab.node.request('evm_snapshot');
  await submitCall(lab.sender, postCall(1, epoch));
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ state: 'confirmed' }]);
  await lab.node.request('evm_revert', [before]);
  await lab.mine(4);
  expect(await submitCall(lab.sender, postCall(1, epoch))).toMatchObject({ state: 'open' });
  await advance();
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ state: 'confirmed' }]);
  expect(await countPosts()).toBe(1);
});

test('a reorganisation that puts the blocks in another order changes nothing', async () => {
  await submitCall(lab.sender, postCall(1, epoch));
  await lab.mine();
  await lab.node.request('anvil_reorg', [1, []]);
  await advance();
  await lab.mine(2);
  await advance();
  await lab.mine(2);
  await advance();
  expect(await countPosts()).toBe(1);
  expect(await lab.sender.journal.listOpen()).toEqual([]);
});

test('nonces below ours that nobody has are filled', async () => {
  const first = await submitCall(lab.sender, postCall(1, epoch));
  const { journal } = lab.sender;
  // As if another program had sent from the account, and its transactions were lost since.
  const later = { ...lab.sender, journal: skipNonces(journal, 2) };
  await lab.node.request('anvil_dropTransaction', [first.attempts[0].hash]);
  await journal.setState(first.nonce, { state: 'replaced', minedHash: null });
  const moved = await submitCall(later, postCall(1, epoch));
  expect(moved.nonce).toBe(first.nonce + 2);
  await lab.mine();
  expect(await countPosts()).toBe(0);
  await advance();
  await lab.mine(2);
  await advance();
  const states = await Promise.all([0, 1, 2].map((i) => journal.findNonce(first.nonce + i)));
  expect(states).toMatchObject([
    { purpose: 'post/1', state: 'confirmed' },
    { purpose: `fill/${first.nonce + 1}`, state: 'confirmed', to: lab.sender.account.address },
    // The same call again is refused by the contract: nothing is posted twice.
    { purpose: 'post/1', state: 'reverted' },
  ]);
  expect(await countPosts()).toBe(1);
});

function skipNonces(journal: SettlementLab['sender']['journal'], count: number) {
  return {
    ...journal,
    async listOpen() {
      const mined = await lab.node.request('eth_getTransactionCount', [
        lab.sender.account.address,
        'latest',
      ]);
      return [{ nonce: Number(mined) + count - 1 }] as Awaited<ReturnType<typeof journal.listOpen>>;
    },
  };
}

test('a node of another chain is sent nothing', async () => {
  lab.gate.lies.set('eth_chainId', '0x1');
  await expect(submitCall(lab.sender, postCall(1, epoch))).rejects.toMatchObject({
    code: 'chain/wrong-chain',
  });
  const options = { url: lab.gate.url, chainId, settlement: lab.settlement, confirmations: 1 };
  await expect(openChain(options)).rejects.toMatchObject({ code: 'chain/wrong-chain' });
  lab.gate.lies.clear();
  const elsewhere = { ...options, settlement: lab.sender.account.address };
  await expect(openChain(elsewhere)).rejects.toMatchObject({ code: 'settlement/not-deployed' });
  expect(lab.gate.asked).not.toContain('eth_sendRawTransaction');
});

test('a node that is away is said so, and nothing is lost', async () => {
  lab.gate.before = () => {
    throw new Error('The line is cut.');
  };
  const away = { code: 'chain/unreachable', retryable: true };
  await expect(submitCall(lab.sender, postCall(1, epoch))).rejects.toMatchObject(away);
  await expect(readState(lab.chain, 1n)).rejects.toMatchObject(away);
  lab.gate.before = () => {};
  await submitCall(lab.sender, postCall(1, epoch));
  await lab.mine();
  expect(await countPosts()).toBe(1);
});

test('a sender without money says so, and its call goes out when it has some', async () => {
  const { address } = lab.sender.account;
  await lab.node.request('anvil_setBalance', [address, '0x0']);
  await expect(submitCall(lab.sender, postCall(1, epoch))).rejects.toMatchObject({
    code: 'chain/out-of-gas-money',
  });
  await lab.node.request('anvil_setBalance', [address, `0x${(10n ** 20n).toString(16)}`]);
  await advance();
  await lab.mine(2);
  expect((await advance()).closed).toMatchObject([{ purpose: 'post/1', state: 'confirmed' }]);
});
