// The journal of transactions on a real database: its rules, its numbers of 256 bits, and the sender
// that lives by it, on a real chain.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advanceTransactions } from '#settlement/advance-transactions.ts';
import { postCall } from '#settlement/settlement-calls.ts';
import { submitCall } from '#settlement/submit-call.ts';
import type { SignedAttempt, TransactionJournal } from '#settlement/transaction-journal.ts';
import {
  addAttempt,
  addToJournal,
  type JournalOwner,
  readJournal,
  setJournalState,
} from '#store/epoch-journal.ts';
import { openPostgres } from '#store/postgres.ts';
import { hashOf } from '../settlement/epoch-lab.ts';
import { createMemoryJournal } from '../settlement/memory-journal.ts';
import { openLab as openChainLab } from '../settlement/settlement-lab.ts';
import { type LabDatabase, openLab } from './log-lab.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const server = found as PostgresServer;
afterAll(async () => {
  if (!missing) await server.close();
});

async function openOnServer(): Promise<LabDatabase> {
  const url = await server.makeDatabase();
  const engine = await openPostgres({ url, poolMax: 3 });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return openLab({
    transaction: (run) => engine.transaction('write', run),
    exec: (sql) => client.query(sql),
    async close() {
      await client.end();
      await engine.close();
    },
  });
}

/** As the coordinator asks for it. */
function openJournalOn({ run }: LabDatabase, owner: JournalOwner): TransactionJournal {
  return {
    add: (entry) => run((inside) => addToJournal(inside, { owner, entry })),
    addAttempt: (nonce, attempt) => run((inside) => addAttempt(inside, { owner, nonce, attempt })),
    setState: (nonce, closing) =>
      run((inside) => setJournalState(inside, { owner, nonce, ...closing })),
    listOpen: () => run((inside) => readJournal(inside, { owner, which: { open: true } })),
    findPurpose: async (purpose) =>
      (await run((inside) => readJournal(inside, { owner, which: { purpose } }))).at(-1) ?? null,
    findNonce: async (nonce) =>
      (await run((inside) => readJournal(inside, { owner, which: { nonce } })))[0] ?? null,
  };
}

function makeAttempt(name: string, fee: bigint): SignedAttempt {
  const fees = { maxFeePerGas: fee, maxPriorityFeePerGas: fee / 2n };
  return { hash: hashOf(name), raw: '0x02aabb', ...fees, signedAt: 1_800_000_000_000 };
}

async function tellStory(journal: TransactionJournal): Promise<unknown[]> {
  const entry = { to: '0xcc', data: '0x1234', gas: 21_000n } as const;
  const huge = 2n ** 255n + 1n;
  const add = (purpose: string, nonce: number) =>
    journal
      .add({ ...entry, purpose, nonce, attempt: makeAttempt(`${purpose} ${nonce}`, huge) })
      .then(
        () => 'added',
        ({ code, retryable }) => ({ code, retryable }),
      );
  const heard: unknown[] = [];
  heard.push(await journal.findPurpose('post/1'), await journal.listOpen());
  heard.push(await add('post/1', 7), await add('post/1', 8), await add('post/2', 7));
  await journal.addAttempt(7, makeAttempt('dearer', huge + 9n));
  heard.push(await add('post/2', 8), await journal.listOpen());
  await journal.setState(7, { state: 'replaced', minedHash: null });
  heard.push(await add('post/1', 9), await journal.findPurpose('post/1'));
  await journal.setState(9, { state: 'confirmed', minedHash: hashOf('post/1 9') });
  heard.push(await add('post/1', 10), await journal.findNonce(9), await journal.findNonce(11));
  await journal.setState(7, { state: 'open', minedHash: null });
  heard.push(await journal.listOpen());
  return heard;
}

describe.each([
  ['embedded', openLab, null],
  ['on PostgreSQL', openOnServer, missing],
] as const)('%s', (_, open, why) => {
  let database: LabDatabase;
  beforeAll(async () => {
    if (!why) database = await open();
  });
  afterAll(() => database?.close());
  const openJournal = (owner: JournalOwner) => openJournalOn(database, owner);
  const name = (words: string) => (why ? `${words} (skipped: ${why})` : words);

  test.skipIf(why)(name('on a database it does what it does without one'), async () => {
    const journals = [createMemoryJournal(), openJournal({ chainId: 1, sender: '0xaa' })];
    openJournal({ chainId: 1, sender: '0xbb' });
    const told = await Promise.all(journals.map(tellStory));
    expect(told[1]).toEqual(told[0]);
  });

  test.skipIf(why)(name('senders do not see each other'), async () => {
    const entry = { purpose: 'post/1', nonce: 0, to: '0xcc', data: '0x', gas: 1n } as const;
    const owners = [
      { chainId: 5, sender: '0xaa' },
      { chainId: 5, sender: '0xbb' },
      { chainId: 6, sender: '0xaa' },
    ];
    for (const owner of owners) {
      await openJournal(owner).add({ ...entry, attempt: makeAttempt('one', 1n) });
      expect(await openJournal(owner).listOpen()).toHaveLength(1);
    }
  });

  test.skipIf(why)(name('a call is sent once by it, and closed, on a real chain'), async () => {
    const lab = await openChainLab();
    try {
      const owner = {
        chainId: lab.chain.chainId,
        sender: lab.sender.account.address.toLowerCase(),
      };
      const sender = { ...lab.sender, journal: openJournal(owner) };
      const epoch = {
        creditsRoot: hashOf('credits'),
        creditsTotal: 5n,
        debitsRoot: hashOf('debits'),
        debitsTotal: 5n,
        logRoot: hashOf('log'),
        logSize: 9n,
      };
      const first = await submitCall(sender, postCall(1, epoch));
      expect(await submitCall(sender, postCall(1, epoch))).toEqual(first);
      await lab.mine(2);
      const { closed } = await advanceTransactions(sender);
      expect(closed).toMatchObject([{ state: 'confirmed', minedHash: first.attempts[0].hash }]);
      expect(await sender.journal.findPurpose('post/1')).toEqual(closed[0]);
    } finally {
      await lab.close();
    }
  });
});
