// Payloads at the end of their retention: gone from the disk, from every file below the data folder,
// while receipts, books, log and audit stay as they were.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAudit } from '#cli/audit.ts';
import { decodeCbor } from '#protocol/cbor.ts';
import {
  dayMs,
  findCanary,
  hourMs,
  makeCanary,
  openRetentionLab,
  type RetentionLab,
} from './retention-lab.ts';
import type { TestSite } from './test-site.ts';

let lab: RetentionLab;
let site: TestSite;
beforeEach(async () => {
  lab = await openRetentionLab();
  site = lab.site;
});
afterEach(() => lab.close());

const everywhere = ['name in a file', 'name in packs', 'output in packs', 'tokens in packs'];

describe('a private batch', () => {
  test('leaves nothing of its inputs and outputs, and all of its receipts', async () => {
    // Contributors that are trusted, so that its rows are audited and not replicated.
    await lab.run(makeCanary(site, 'w9'));
    const words = 'w50 w41 w32 w23 w14 w5';
    const canary = makeCanary(site, words);
    const id = await lab.run(canary, {}, 320, `${words} `);
    expect(await findCanary(site, canary)).toEqual(everywhere);
    const before = await site.batch(id);
    const receipts = await lab.receiptsOf(id);
    const books = await site.coordinator.checkBooks();
    const ended = before.completed_at;
    expect(before.x_retention.deleted_at).toBeNull();
    expect(before.x_retention.kept_until).toBe(ended + 30 * 24 * 3600);

    await lab.pass(29 * dayMs);
    expect((await site.get(`/v1/files/${before.output_file_id}/content`)).status).toBe(200);
    expect((await site.get(`/v1/receipts/${receipts[0]}/input`)).status).toBe(200);
    await lab.pass(dayMs + hourMs);
    // Its own files went at once, with the file that it was read from.
    expect(await findCanary(site, canary)).toEqual(['output in packs', 'tokens in packs']);
    for (const name of ['input_file_id', 'output_file_id']) {
      expect((await site.get(`/v1/files/${before[name]}/content`)).status).toBe(404);
    }
    // What it shared with others goes when its file is a day old.
    await lab.letADayPass();
    await lab.pass(hourMs);
    expect(await findCanary(site, canary)).toEqual([]);

    const after = await site.batch(id);
    expect(after).toMatchObject({ status: 'completed', output_file_id: before.output_file_id });
    expect(after.x_retention.deleted_at).toBeGreaterThan(ended);
    expect(await site.coordinator.checkBooks()).toEqual(books);
    const input = await site.get(`/v1/receipts/${receipts[0]}/input`);
    expect([input.status, input.json.error.code]).toEqual([410, 'input_deleted']);
    const receipt = await site.get(`/v1/receipts/${receipts[0]}`);
    expect(decodeCbor(new Uint8Array(receipt.raw))).toMatchObject({ id: receipts[0] });
    await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
    const report = await runAudit({ coordinator: site.coordinator.origin(), recompute: 3 });
    expect(report).toMatchObject({ honest: true, recomputed: 0, withoutInput: 0 });
    // What is to come is not touched.
    await lab.run(makeCanary(site, 'w1'), {}, 40);
  });

  test('goes as soon as its requester wishes, within the operator’s maximum', async () => {
    const canary = makeCanary(site, 'w59 w41 w32 w23 w14 w5');
    const wish = { output_expires_after: { anchor: 'created_at', seconds: 3600 } };
    const id = await lab.run(canary, wish);
    const batch = await site.batch(id);
    expect(batch.x_retention.kept_until).toBe(batch.completed_at + 3600);
    const output = (await site.get(`/v1/files/${batch.output_file_id}`)).json;
    expect(output.expires_at).toBe(output.created_at + 3600);
    await lab.pass(59 * 60_000);
    expect((await site.get(`/v1/files/${batch.output_file_id}`)).status).toBe(200);
    await lab.pass(6 * 60_000);
    expect((await site.get(`/v1/files/${batch.output_file_id}`)).status).toBe(404);
    expect(await findCanary(site, canary)).not.toContain('name in packs');
    // Audits hold rows of several batches, and go a day after they were made.
    await lab.letADayPass();
    await lab.pass(dayMs);
    expect(await findCanary(site, canary)).toEqual([]);
    const long = { output_expires_after: { anchor: 'created_at', seconds: 2_592_000 } };
    await site.reopen();
    const { x_retention, completed_at } = await site.batch(await lab.run(canary, long, 3));
    expect(x_retention.kept_until).toBe(completed_at + 2_592_000);
  });

  test('keeps its input file while another batch has it', async () => {
    const canary = makeCanary(site, 'w2 w3');
    const first = await lab.run(canary, {}, 3);
    const { input_file_id } = await site.batch(first);
    await lab.pass(dayMs);
    const body = { input_file_id, endpoint: '/v1/embeddings', completion_window: '24h' };
    const wish = { output_expires_after: { anchor: 'created_at', seconds: 3600 } };
    const second = (await site.post('/v1/batches', { ...body, ...wish })).json.id;
    await site.coordinator.settle();
    await lab.finish(second);
    await lab.pass(2 * hourMs);
    expect((await site.batch(second)).x_retention.deleted_at).not.toBeNull();
    expect((await site.get(`/v1/files/${input_file_id}/content`)).status).toBe(200);
    const late = (await site.batch(first)).output_file_id;
    expect((await site.get(`/v1/files/${late}/content`)).status).toBe(200);
  });
});

