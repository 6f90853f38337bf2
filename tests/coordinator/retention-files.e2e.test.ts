// Files that end: by their owner's will, by their time, or as orphans that no row names.
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

describe('files', () => {
  const remove = (id: string) =>
    site.coordinator.inject({
      method: 'DELETE',
      url: `/v1/files/${id}`,
      headers: { authorization: `Bearer ${site.apiKey}` },
    });

  test('that were deleted, or never used, or refused, leave no bytes', async () => {
    const canary = makeCanary(site, 'w1 w1 w9 w8 w2 w1');
    const text = `${JSON.stringify(canary.line)}\n`;
    await remove(await site.upload(text));
    await site.coordinator.settle();
    expect(await findCanary(site, canary)).toEqual([]);
    const kept = await site.upload(text);
    await lab.pass(29 * dayMs);
    expect((await site.get(`/v1/files/${kept}`)).status).toBe(200);
    await lab.pass(dayMs);
    expect((await site.get(`/v1/files/${kept}`)).status).toBe(404);
    expect(await findCanary(site, canary)).toEqual([]);
    expect((await upload(text, { purpose: 'fine-tune' })).status).toBe(400);
    expect(await findCanary(site, canary)).toEqual([]);
  });

  test('of a batch that was deleted go, the batch’s inputs stay', async () => {
    const canary = makeCanary(site, 'w1 w1 w7 w9 w2 w1');
    const id = await lab.run(canary, {}, 3);
    const receipts = await lab.receiptsOf(id);
    const { input_file_id, output_file_id } = await site.batch(id);
    await remove(input_file_id);
    await remove(output_file_id);
    await site.coordinator.settle();
    expect(await findCanary(site, canary)).not.toContain('name in a file');
    expect((await site.get(`/v1/receipts/${receipts[0]}/input`)).status).toBe(200);
    await lab.pass(31 * dayMs);
    expect((await site.batch(id)).x_retention.deleted_at).not.toBeNull();
  });

  async function upload(text: string, fields: Record<string, string>) {
    const parts = Object.entries(fields).map(
      ([name, value]) =>
        `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = `--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n${text}\r\n`;
    const answer = await site.coordinator.inject({
      method: 'POST',
      url: '/v1/files',
      headers: {
        authorization: `Bearer ${site.apiKey}`,
        'content-type': 'multipart/form-data; boundary=b',
      },
      payload: `${parts.join('')}${file}--b--\r\n`,
    });
    return { status: answer.statusCode, json: answer.json() };
  }

  test('end when their owner wishes, in OpenAI’s shape', async () => {
    const expiry = (anchor: string, seconds: string) => ({
      purpose: 'batch',
      'expires_after[anchor]': anchor,
      'expires_after[seconds]': seconds,
    });
    const { status, json } = await upload('{}\n', expiry('created_at', '3600'));
    expect([status, json.expires_at]).toEqual([200, json.created_at + 3600]);
    site.clock.now += hourMs;
    // Before anybody has looked.
    expect((await site.get(`/v1/files/${json.id}`)).status).toBe(404);
    for (const [anchor, seconds] of [
      ['now', '3600'],
      ['created_at', '3599'],
      ['created_at', '2592001'],
      ['created_at', '1e4'],
      ['created_at', ''],
    ]) {
      const wrong = await upload('{}\n', expiry(anchor, seconds));
      expect(wrong.status).toBe(400);
      expect(wrong.json.error.param).toMatch(/^expires_after\.(anchor|seconds)$/);
    }
    const batch = { input_file_id: 'file-x', endpoint: '/v1/embeddings', completion_window: '24h' };
    const wish = { output_expires_after: { anchor: 'created_at', seconds: 60 } };
    const refused = await site.post('/v1/batches', { ...batch, ...wish });
    expect(refused.json.error.param).toBe('output_expires_after.seconds');
  });
});

describe('orphans', () => {
  const packs = () => path.join(site.dataFolder, 'blobs', 'packs');
  const plant = async (file: string, old: boolean) => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, 'an orphan');
    if (old) await utimes(file, 0, 0);
  };

  test('are removed once they are a day old, and nothing that is named', async () => {
    const id = await lab.run(makeCanary(site, 'w4'), {}, 40);
    const blobs = path.join(site.dataFolder, 'blobs');
    await lab.letADayPass();
    const places = ['packs/0123456789abcdef', `ab/${'ab'.repeat(32)}`, 'temporary/upload'];
    for (const place of places) {
      await plant(path.join(blobs, `${place}`), true);
      await plant(path.join(blobs, `${place}1`), false);
    }
    const before = await readdir(blobs, { recursive: true });
    await lab.pass(hourMs);
    const after = await readdir(blobs, { recursive: true });
    expect(before.filter((name) => !after.includes(name)).sort()).toEqual([...places].sort());
    // Outputs of the batch are named yet, in a shared pack that is old.
    expect((await lab.receiptsOf(id)).length).toBeGreaterThan(0);
    const { output_file_id } = await site.batch(id);
    expect((await site.get(`/v1/files/${output_file_id}/content`)).status).toBe(200);
  });

  test('are not looked for in a folder of another database', async () => {
    await lab.run(makeCanary(site, 'w4'), {}, 3);
    await lab.pass(hourMs);
    const mark = path.join(site.dataFolder, 'blobs', 'database');
    expect(await readFile(mark, 'utf8')).toMatch(/^[0-9a-f-]{36}$/);
    await writeFile(mark, 'another');
    await plant(path.join(packs(), '0123456789abcdef'), true);
    await lab.pass(hourMs);
    expect(await readdir(packs())).toContain('0123456789abcdef');
  });
});
