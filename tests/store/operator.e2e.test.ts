// The operator's operations say the same on PGlite and on a real PostgreSQL, value by value and type
// by type; and a database is looked at without being changed.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONSENT_VERSION } from '#protocol/wire.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { inspectFolder, inspectPostgres } from '#store/inspect-database.ts';
import { copyTemplate } from '../coordinator/template-folder.ts';
import { findPostgres, type PostgresServer } from './postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const server = found as PostgresServer;
const account = `0x${'a'.repeat(40)}`;

/** What an operator does in a day, and everything that is looked at afterwards. */
async function spend(database: Database) {
  const keyHash = new Uint8Array(32).fill(7);
  const project = { id: 'project_a', name: 'Letters', words: 'Of a library.', keyHash, now: 11 };
  await database.run('addProject', { ...project, lastFour: 'abcd' });
  const fresh = { keyHash: new Uint8Array(32).fill(8), name: 'nightly', lastFour: 'efgh', now: 12 };
  const key = await database.run('addKey', { ...fresh, project: project.id });
  expect(await database.run('addKey', { ...fresh, project: 'project_none' })).toBeNull();
  const file = { id: 'file_a', project_id: project.id, purpose: 'batch', filename: 'a' };
  await database.run('insertFile', { ...file, bytes: 1, blob: 'b', created_at: 13 });
  const batch = { id: 'batch_a', project: project.id, inputFile: file.id, metadata: null };
  await database.run('createBatch', {
    ...batch,
    endpoint: '/v1/embeddings',
    completionWindow: '24h',
    open: false,
    verification: 'sampled',
    access: null,
    now: 14,
    expiresAt: 99,
    idempotency: null,
  });
  await database.run('openSession', {
    id: 'session_a',
    account,
    sessionKey: new Uint8Array(65),
    nonce: new Uint8Array(32),
    grant: new Uint8Array(1),
    walletSignature: new Uint8Array(65),
    walletCheck: null,
    grantedAt: 15,
    backend: 'wasm',
    adapter: 'a processor',
    selfTest: new Uint8Array(32),
    address: '192.0.2.1',
    now: 15,
    expiresAt: 99,
    consentVersion: CONSENT_VERSION,
    consentedAt: 15,
  });
  const before = await database.run('readGauges', { liveSince: 15 });
  const gone = await database.run('readGauges', { liveSince: 16 });
  expect([before.live, gone.live]).toEqual([1, 0]);
  const acted = { reason: 'asked for', now: 17 };
  return {
    key,
    before,
    revoked: await database.run('revokeKey', { id: key?.id ?? '', ...acted }),
    again: await database.run('revokeKey', { id: key?.id ?? '', reason: '', now: 18 }),
    unknown: await database.run('revokeKey', { id: 'key_none', ...acted }),
    refused: await database.run('findProjectOfKey', { keyHash: fresh.keyHash }),
    kept: await database.run('findProjectOfKey', { keyHash }),
    cancelled: await database.run('cancelAnyBatch', { id: batch.id, ...acted }),
    late: await database.run('cancelAnyBatch', { id: 'batch_none', ...acted }),
    unbanned: await database.run('unban', { id: account, ...acted }),
    nobody: await database.run('unban', { id: '0x0', ...acted }),
    set: await database.run('setProject', {
      id: project.id,
      change: { content_class: 'public', models: ['a'.repeat(64)], open: false, origins: ['*'] },
      reason: 'published',
      now: 18,
    }),
    same: await database.run('setProject', {
      id: project.id,
      change: { open: false },
      reason: '',
      now: 18,
    }),
    unset: await database.run('setProject', { id: 'none', change: {}, reason: '', now: 18 }),
    own: (await database.run('readProjects', null)).find(({ id }) => id === project.id),
    beat: await database.run('beat', { now: 19 }),
    beatAgain: await database.run('beat', { now: 20 }),
    projects: (await database.run('listProjects', { limit: 9 })).filter((one) => !one.is_default),
    keys: await database.run('listKeys', { project: project.id, limit: 9 }),
    batches: await database.run('listAllBatches', { limit: 9 }),
    contributors: await database.run('listContributors', { limit: 9 }),
    convictions: await database.run('listConvictions', { limit: 9 }),
    acts: await database.run('listActs', { limit: 9 }),
    shown: await database.run('showAccount', { id: account, now: 16 }),
    unseen: await database.run('showAccount', { id: '0x0', now: 16 }),
    ledger: await database.run('readLedgerTotals', null),
    gauges: await database.run('readGauges', { liveSince: 0 }),
  };
}

describe.skipIf(missing !== null)(`with PostgreSQL${missing ? `: ${missing}` : ''}`, () => {
  let root: string;
  let dataFolder: string;
  let url: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-operator-test-'));
    ({ dataFolder } = await copyTemplate(root));
    url = await server.makeDatabase();
  });
  afterAll(async () => {
    await server.close();
    await rm(root, { recursive: true, force: true });
  });

  test('both engines say the same', async () => {
    expect(await inspectPostgres(url)).toMatchObject({ applied: 0 });
    const databases = [await openDatabase(dataFolder), await openDatabase(dataFolder, { url })];
    for (const database of databases) {
      await database.run('openLog', { origin: 'example/v1/log', publicKey: new Uint8Array(32) });
    }
    const closeAll = async () => {
      for (const database of databases) await database.close();
    };
    const spent = async () => [await spend(databases[0]), await spend(databases[1])];
    const [embedded, remote] = await spent().finally(closeAll);
    expect(remote).toEqual(embedded);
    expect(embedded).toMatchObject({
      key: { project_id: 'project_a', name: 'nightly', last_four: 'efgh', revoked_at: null },
      revoked: { revoked_at: 17 },
      again: { revoked_at: 17 },
      unknown: null,
      refused: null,
      kept: { id: 'project_a', name: 'Letters', words: 'Of a library.' },
      cancelled: { moved: true, batch: { status: 'cancelling' } },
      late: null,
      unbanned: { moved: false },
      nobody: null,
      set: { changed: ['content_class', 'models', 'open', 'origins'] },
      same: { changed: [] },
      unset: null,
      own: { content_class: 'public', models: ['a'.repeat(64)], origins: ['*'] },
      projects: [{ id: 'project_a', keys: 1, batches: 1, open: false }],
      batches: [{ id: 'batch_a', project: 'Letters', status: 'cancelling' }],
      contributors: [{ id: account, backend: 'wasm', last_wanted_at: 15, convictions: 0 }],
      acts: [
        { act: 'set project: content_class, models, open, origins', reason: 'published' },
        { act: 'cancel batch', subject: 'batch_a', reason: 'asked for' },
        { act: 'revoke key', reason: 'asked for' },
      ],
      before: { batches: [{ status: 'validating', batches: 1, units_total: 0 }] },
    });
    const { applied, known } = await inspectPostgres(url);
    expect(applied).toBe(known);
    expect(await inspectFolder(dataFolder)).toEqual({ applied, known });
  });

  test('what was done stays done', async () => {
    const database = await openDurable(path.join(dataFolder, 'database'));
    try {
      await expect(database.exec('delete from operator_acts')).rejects.toThrow('is append-only');
      await expect(database.exec("update operator_acts set reason = ''")).rejects.toThrow(
        'is append-only',
      );
    } finally {
      await database.close();
    }
  });
});
