// The requester's side: files, batches and direct embeddings in OpenAI's shapes, and that nothing
// is readable without its own key.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(() => site.clear());
afterAll(() => site.close());

const good = (id: string) => embedLine(id, 'w1 w2');

describe('files', () => {
  test('are listed page by page, shown, read and deleted', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) {
      site.clock.now += 1;
      ids.unshift(await site.upload(`{"n":${i}}\n`));
    }
    const first = await site.get('/v1/files?limit=2');
    expect(first.json).toMatchObject({ object: 'list', has_more: true, last_id: ids[1] });
    const next = await site.get(`/v1/files?limit=1&after=${ids[1]}`);
    expect(next.json.data).toMatchObject([
      { id: ids[2], purpose: 'batch', filename: 'input.jsonl' },
    ]);
    expect((await site.get(`/v1/files/${ids[0]}/content`)).raw.toString()).toBe('{"n":2}\n');
    const gone = await site.coordinator.inject({
      method: 'DELETE',
      url: `/v1/files/${ids[0]}`,
      headers: { authorization: `Bearer ${site.apiKey}` },
    });
    expect(gone.json()).toEqual({ id: ids[0], object: 'file', deleted: true });
    expect((await site.get(`/v1/files/${ids[0]}`)).status).toBe(404);
  });

  test('that are no form, have no file, or another purpose are refused', async () => {
    const send = (type: string, payload: string) =>
      site.coordinator.inject({
        method: 'POST',
        url: '/v1/files',
        headers: { authorization: `Bearer ${site.apiKey}`, 'content-type': type },
        payload,
      });
    const form = (name: string, value: string) =>
      `--b\r\ncontent-disposition: form-data; ${name}\r\n\r\n${value}\r\n`;
    const type = 'multipart/form-data; boundary=b';
    const file = form('name="file"; filename="a"', 'x');
    const answers = [
      await send('multipart/form-data', 'x'),
      await send(type, 'no form'),
      await send(type, `${form('name="purpose"', 'batch')}`),
      await send(type, `${form('name="purpose"', 'batch')}--b--\r\n`),
      await send(type, `${file}${form('name="purpose"', 'fine-tune')}--b--\r\n`),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400, 400]);
    for (const answer of answers) expect(answer.json().error.message).not.toBe('');
    expect((await send('text/plain', 'x')).statusCode).toBe(415);
  });
});

describe('batches', () => {
  const create = (file: string, change = {}, headers = {}) =>
    site.post(
      '/v1/batches',
      { input_file_id: file, endpoint: '/v1/embeddings', completion_window: '24h', ...change },
      { headers },
    );

  test('refuse a wrong endpoint, window, file or metadata', async () => {
    const file = await site.upload('{}\n');
    const wrong = [
      await create(file, { endpoint: '/v1/responses' }),
      await create(file, { completion_window: '1h' }),
      await create(file, { metadata: { key: 'v'.repeat(limits.metadataValueBytesMax + 1) } }),
      await create(file, { metadata: { key: 7 } }),
    ];
    expect(wrong.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(wrong.map(({ json }) => json.error.param)).toEqual([
      'endpoint',
      'completion_window',
      'metadata.key',
      'metadata.key',
    ]);
    expect((await create('file-none')).status).toBe(404);
  });

  test('an Idempotency-Key gives the same batch again, and refuses another body', async () => {
    const file = await site.upload(`${JSON.stringify(good('a'))}\n`);
    const headers = { 'idempotency-key': 'once' };
    const first = await create(file, { metadata: { a: 'b' } }, headers);
    const again = await create(file, { metadata: { a: 'b' } }, headers);
    expect(again.json.id).toBe(first.json.id);
    expect(first.json.metadata).toEqual({ a: 'b' });
    const other = await create(file, {}, headers);
    expect(other.status).toBe(409);
    expect((await create(file)).json.id).not.toBe(first.json.id);
  });

  test('are listed, and unknown ones are not there', async () => {
    const id = await site.submit([good('a')]);
    const { json } = await site.get('/v1/batches?limit=1');
    expect(json).toMatchObject({ object: 'list', data: [{ id, object: 'batch' }], has_more: true });
    expect((await site.get('/v1/batches/batch_none')).status).toBe(404);
    expect((await site.post('/v1/batches/batch_none/cancel', {})).status).toBe(404);
  });

  test('deleting the input file does not stop its batch', async () => {
    const id = await site.submit([good('a')]);
    const { input_file_id: file } = await site.batch(id);
    await site.coordinator.inject({
      method: 'DELETE',
      url: `/v1/files/${file}`,
      headers: { authorization: `Bearer ${site.apiKey}` },
    });
    const alice = await site.contributor();
    await alice.turn();
    await site.coordinator.settle();
    expect(await site.batch(id)).toMatchObject({ status: 'completed' });
  });
});

describe('direct embeddings', () => {
  test('are those of a batch', async () => {
    const id = await site.submit([good('a')]);
    await (await site.contributor()).turn();
    await site.coordinator.settle();
    const [line] = await site.lines((await site.batch(id)).output_file_id);
    const { json } = await site.post('/v1/embeddings', { model: 'synthetic-1', input: 'w1 w2' });
    expect(json.data).toEqual(line.response.body.data);
    expect(json.usage).toEqual(line.response.body.usage);
  });

  test('refuse what a line would not pass, and too many at once', async () => {
    const embed = (body: object) => site.post('/v1/embeddings', body);
    expect((await embed({ model: 'none', input: 'w1' })).json.error.code).toBe('model_not_found');
    expect((await embed({ model: 'synthetic-1', input: '' })).status).toBe(400);
    const many = Array(limits.directInputsMax + 1).fill('w1');
    expect((await embed({ model: 'synthetic-1', input: many })).status).toBe(400);
  });
});

describe('keys', () => {
  test('are needed, and show their own project alone', async () => {
    const id = await site.submit([good('a')]);
    await (await site.contributor()).turn();
    await site.coordinator.settle();
    const batch = await site.batch(id);
    const [line] = await site.lines(batch.output_file_id);
    const { apiKey: other } = await site.coordinator.addProject({ name: 'Other', words: '' });
    const urls = [
      `/v1/files/${batch.input_file_id}`,
      `/v1/files/${batch.output_file_id}/content`,
      `/v1/batches/${id}`,
      `/v1/receipts/${line.x_receipts[0]}`,
    ];
    for (const url of urls) {
      expect((await site.get(url)).status).toBe(200);
      expect((await site.get(url, other)).status).toBe(404);
      expect((await site.get(url, 'sk-idlewild-wrong')).status).toBe(401);
      expect((await site.coordinator.inject({ method: 'GET', url })).statusCode).toBe(401);
    }
    expect((await site.get('/v1/batches', other)).json.data).toEqual([]);
    expect((await site.get('/v1/files', other)).json.data).toEqual([]);
    const foreign = {
      input_file_id: batch.input_file_id,
      endpoint: '/v1/embeddings',
      completion_window: '24h',
    };
    expect((await site.post('/v1/batches', foreign, { key: other })).status).toBe(404);
    expect((await site.post(`/v1/batches/${id}/cancel`, {}, { key: other })).status).toBe(404);
    const receipt = await site.get(urls[3], site.apiKey, { accept: 'application/json' });
    expect(receipt.json).toMatchObject({ id: line.x_receipts[0], payload: { kind: 'credited' } });
  });

  test('an unknown address is answered in the same shape', async () => {
    const answer = await site.get('/v1/nothing');
    expect(answer.status).toBe(404);
    expect(answer.json.error.code).toBe('unknown_url');
  });
});
