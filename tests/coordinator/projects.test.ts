// Projects as their operator makes and changes them, as anyone may read them, and what their batches
// may use. Who computes for which is in project-choice.test.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOrigin } from '#coordinator/read-origin.ts';
import { limits } from '#protocol/limits.ts';
import { type TestModel, writeTestModel } from './test-model.ts';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

const token = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
let site: TestSite;
let folder: string;
let second: TestModel;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-second-'));
  second = await writeTestModel(folder, 2);
  site = await startTestSite({ adminToken: token, models: [second.folder] });
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

const look = async (url: string) => (await site.get(url, token)).json;
const act = (url: string, body: object) => site.post(url, body, { key: token });
const make = async (body: object) => (await act('/v1/admin/projects', body)).json;
const acts = async () => (await look('/v1/admin/overview')).acts;
const publicly = async () => (await site.get('/v1/projects', '')).json.data;

describe('the operator', () => {
  test('makes a project with all that it says, and is shown it', async () => {
    const fields = {
      name: 'Letters',
      words: 'Of a library.\nIn two lines.',
      content_class: 'public',
      verification: 'full',
      open: false,
      origins: ['https://library.example', 'http://localhost:*'],
    };
    const made = await make({ ...fields, models: ['synthetic-2', second.id] });
    expect(made).toMatchObject({ ...fields, models: [second.id], keys: 1, batches: 0 });
    expect(made.api_key).toMatch(/^sk-idlewild-/);
    const { api_key: _, ...shown } = made;
    expect(await look(`/v1/admin/projects/${made.id}`)).toEqual(shown);
    expect((await look('/v1/admin/projects')).data).toContainEqual(shown);
  });

  test('changes one, its own as well, with a reason that is kept', async () => {
    const { id } = (await publicly())[0];
    expect(id).toBe('project_default');
    const change = { name: 'The open field', origins: ['https://a.example', 'https://a.example'] };
    const set = await act(`/v1/admin/projects/${id}/set`, { ...change, reason: 'a new name' });
    expect(set.json).toMatchObject({ name: 'The open field', origins: ['https://a.example'] });
    expect(set.json.changed).toEqual(['name', 'origins']);
    expect((await acts())[0]).toMatchObject({
      act: 'set project: name, origins',
      subject: id,
      reason: 'a new name',
    });
    const again = await act(`/v1/admin/projects/${id}/set`, { name: 'The open field' });
    expect(again.json.changed).toEqual([]);
    expect(await acts()).toHaveLength(1);
    expect((await look('/v1/admin/overview')).project).toBe('The open field');
    expect((await look('/v1/coordinator')).project).toBe('The open field');
  });

  test('is told which field is wrong', async () => {
    const { id } = await make({ name: 'Strict' });
    const long = (most: number) => 'x'.repeat(most + 1);
    const cases: [object, string, RegExp][] = [
      [{ name: '' }, 'name', /empty/],
      [{ name: long(limits.projectNameMax) }, 'name', /80 characters \(projectNameMax\)/],
      [{ name: 'two\nlines' }, 'name', /control/],
      [{ name: 'a\u202eb' }, 'name', /control/],
      [{ name: 7 }, 'name', /text/],
      [{ words: long(limits.projectWordsMax) }, 'words', /600 characters \(projectWordsMax\)/],
      [{ words: 'a\u001b[31m' }, 'words', /control/],
      [{ content_class: 'secret' }, 'content_class', /public, personal, sensitive/],
      [{ models: ['synthetic-1', 'nothing'] }, 'models.1', /no model/],
      [{ models: 'synthetic-1' }, 'models', /list/],
      [{ verification: 'none' }, 'verification', /sampled, full, trusted/],
      [{ open: 'yes' }, 'open', /true or false/],
      [{ origins: ['https://a.example', 'http://a.example'] }, 'origins.1', /https:/],
      [{ origins: Array(33).fill('*') }, 'origins', /32 \(projectOriginsMax\)/],
      [{ budget: 1 }, 'null', /budget/],
      [{ reason: long(limits.textBytesMax) }, 'reason', /textBytesMax/],
    ];
    for (const [change, param, message] of cases) {
      const { status, json } = await act(`/v1/admin/projects/${id}/set`, change);
      expect([status, String(json.error.param)], JSON.stringify(change)).toEqual([400, param]);
      expect(json.error.message).toMatch(message);
    }
    expect((await act('/v1/admin/projects/project_none/set', { name: 'a' })).status).toBe(404);
    expect((await site.get('/v1/admin/projects/project_none', token)).status).toBe(404);
    expect((await site.get(`/v1/admin/projects/${id}`)).status).toBe(401);
  });

  test.each([
    ['https://example.org', 'https://example.org'],
    [' https://Example.ORG:443/ ', 'https://example.org'],
    ['https://example.org:8443', 'https://example.org:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://localhost:*', 'http://localhost:*'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['*', '*'],
    ['http://example.org', null],
    ['https://example.org/a', null],
    ['https://example.org/?', null],
    ['https://someone@example.org', null],
    ["https://a;frame-ancestors'*'", null],
    ['https://a.example;script-src', null],
    ['https://a.example,b.example', null],
    ['https://*.example.org', null],
    ['https://a.example https://b.example', null],
    ['javascript:alert(1)', null],
    ['data:,x', null],
    ['null', null],
    ['', null],
    [`https://${'a'.repeat(255)}`, null],
  ])('takes %s for %s', (given, origin) => {
    expect(readOrigin(given)).toBe(origin);
  });
});

describe('anyone', () => {
  test('reads the open ones, the default first, and nothing that is not theirs to know', async () => {
    const { id } = await make({ name: 'Open to all', content_class: 'sensitive' });
    const hidden = await make({ name: 'Hidden', open: false });
    const listed = await publicly();
    expect(listed[0].is_default).toBe(true);
    expect(listed.find((one: { id: string }) => one.id === id)).toEqual({
      id,
      name: 'Open to all',
      words: '',
      content_class: 'sensitive',
      models: [],
      verification: 'sampled',
      is_default: false,
    });
    expect(JSON.stringify(listed)).not.toContain(hidden.id);
    await act(`/v1/admin/projects/${hidden.id}/set`, { open: true });
    expect(JSON.stringify(await publicly())).toContain(hidden.id);
  });
});

describe('a batch', () => {
  test('uses only the models of its project', async () => {
    const made = await make({ name: 'Second alone', models: [second.id] });
    const key = made.api_key;
    const models = await site.get('/v1/models', key);
    expect(models.json.data.map((one: { id: string }) => one.id)).toEqual(['synthetic-2']);
    expect((await site.get('/v1/models/synthetic-1', key)).status).toBe(404);
    const direct = (model: string) => site.post('/v1/embeddings', { model, input: 'w1' }, { key });
    expect((await direct('synthetic-1')).json.error).toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining("not one of this project's"),
    });
    expect((await direct('synthetic-2')).status).toBe(200);

    const lines = [embedLine('a', 'w1'), embedLine('b', 'w2', 'synthetic-2')];
    const batch = await site.batch(await site.submit(lines, key), key);
    expect(batch).toMatchObject({ model: 'synthetic-2', x_units: { total: 1 } });
    expect(batch.request_counts).toMatchObject({ total: 2, failed: 1 });
    const free = await site.submit([embedLine('a', 'w1'), embedLine('b', 'w2', 'synthetic-2')]);
    expect((await site.batch(free)).request_counts).toMatchObject({ total: 2, failed: 0 });
  });

  test('is checked as its project says, unless it says so itself', async () => {
    const { api_key: key } = await make({ name: 'Twice', verification: 'full' });
    const levelOf = async (change: object) => {
      const id = await site.submit([embedLine('1', 'w1')], key, change);
      return (await site.batch(id, key)).x_verification;
    };
    expect(await levelOf({})).toBe('full');
    expect(await levelOf({ x_verification: 'sampled' })).toBe('sampled');
  });
});
