// A running coordinator is backed up over HTTP as the command does it: asked for a snapshot, followed
// until it is made.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdminClient, openAdmin } from '#cli/admin-client.ts';
import { makeBackup } from '#cli/backup.ts';
import { startTestSite, type TestSite } from '../coordinator/test-site.ts';

const adminToken = 'a-token-of-some-thirty-two-letters';

let root: string;
let site: TestSite;
let admin: AdminClient;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'idlewild-snapshot-'));
  site = await startTestSite({ adminToken });
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const adminTokenFile = path.join(root, 'token');
  await writeFile(adminTokenFile, adminToken);
  admin = await openAdmin({ coordinator: site.coordinator.origin(), adminTokenFile, json: true });
});
afterAll(async () => {
  await site.close();
  await rm(root, { recursive: true });
});

test('a backup follows its snapshot to the end', async () => {
  const heard: number[] = [];
  const answers: unknown[] = [];
  const { damaged } = await makeBackup({
    dataFolder: site.dataFolder,
    out: path.join(root, 'backup'),
    async askForSnapshot(name) {
      const report = (bytes: number) => heard.push(bytes);
      answers.push(await admin.follow('/v1/admin/snapshot', { name }, report));
    },
  });
  expect(damaged).toEqual([]);
  expect(answers).toEqual([
    { name: expect.stringMatching(/^\w{32}$/), took_ms: expect.any(Number) },
  ]);
  expect(heard.length).toBeGreaterThan(0);
});

test('a refusal is told as one, and the next snapshot is made', async () => {
  const ask = (name: string) => admin.follow('/v1/admin/snapshot', { name }, () => {});
  await expect(ask('..')).rejects.toThrow(
    "The coordinator refused (400): 'name' must be 32 hex digits.",
  );
  expect(await ask('a'.repeat(32))).toMatchObject({ name: 'a'.repeat(32) });
});
