// What the coordinator's bench has prepared before the clock runs: a data folder opened once, one
// batch, and as many units as asked, inserted in bulk. Everything after that is real.
import path from 'node:path';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { rowCost } from '#model/cost.ts';
import { fromHex } from '#protocol/bytes.ts';
import { unitDigest } from '#protocol/unit.ts';
import { openBlobStore } from '#store/blob-store.ts';
import { type TestModel, writeTestModel } from '../coordinator/test-model.ts';
import { walletOf } from './coordinator-contributor.ts';
import { inputsMax, makeInput, rowTokens, unitRows } from './coordinator-inputs.ts';

const insertMax = 5_000;
/** Past every threshold of the verdict policy. */
const confirmedBefore = 2_000;

/** The one thing that it needs of PGlite and of pg. */
export interface BenchDatabase {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

export interface BenchSite {
  dataFolder: string;
  model: TestModel;
}

/** Makes the folder, the schema and the default project. */
export async function makeSite(root: string, databaseUrl: string | null): Promise<BenchSite> {
  const model = await writeTestModel(path.join(root, 'model'));
  const dataFolder = path.join(root, 'data');
  const partner = {
    backend: 'wasm' as const,
    encode: () => Promise.reject(new Error('nobody computes here')),
    infer: () => Promise.reject(new Error('nobody computes here')),
    close: async () => {},
  };
  const coordinator = await createCoordinator({
    dataFolder,
    models: [model.folder],
    partner,
    tickMs: 0,
    ...(databaseUrl && { databaseUrl }),
  });
  await coordinator.close();
  return { dataFolder, model };
}

/** Inserts one batch of `units` units, the first of them with inputs on disk. */
export async function fillQueue(
  { dataFolder, model }: BenchSite,
  database: BenchDatabase,
  units: number,
): Promise<void> {
  const id = fromHex(model.id);
  const cost = unitRows * rowCost(model.weights.config, rowTokens);
  await database.query(
    `insert into files (id, project_id, purpose, filename, bytes, blob, created_at)
     values ('file-bench', 'project_default', 'batch', 'bench.jsonl', 1, 'none', 0)`,
  );
  await database.query(
    `insert into batches (id, project_id, input_file_id, endpoint, completion_window, model, status,
       created_at, expires_at, requests_total, units_total)
     values ('batch-bench', 'project_default', 'file-bench', '/v1/embeddings', '24h', $1,
       'in_progress', 0, $2, $3::int, $3::int)`,
    [model.name, Date.now() + 86_400_000, units],
  );
  const insert = `insert into units (project_id, batch_id, ordinal, digest, model, input_blob, row_count, cost,
    lines_alone)`;
  const real = Math.min(units, inputsMax);
  const blobs = await openBlobStore(path.join(dataFolder, 'blobs'));
  for (let from = 0; from < real; from += insertMax) {
    const inputs = Array.from({ length: Math.min(insertMax, real - from) }, (_, i) =>
      makeInput(id, from + i),
    );
    const names = await Promise.all(inputs.map((input) => blobs.pack(input)));
    const digests = inputs.map((input) => unitDigest(input));
    await database.query(
      `${insert} select 'project_default', 'batch-bench', $1::int + ordinality - 1, digest, $2, blob, $3, $4, $3
       from unnest($5::bytea[], $6::text[]) with ordinality as planned (digest, blob, ordinality)`,
      [from, id, unitRows, cost, digests, names],
    );
  }
  await blobs.close();
  for (let from = real; from < units; from += 20 * insertMax) {
    const to = Math.min(units, from + 20 * insertMax);
    await database.query(
      `${insert} select 'project_default', 'batch-bench', n, sha256(int8send(n)), $1, encode(sha256(int8send(n)), 'hex'),
         $2, $3, $2 from generate_series($4::bigint, $5::bigint) as n`,
      [id, unitRows, cost, from, to - 1],
    );
  }
  await database.query('analyze');
}

/** A record of units confirmed long ago, so that the ladder asks of them what it asks of most. */
export async function seasonContributors(
  { model }: BenchSite,
  database: BenchDatabase,
  contributors: number,
): Promise<void> {
  const accounts = Array.from({ length: contributors }, (_, i) =>
    walletOf(i + 1).address.toLowerCase(),
  );
  await database.query(
    'insert into accounts (id, created_at) select id, 0 from unnest($1::text[]) as id',
    [accounts],
  );
  await database.query(
    `insert into records (account_id, model, backend, run, held, confirmed, drawn, audits)
     select id, $2, 'wasm', $3, $3, $3, $3, $3 from unnest($1::text[]) as id`,
    [accounts, fromHex(model.id), confirmedBefore],
  );
}
