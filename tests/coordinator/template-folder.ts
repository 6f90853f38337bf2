// A data folder that was opened once and closed, kept in the temporary folder and copied for each
// test: creating a database takes seconds, opening one does not.
import { createHash } from 'node:crypto';
import { access, cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { leaseMoves, resultMoves, rowMoves, unitMoves } from '#validator/states.ts';
import { createOraclePartner } from './oracle-partner.ts';
import { type TestModel, writeTestModel } from './test-model.ts';
import { watchMoves } from './watch-moves.ts';

const migrations = new URL('../../src/store/migrations/', import.meta.url);

/** Changes with whatever the template was made of. */
async function nameTemplate(model: TestModel): Promise<string> {
  const hash = createHash('sha256').update(model.id);
  const home = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  hash.update(await readFile(path.join(path.dirname(home), '../package.json')));
  for (const states of [unitMoves, leaseMoves, resultMoves, rowMoves]) {
    hash.update(JSON.stringify(states));
  }
  for (const name of (await readdir(migrations)).sort()) {
    hash.update(name).update(await readFile(new URL(name, migrations)));
  }
  return path.join(os.tmpdir(), `idlewild-template-${hash.digest('hex').slice(0, 16)}`);
}

const keyFile = 'test-api-key';

async function makeTemplate(template: string, model: TestModel): Promise<void> {
  const draft = await mkdtemp(`${template}-`);
  const partner = createOraclePartner(model.weights);
  const coordinator = await createCoordinator({
    dataFolder: draft,
    models: [model.folder],
    partner,
    tickMs: 0,
  });
  await coordinator.close();
  const database = await openDurable(path.join(draft, 'database'));
  await watchMoves(database);
  await database.close();
  await writeFile(path.join(draft, keyFile), coordinator.apiKey ?? '');
  // Another test file may have been quicker; its template is as good.
  await rename(draft, template).catch(() => rm(draft, { recursive: true }));
}

/** A data folder on which nothing has happened, with its key and the one model that it serves. */
export async function copyTemplate(root: string) {
  const model = await writeTestModel(path.join(root, 'model'));
  const template = await nameTemplate(model);
  await access(template).catch(() => makeTemplate(template, model));
  const dataFolder = path.join(root, 'data');
  await cp(template, dataFolder, { recursive: true });
  const apiKey = await readFile(path.join(dataFolder, keyFile), 'utf8');
  return { dataFolder, apiKey, model };
}