test('what cannot be checked any more holds up no deletion', async () => {
  const canary = makeCanary(site, 'w9 w8 w7 w6 w1');
  const id = await site.submit([canary.line]);
  await lab.members[0].turn();
  // Its input is spoilt: neither a partner nor the coordinator can compute it again.
  const folder = path.join(site.dataFolder, 'blobs', 'packs');
  for (const name of await readdir(folder)) {
    const content = await readFile(path.join(folder, name));
    if (content.includes(canary.bytes.name)) content.fill(0, content.length - 8);
    await writeFile(path.join(folder, name), content);
  }
  await site.post(`/v1/batches/${id}/cancel`, {});
  await lab.pass(2 * hourMs);
  await lab.pass(0);
  expect(await site.batch(id)).toMatchObject({ status: 'cancelled' });
  await lab.pass(31 * dayMs);
  expect((await site.batch(id)).x_retention.deleted_at).not.toBeNull();
  await lab.letADayPass();
  await lab.pass(hourMs);
  expect(await findCanary(site, canary)).toEqual([]);
});

test('an open batch is there to be computed again for as long as the operator says', async () => {
  const canary = makeCanary(site, 'w9 w8 w7 w6');
  const wish = { output_expires_after: { anchor: 'created_at', seconds: 3600 } };
  const id = await lab.run(canary, { x_open: true, ...wish });
  const receipts = await lab.receiptsOf(id);
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const audit = () => runAudit({ coordinator: site.coordinator.origin(), recompute: 2 });
  await lab.pass(300 * dayMs);
  expect((await site.get(`/v1/receipts/${receipts[0]}/input`)).status).toBe(200);
  expect(await findCanary(site, canary)).toContain('tokens in packs');
  // Its own files went as its requester wished.
  expect((await site.get(`/v1/files/${(await site.batch(id)).output_file_id}`)).status).toBe(404);
  expect(await audit()).toMatchObject({ honest: true, recomputed: 2, withoutInput: 0 });
  await lab.pass(66 * dayMs);
  await lab.letADayPass();
  await lab.pass(hourMs);
  expect(await findCanary(site, canary)).toEqual([]);
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const report = await audit();
  expect(report).toMatchObject({ honest: true, recomputed: 0, withoutInput: 2 });
  expect(report.verdict).toContain('2 left out, whose input is kept no longer');
});
