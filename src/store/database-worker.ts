// The thread that holds the database: PGlite in the data folder, or connections to PostgreSQL. One
// message is one transaction; what fails is rolled back whole and answered with its error.
import { parentPort, workerData } from 'node:worker_threads';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import type { DatabaseReply, DatabaseRequest, DatabaseThread } from './database.ts';
import { openEmbedded } from './database-embedded.ts';
import type { DatabaseEngine } from './database-engine.ts';
import { modeOf } from './database-modes.ts';
import { operations } from './operations.ts';
import { openPostgres } from './postgres.ts';
import { untilAnswered } from './send.ts';
import { isStorageFull, storageFull } from './storage-full.ts';
import type { Tally } from './tally.ts';
import type { Transaction } from './transaction.ts';

const port = parentPort;
assert(port, 'this file runs as a worker');
const { place } = workerData as DatabaseThread;

/** A commit that is not on disk must not be acknowledged, nor anything that follows it. */
function endUnsynced(thrown: unknown): never {
  const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
  port?.postMessage({ died: `the disk did not keep what was written (${code})` });
  process.exit(1);
}

const opening: Promise<DatabaseEngine> =
  'url' in place ? openPostgres(place) : openEmbedded(place.folder, endUnsynced);
const engine = await opening.catch((thrown: unknown) => {
  port.postMessage({ failed: toIdlewildError(thrown, 'coordinator/database').toWire() });
  process.exit(1);
});

/** @returns the operation's value, and what it counted */
async function handle(request: DatabaseRequest): Promise<{ value: unknown; tally: Tally }> {
  if (request.kind === 'close') return { value: await engine.close(), tally: {} };
  if (request.kind === 'vacuum') return { value: await engine.vacuum(), tally: {} };
  const operation = operations[request.name] as (
    transaction: Transaction,
    input: unknown,
  ) => Promise<unknown>;
  let tally: Tally = {};
  const value = await engine.transaction(modeOf(request.name), (query) => {
    // An attempt that is rolled back and tried again has counted nothing.
    tally = {};
    const unanswered: Promise<unknown>[] = [];
    return untilAnswered(unanswered, async () => {
      const done = await operation({ query, unanswered, tally, written: new Map() }, request.input);
      if (request.tells) port?.postMessage({ id: request.id, closing: true });
      return done;
    });
  });
  return { value, tally };
}

async function answer(request: DatabaseRequest): Promise<void> {
  let reply: DatabaseReply;
  let fatal = false;
  try {
    reply = { id: request.id, ...(await handle(request)) };
  } catch (thrown) {
    fatal = thrown instanceof Error && thrown.name === 'RuntimeError';
    const error = isStorageFull(thrown)
      ? storageFull(thrown)
      : toIdlewildError(thrown, fatal ? 'coordinator/database-died' : 'coordinator/database');
    reply = { id: request.id, error: { ...error.toWire(), stack: error.stack ?? '' } };
  }
  port?.postMessage(reply);
  // PGlite's own panic: what its memory holds is not to be believed any more.
  if ('error' in reply && fatal) process.exit(1);
}

/** PGlite has one connection: its calls wait here, in the order of arrival. */
let last: Promise<void> = Promise.resolve();
port.on('message', (request: DatabaseRequest) => {
  if ('url' in place) void answer(request);
  else last = last.then(() => answer(request));
});
port.postMessage({ ready: true });
