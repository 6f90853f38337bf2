// Calls that share a transaction, and what becomes of them when it fails.
import { expect, test } from 'vitest';
import { IdlewildError } from '#protocol/errors.ts';
import { createGroupCommit } from '#store/group-commit.ts';

function makeGroup(commit: (items: string[]) => Promise<string[]>) {
  return createGroupCommit({ commit, keyOf: (item) => item, groupMax: 8, waitingMax: 100 });
}

const failures = (settled: PromiseSettledResult<string>[]) =>
  settled.map((outcome) =>
    outcome.status === 'rejected' ? outcome.reason.message : outcome.value,
  );

test('one that fails takes no other down with it', async () => {
  const groups: string[][] = [];
  const group = makeGroup(async (items) => {
    groups.push(items);
    if (items.includes('bad')) throw new Error('bad');
    return items;
  });
  const settled = await Promise.allSettled(
    ['a', 'bad', 'b', 'c'].map((item) => group.submit(item)),
  );
  expect(failures(settled)).toEqual(['a', 'bad', 'b', 'c']);
  expect(groups).toEqual([['a'], ['bad', 'b', 'c'], ['bad'], ['b'], ['c']]);
});

test('a database out of reach fails a group at once: nobody waits for each to fail alone', async () => {
  let commits = 0;
  const group = makeGroup(async () => {
    commits++;
    throw new IdlewildError('coordinator/database-unreachable', 'gone', { retryable: true });
  });
  const settled = await Promise.allSettled(['a', 'b', 'c'].map((item) => group.submit(item)));
  expect(failures(settled)).toEqual(['gone', 'gone', 'gone']);
  expect(commits).toBe(2);
});

test('the next group is handed over while the one before is written down, and no third', async () => {
  const commits: { items: string[]; close(): void; end(): void }[] = [];
  const group = createGroupCommit<string, string>({
    commit: (items, close) =>
      new Promise((resolve) => {
        commits.push({ items, close, end: () => resolve(items) });
      }),
    keyOf: (item) => item,
    groupMax: 8,
    waitingMax: 100,
  });
  const answers = ['a', 'b', 'c', 'd'].map((item) => group.submit(item));
  const groups = () => commits.map(({ items }) => items.join(''));
  expect(groups()).toEqual(['a']);
  commits[0].close();
  commits[0].close();
  expect(groups()).toEqual(['a', 'bcd']);
  answers.push(group.submit('e'));
  commits[1].close();
  expect(groups()).toEqual(['a', 'bcd']);
  commits[0].end();
  expect(await answers[0]).toBe('a');
  await new Promise(setImmediate);
  expect(groups()).toEqual(['a', 'bcd', 'e']);
  for (const { end } of commits) end();
  await group.idle();
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd', 'e']);
});
