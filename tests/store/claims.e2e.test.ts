// Claims by themselves: what one has is not another's, until it is given up or its holder has died.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nameJob } from '#store/claim-operations.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { waits } from '#store/waits.ts';
import { copyTemplate } from '../coordinator/template-folder.ts';

const { claimMs } = waits;
let root: string;
let database: Database;

/** Two batches to read, and two units whose results disagree. */
const rows = `
  insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
    select 'file', id, 'batch', '', 0, '', 0 from projects;
  insert into batches (id, project_id, input_file_id, endpoint, completion_window, status,
      created_at, expires_at)
    select given, projects.id, 'file', '', '', 'validating', 0, 0
    from projects, unnest(array['first', 'second']) as given;
  insert into units (batch_id, ordinal, digest, model, input_blob, row_count, cost, lines_alone,
      project_id, state, wanted, answered)
    select 'first', ordinal, sha256('unit'), sha256('model'), '', 1, 1, 1, id, 0, 2, 2
    from projects, generate_series(0, 1) as ordinal;
  update units set state = 1;`;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-claims-'));
  const { dataFolder } = await copyTemplate(root);
  const durable = await openDurable(path.join(dataFolder, 'database'));
  await durable.exec(rows);
  await durable.close();
  database = await openDatabase(dataFolder);
});
afterAll(async () => {
  await database.close();
  await rm(root, { recursive: true });
});

const batchOf = async (holder: string, now: number) => {
  const claimant = { holder, now, claimMs };
  const batch = await database.run('claimMovingBatch', { claimant, except: [] });
  return batch?.id ?? null;
};

test('a batch is of one, the next of the next, and a dead one gives way in time', async () => {
  expect(await batchOf('dead', 0)).toBe('first');
  expect(await batchOf('alive', 0)).toBe('second');
  expect(await batchOf('third', claimMs - 1)).toBeNull();
  // One that lives says so, and is asked again for what it has.
  const names = ['batch second'];
  const claimant = { holder: 'alive', now: claimMs - 1, claimMs };
  await database.run('renewClaims', { claimant, names });
  expect(await batchOf('third', claimMs)).toBe('first');
  expect(await batchOf('fourth', claimMs)).toBeNull();
  await database.run('dropClaims', { holder: 'fourth', names, now: claimMs });
  expect(await batchOf('fourth', claimMs)).toBeNull();
  await database.run('dropClaims', { holder: 'alive', names, now: claimMs });
  expect(await batchOf('fourth', claimMs)).toBe('second');
});

test('so is a unit that the coordinator must compute', async () => {
  const jobOf = async (holder: string, now: number) => {
    const claimant = { holder, now, claimMs };
    const search = { now, waits: { ...waits }, laboratory: false, except: [], claimant };
    const job = await database.run('claimPartnerJob', search);
    return job && nameJob(job)[0];
  };
  const names = [await jobOf('dead', 0), await jobOf('alive', 0)];
  expect(names).toEqual([expect.stringMatching(/^unit /), expect.stringMatching(/^unit /)]);
  expect(new Set(names).size).toBe(2);
  expect(await jobOf('third', claimMs - 1)).toBeNull();
  expect(await jobOf('third', claimMs)).toBe(names[0]);
});
