// What is noted of presence reaches the database once a minute, and is kept while there is none.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPresenceBook, type PresenceBook } from '#coordinator/presence-book.ts';
import { rateEpochMs } from '#protocol/price.ts';
import { type Database, openDatabase } from '#store/database.ts';
import type { SeenPresence } from '#store/presence.ts';
import { copyTemplate } from './template-folder.ts';

const minuteMs = 60_000;
let root: string;
let dataFolder: string;
let database: Database;
let book: PresenceBook;
const clock = { now: 5 * rateEpochMs };
const written: SeenPresence[][] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-presence-'));
  ({ dataFolder } = await copyTemplate(root));
  database = await openDatabase(dataFolder);
  const run: Database['run'] = (name, input, options) => {
    const running = database.run(name, input, options);
    const note = () => {
      if (name === 'addPresence') written.push([...(input as { seen: SeenPresence[] }).seen]);
    };
    running.then(note, () => {});
    return running;
  };
  const face = { run } as Database;
  book = createPresenceBook(face, () => clock.now);
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true });
});

const note = (account: string, busyMs: number, waitingMs = 0) =>
  book.note(account, { busyMs, waitingMs });

test('calls within a minute are one row for each account and epoch, written down after it', async () => {
  note('a', 10);
  note('a', 5, 7);
  note('b', 0, 3);
  note('idle', 0);
  expect(written).toEqual([]);
  clock.now += rateEpochMs;
  note('a', 1);
  // Behind what the note has begun.
  await book.flush();
  expect(written).toEqual([
    [
      { account: 'a', epoch: 5, busyMs: 15, waitingMs: 7 },
      { account: 'b', epoch: 5, busyMs: 0, waitingMs: 3 },
      { account: 'a', epoch: 6, busyMs: 1, waitingMs: 0 },
    ],
  ]);
});

test('what could not be written is written with what came since', async () => {
  written.length = 0;
  await database.close();
  note('a', 2);
  await expect(book.flush()).rejects.toMatchObject({ code: 'coordinator/closed' });
  database = await openDatabase(dataFolder);
  clock.now += minuteMs;
  note('a', 3);
  await book.flush();
  expect(written).toEqual([[{ account: 'a', epoch: 6, busyMs: 5, waitingMs: 0 }]]);
});
