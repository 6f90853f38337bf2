// Epochs against a real chain, from frozen books to the last block: stopped at every step and resumed,
// disputed, struck, posted by a thief.
import { rm } from 'node:fs/promises';
import { encodeFunctionData } from 'viem';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { advanceEpoch, closeEpoch, type EpochRunner } from '#settlement/advance-epoch.ts';
import { type Hex, sumBooks, toTokenBooks } from '#settlement/epoch-books.ts';
import { folderOfEpoch } from '#settlement/epoch-files.ts';
import { isOver } from '#settlement/epoch-states.ts';
import { readPosted, readState } from '#settlement/read-settlement.ts';
import { settlementAbi } from '#settlement/settlement-abi.ts';
import { postCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import { testDollarAbi } from '#settlement/test-dollar-abi.ts';
import { hashOf, makeTestFolder } from './epoch-lab.ts';
import { letPass, listPosted, makePaidBooks, makeRunner, runTo } from './epoch-life.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { openLab, type SettlementLab } from './settlement-lab.ts';
import { guard, type Stops, stopAt } from './stops.ts';

let lab: SettlementLab;
beforeEach(async () => {
  lab = await openLab();
});
afterEach(() => lab.close());

/** The same stores, whose every durable step may be the last. */
function armRunner(runner: EpochRunner, stops: Stops): EpochRunner {
  const { sender, store } = runner;
  const journal = guard(sender.journal, stops, ['add', 'addAttempt', 'setState']);
  const sends = (when: string) => (method: string) => {
    if (method === 'eth_sendRawTransaction') stops.pass(`${when} the node took it`);
  };
  lab.gate.before = sends('before');
  lab.gate.after = sends('after');
  return {
    ...runner,
    sender: { ...sender, journal },
    store: guard(store, stops, ['close', 'move']),
    startThread(entry, data) {
      stops.pass('before the thread began');
      return runner.startThread(entry, data);
    },
  };
}

async function liveThrough(runner: EpochRunner, stops: Stops, number: number): Promise<void> {
  let current = armRunner(runner, stops);
  for (;;) {
    try {
      const record = await runner.store.findLatest();
      if (record?.number === number && isOver(record.state)) return;
      if (record?.number !== number) await closeEpoch(current);
      else {
        await letPass(lab, record.state);
        await advanceEpoch(current);
      }
    } catch (thrown) {
      if (stops.stoppedAt === null || current === runner) throw thrown;
      // A new process: all that it has is what was durable.
      current = runner;
    }
  }
}

// Eighteen epochs with a thread each: minutes on a machine with other work.
const manyEpochsMs = 900_000;

test('stopped before and after every durable step, an epoch is posted exactly once', {
  timeout: manyEpochsMs,
}, async () => {
  let number = 1;
  const runner = makeRunner(lab, await makeTestFolder(), () => makePaidBooks(lab, 10 + number));
  const stopped: string[] = [];
  for (let at = 0; ; at++, number++) {
    const stops = stopAt(at);
    await liveThrough(runner, stops, number);
    expect(await runner.store.findLatest(), `${stops.stoppedAt}`).toMatchObject({
      number,
      state: 'final',
    });
    expect(await listPosted(lab), `${stops.stoppedAt}`).toEqual(
      Array.from({ length: number }, (_, i) => i + 1),
    );
    if (stops.stoppedAt === null) break;
    stopped.push(stops.stoppedAt);
  }
  expect(stopped).toEqual([
    'before close',
    'after close',
    'before the thread began',
    'before move',
    'after move',
    'before add',
    'after add',
    'before the node took it',
    'after the node took it',
    'before move',
    'after move',
    'before setState',
    'after setState',
    'before move',
    'after move',
    'before move',
    'after move',
  ]);
});

test('what is on chain is what the books say, and the next epoch waits for its turn', async () => {
  const books = makePaidBooks(lab, 30);
  const runner = makeRunner(lab, await makeTestFolder(), () => books);
  await runTo(lab, runner, 'posted');
  expect(await closeEpoch(runner)).toBeNull();
  await runTo(lab, runner, 'final');
  const { believed } = await lab.chain.readHead();
  const { epoch, status } = await readPosted(lab.chain, 1, believed);
  expect({ ...epoch, status }).toMatchObject({
    ...sumBooks(toTokenBooks(books, 10n)),
    logRoot: hashOf('log 1'),
    logSize: 10n,
    status: 'final',
  });
  expect(await readState(lab.chain, believed)).toMatchObject({ lastPosted: 1, finalEpoch: 1 });
});

test('files that are gone before the post are built again, to the same root', async () => {
  const folder = await makeTestFolder();
  const runner = makeRunner(lab, folder, () => makePaidBooks(lab, 12));
  const { written } = await runTo(lab, runner, 'built');
  await rm(folderOfEpoch(folder, 1), { recursive: true });
  expect(await advanceEpoch(runner)).toMatchObject({ state: 'closing' });
  expect(await advanceEpoch(runner)).toMatchObject({ state: 'built', written });
  await runTo(lab, runner, 'final');
});

async function dispute(number: number): Promise<void> {
  const [, , disputer] = lab.node.accounts as Hex[];
  const args = [BigInt(number)] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'dispute', args });
  const approve = encodeFunctionData({
    abi: testDollarAbi,
    functionName: 'approve',
    args: [lab.settlement, 10n ** 9n],
  });
  await lab.send(disputer, lab.token, approve);
  await lab.send(disputer, lab.settlement, data);
  await lab.mine(2);
}

