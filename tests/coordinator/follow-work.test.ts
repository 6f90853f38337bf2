// Work that is followed: lines of how far it is, then its answer or its failure; it goes on, unheard,
// when nobody reads any more.
import { expect, test } from 'vitest';
import { followWork } from '#coordinator/follow-work.ts';
import { IdlewildError } from '#protocol/errors.ts';

async function read(work: Promise<object>) {
  const failures: string[] = [];
  const measure = async () => 7;
  const stream = followWork({ work, measure, onFailed: ({ code }) => failures.push(code) });
  let text = '';
  for await (const chunk of stream) text += chunk;
  const lines = text.trimEnd().split('\n');
  return { lines: lines.map((line) => JSON.parse(line)), failures };
}

test('ends with the answer', async () => {
  const { lines, failures } = await read(Promise.resolve({ name: 'x' }));
  expect(lines).toEqual([{ bytes: 7 }, { answer: { name: 'x' } }]);
  expect(failures).toEqual([]);
});

test('ends with the failure, without what only the log should hold', async () => {
  const thrown = new IdlewildError('backup/postgres', 'The database is PostgreSQL.', {
    cause: new Error('/data/folder'),
  });
  const { lines, failures } = await read(Promise.reject(thrown));
  const error = { code: 'backup/postgres', message: 'The database is PostgreSQL.' };
  expect(lines).toEqual([{ bytes: 7 }, { error }]);
  expect(failures).toEqual(['backup/postgres']);
});

test('a failure that nobody reads is still told to the log', async () => {
  const failures: string[] = [];
  const work = Promise.reject(new Error('no room'));
  const measure = async () => 0;
  const stream = followWork({ work, measure, onFailed: ({ code }) => failures.push(code) });
  stream.destroy();
  await work.catch(() => {});
  await new Promise(setImmediate);
  expect(failures).toHaveLength(1);
});
