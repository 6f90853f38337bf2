// A witness and a coordinator over real HTTP: cosignatures on the checkpoint, a memory that outlives
// a restart, and a refusal, kept as evidence, for a log that forks.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningWitness, startWitness } from '#cli/witness.ts';
import { openWitnessDesk } from '#cli/witness-desk.ts';
import { openWitnessState } from '#cli/witness-state.ts';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { parseWitnessTarget } from '#coordinator/witnesses.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { parseVerifierKey } from '#protocol/signed-note-key.ts';
import { openDurable } from '#store/durable-file-system.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from '../coordinator/test-site.ts';

let folder: string;
let site: TestSite;
let witness: RunningWitness;

const options = () => ({
  log: [site.coordinator.origin()],
  data: path.join(folder, 'witness'),
  name: 'witness.example/w',
});

async function finishBatch(word: string): Promise<void> {
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  await site.submit(makeTexts(3).map((text, i) => embedLine(`${i}`, `${word} ${text}`)));
  await alice.turn();
  await bob.turn();
  await site.coordinator.settle();
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-witness-'));
  // The witness's key is known before the coordinator that names it starts.
  const state = await openWitnessState(path.join(folder, 'witness'), 'witness.example/w');
  expect(state.signer.key.name).toBe('witness.example/w');
  site = await startTestSite();
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  witness = await startWitness(options());
});
afterAll(async () => {
  await witness.close();
  await site.close();
  await rm(folder, { recursive: true });
});

/** Coordinator and witness name each other: the one is reopened with the other's address. */
async function reopenWithWitness(): Promise<void> {
  await site.coordinator.close();
  const coordinator = await createCoordinator({
    dataFolder: site.dataFolder,
    models: [site.model.folder],
    partner: site.partner,
    tickMs: 0,
    witnesses: [parseWitnessTarget(`${witness.url}#${witness.vkey}`)],
  });
  await coordinator.listen({ host: '127.0.0.1', port: 0 });
  try {
    expect(await coordinator.askWitnesses()).toBe(1);
    // Asked again for the same tree, nobody is bothered.
    expect(await coordinator.askWitnesses()).toBe(0);
    const served = await coordinator.inject({ url: '/v1/log/checkpoint' });
    const { signatures } = parseNote(new Uint8Array(served.rawPayload));
    const { keyId } = parseVerifierKey(witness.vkey);
    expect(signatures.map((line) => line.keyId)).toContain(keyId);
    const cosigned = await coordinator.inject({ url: '/v1/log/cosigned' });
    expect(cosigned.body).toBe(served.body);
  } finally {
    await coordinator.close();
  }
}

test('cosigns what grows, and the coordinator serves its cosignature', async () => {
  await reopenWithWitness();
  await site.reopen().catch(() => {});
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  await finishBatch('w1');
  const state = await openWitnessState(options().data, options().name);
  const [first] = await (await openWitnessDesk(state, options().log)).visit();
  await finishBatch('w2');
  // A witness opened anew goes on from what is on disk.
  const again = await openWitnessState(options().data, options().name);
  expect(again.signer.key).toEqual(state.signer.key);
  const [second] = await (await openWitnessDesk(again, options().log)).visit();
  const sizeOf = (note: Uint8Array) => Number(parseNote(note).text.split('\n')[1]);
  expect(sizeOf(second)).toBeGreaterThan(sizeOf(first));
});

test('answers nonsense as the specification says', async () => {
  const post = async (body: string, route = 'add-checkpoint') =>
    (await fetch(`${witness.url}/${route}`, { method: 'POST', body })).status;
  expect(await post('nonsense')).toBe(400);
  expect(await post('old 0\n\nother.example/log\n1\nAAAA\n\n— x AAAAAAA=\n')).toBe(400);
  expect(await post('x'.repeat(1 << 20))).toBe(413);
  expect(await post('', 'nothing')).toBe(404);
  expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(405);
});

test('refuses a log that forked, and keeps what it signed', async () => {
  await site.coordinator.close();
  // Its operator has the log grow again over other leaves; what the start checks is as it should be.
  const database = await openDurable(path.join(site.dataFolder, 'database'));
  await database.exec(`alter table receipts disable trigger user;
    alter table log_groups disable trigger user;
    delete from log_groups; delete from log_tiles;
    update log_head set signed_size = 0, cosigned_size = 0, cosigned = null, checkpoint = null,
      size = 0, root = sha256(''::bytea);
    update receipts set leaf_hash = sha256(leaf_hash);
    insert into log_queue select transfer_id, count(*) from receipts group by transfer_id;`);
  await database.close();
  await site.reopen();
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const state = await openWitnessState(options().data, options().name);
  const desk = await openWitnessDesk(state, options().log);
  await expect(desk.visit()).rejects.toThrow(/witness\/forked/);
  const files = await readdir(options().data);
  expect(files.filter((name) => name.endsWith('.evidence'))).toHaveLength(1);
});