async function rule(number: number, stands: boolean): Promise<void> {
  const args = [BigInt(number), stands] as const;
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'rule', args });
  await lab.send(lab.arbiter, lab.settlement, data);
  await lab.mine(2);
}

test('an epoch that is disputed and upheld becomes final; one that is struck gives way to the next', async () => {
  let accounts = 10;
  const runner = makeRunner(lab, await makeTestFolder(), () => makePaidBooks(lab, accounts));
  await runTo(lab, runner, 'posted');
  await dispute(1);
  expect(await advanceEpoch(runner)).toMatchObject({ state: 'disputed' });
  expect(await closeEpoch(runner)).toBeNull();
  await rule(1, true);
  expect(await advanceEpoch(runner)).toMatchObject({ state: 'posted' });
  await runTo(lab, runner, 'final');

  accounts = 15;
  await runTo(lab, runner, 'posted');
  await dispute(2);
  await rule(2, false);
  expect(await advanceEpoch(runner)).toMatchObject({ number: 2, state: 'struck' });
  const { believed } = await lab.chain.readHead();
  expect(await readState(lab.chain, believed)).toMatchObject({ lastPosted: 2, finalEpoch: 1 });

  accounts = 20;
  expect(await runTo(lab, runner, 'final')).toMatchObject({ number: 3 });
  const last = await lab.chain.readHead();
  expect(await readState(lab.chain, last.believed)).toMatchObject({ finalEpoch: 3 });
});

test('a number that somebody else posted stops ours, until it is struck', async () => {
  const runner = makeRunner(lab, await makeTestFolder(), () => makePaidBooks(lab, 10));
  const { written } = await runTo(lab, runner, 'built');
  const thief = { ...lab.sender, journal: createMemoryJournal() };
  await submitCall(thief, postCall(1, { ...written!.epoch, creditsRoot: hashOf('a thief') }));
  await lab.mine(2);
  await expect(advanceEpoch(runner)).rejects.toMatchObject({
    code: 'settlement/posted-by-another',
    retryable: false,
  });
  await dispute(1);
  await rule(1, false);
  await runTo(lab, runner, 'struck');
  expect(await runTo(lab, runner, 'final')).toMatchObject({ number: 2 });
  expect(await listPosted(lab)).toEqual([1, 2]);
});

test('a chain that turned back past the post is posted to again, once', async () => {
  const runner = makeRunner(lab, await makeTestFolder(), () => makePaidBooks(lab, 10));
  await runTo(lab, runner, 'built');
  const before = await lab.node.request('evm_snapshot');
  await runTo(lab, runner, 'posted');
  await lab.node.request('evm_revert', [before]);
  await lab.mine(2);
  expect(await advanceEpoch(runner)).toMatchObject({ state: 'posting' });
  await runTo(lab, runner, 'final');
  expect(await listPosted(lab)).toEqual([1]);
});

test('a chain that knows less than the database is not closed upon', async () => {
  const before = await lab.node.request('evm_snapshot');
  const runner = makeRunner(lab, await makeTestFolder(), () => makePaidBooks(lab, 10));
  await runTo(lab, runner, 'final');
  await lab.node.request('evm_revert', [before]);
  await lab.mine(2);
  await expect(closeEpoch(runner)).rejects.toMatchObject({ code: 'settlement/chain-behind' });
});
