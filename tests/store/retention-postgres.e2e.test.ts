// Retention on PostgreSQL, by two coordinators on one database and one folder at once: each deletes
// what it finds, and what one has removed the other misses nowhere.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { ageFiles, findCanary, makeCanary } from '../coordinator/retention-lab.ts';
import { embedLine, makeTexts, startTestSite, unaudited } from '../coordinator/test-site.ts';
import { findPostgres } from './postgres-server.ts';

const postgres = await findPostgres();
const reason = 'missing' in postgres ? postgres.missing : null;
afterAll(async () => {
  if ('close' in postgres) await postgres.close();
});

const dayMs = 24 * 60 * 60_000;

test.skipIf(reason !== null)(
  `two coordinators delete the same payloads${reason ? ` (skipped: ${reason})` : ''}`,
  async () => {
    if ('missing' in postgres) return;
    const databaseUrl = await postgres.makeDatabase();
    const site = await startTestSite({ databaseUrl });
    const key = site.coordinator.apiKey ?? '';
    // The folder's own database is another's, of the template.
    await rm(path.join(site.dataFolder, 'database'), { recursive: true });
    const other = await createCoordinator({
      dataFolder: site.dataFolder,
      databaseUrl,
      models: [site.model.folder],
      partner: site.partner,
      tickMs: 0,
      now: () => site.clock.now,
      rules: unaudited,
    });
    const canary = makeCanary(site, 'w50 w41 w32 w23 w14 w5');
    const lines = makeTexts(70).map((text, i) => embedLine(`${i}`, text));
    const members = [await site.contributor(), await site.contributor()];
    const batches = [];
    for (const first of [canary.line, embedLine('x', 'w1')]) {
      const id = await site.submit([first, ...lines], key);
      for (let turn = 0; turn < 4; turn++) for (const one of members) await one.turn();
      await Promise.all([site.coordinator.settle(), other.settle()]);
      expect(await site.batch(id, key)).toMatchObject({ status: 'completed' });
      batches.push(id);
    }
    const books = await site.coordinator.checkBooks();
    site.clock.now += 31 * dayMs;
    await Promise.all([site.coordinator.settle(), other.settle()]);
    expect(await findCanary(site, canary)).toEqual(['output in packs']);
    await site.reopen();
    await ageFiles(site);
    site.clock.now += dayMs;
    await Promise.all([site.coordinator.settle(), other.settle()]);
    expect(await findCanary(site, canary)).toEqual([]);
    for (const id of batches) {
      expect((await site.batch(id, key)).x_retention.deleted_at).not.toBeNull();
    }
    expect(await other.checkBooks()).toEqual(books);
    await other.close();
    await site.close();
  },
);
