// The books at boot: whole while they are small, then the latest receipts and what is open; either
// way damage is found before anything is built upon it.
import path from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBooks, checkBooksAtBoot } from '#store/check-books.ts';
import { openDurable } from '#store/durable-file-system.ts';
import type { Transaction } from '#store/transaction.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
let database: PGlite;
beforeAll(async () => {
  site = await startTestSite();
  await site.submit(makeTexts(96).map((text, i) => embedLine(`${i}`, text)));
  const [a, b] = [await site.contributor(), await site.contributor()];
  await a.turn(3);
  await b.turn(2);
  await site.coordinator.close();
  database = await openDurable(path.join(site.dataFolder, 'database'));
});
afterAll(async () => {
  await database.close();
  await site.reopen().catch(() => {});
  await site.close();
});

/** Runs it on damaged books, which are whole again afterwards. */
async function onDamaged(damage: string, check: (transaction: Transaction) => Promise<unknown>) {
  const undo = new Error('undo');
  let thrown: unknown = null;
  await database
    .transaction(async (pglite) => {
      await pglite.exec(damage);
      const query: Transaction['query'] = async (sql, parameters) =>
        (await pglite.query(sql, parameters)).rows as never;
      thrown = await check({ query } as Transaction).catch((error: unknown) => error);
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return thrown;
}

const checks: [string, (transaction: Transaction) => Promise<unknown>][] = [
  ['whole', checkBooks],
  ['at boot, small', (transaction) => checkBooksAtBoot(transaction, {})],
  [
    'at boot, its last receipts',
    (transaction) => checkBooksAtBoot(transaction, { receiptsMax: 3 }),
  ],
];

describe.each(checks)('%s', (_, check) => {
  test('sound books pass', async () => {
    expect(await onDamaged('select 1', check)).not.toBeInstanceOf(Error);
  });

  test.each([
    ['a posting changed', 'update postings set amount = amount + 1 where amount > 0'],
    ['a posting gone', 'delete from postings where amount < 0'],
    ['a receipt of no result', 'update results set state = 2, receipt_id = null where state = 1'],
    ['a unit counted wrongly', 'update units set answered = answered + 1'],
    ['a batch counted wrongly', 'update batches set units_done = 0'],
  ])('%s is found', async (_, damage) => {
    const open =
      'alter table postings disable trigger user; alter table results disable trigger user;';
    expect(await onDamaged(open + damage, check)).toMatchObject({ code: 'ledger/unbalanced' });
  });
});

const hash = `0x${'a'.repeat(64)}`;
const otherPayer = `
  insert into orders (hash, project_id, requester, cap, expires_at, nonce, signature, source, state,
      created_at)
    select '${hash}', id, '0x${'b'.repeat(40)}', 1, 0, '${hash}', '', 'escrow', 'registered', 0
    from projects;
  update batches set order_hash = '${hash}', payer = 'order:${hash}:spent', rate_cap = 9999;`;

test.each([
  ['a payload of those that were deleted', 'update batches set outputs_deleted_at = 1'],
  ['more than its batch has paid', 'update batches set spent = spent - 1'],
  ['another payer than its batch', otherPayer],
  ['another rate', 'update units set rate = 2 * rate'],
])('a result that names %s is found', async (_, damage) => {
  const [[, check]] = checks;
  expect(await onDamaged(damage, check)).toMatchObject({ code: 'ledger/unbalanced' });
});
