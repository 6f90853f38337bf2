// The official client, unmodified, against a listening coordinator.
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => site.close());

test('uploads, creates, polls, reads the vectors', async () => {
  const client = new OpenAI({ apiKey: site.apiKey, baseURL: `${site.coordinator.origin()}/v1` });
  const lines = ['w1 w2', 'w3'].map((text, i) => JSON.stringify(embedLine(`line-${i}`, text)));
  const file = await client.files.create({
    purpose: 'batch',
    file: await toFile(Buffer.from(`${lines.join('\n')}\n`), 'batch.jsonl'),
  });
  expect(file).toMatchObject({ object: 'file', purpose: 'batch', filename: 'batch.jsonl' });
  const created = await client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/embeddings',
    completion_window: '24h',
    metadata: { book: 'none' },
  });
  await site.coordinator.settle();
  await (await site.contributor()).turn();
  await site.coordinator.settle();
  const batch = await client.batches.retrieve(created.id);
  expect(batch).toMatchObject({ status: 'completed', metadata: { book: 'none' } });
  const content = await (await client.files.content(batch.output_file_id!)).text();
  const [first] = content
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

  const direct = await client.embeddings.create({ model: 'synthetic-1', input: 'w1 w2' });
  const wanted = first.response.body.data[0].embedding;
  expect(direct.data[0].embedding).toEqual(wanted);
  expect(direct.data[0].embedding).toHaveLength(64);
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toEqual(['synthetic-1']);
  const batches = await client.batches.list({ limit: 5 });
  expect(batches.data.map(({ id }) => id)).toEqual([created.id]);
  await expect(client.batches.retrieve('batch_none')).rejects.toMatchObject({ status: 404 });
  await expect(client.embeddings.create({ model: 'none', input: 'w1' })).rejects.toMatchObject({
    code: 'model_not_found',
  });
  expect((await client.files.delete(file.id)).deleted).toBe(true);
  const stranger = new OpenAI({ apiKey: 'sk-none', baseURL: client.baseURL });
  await expect(stranger.files.list()).rejects.toMatchObject({ status: 401 });
});
