// The operator's side: health with its checks, metrics for this machine or the token, the admin API,
// and that nothing of it opens without the token.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

const token = 'q7Zc1-Kx9_vR2mT5wY8bN3pL';
let site: TestSite;
beforeAll(async () => {
  site = await startTestSite({ adminToken: token });
});
afterAll(() => site.close());

const get = (url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
  site.coordinator.inject({ method: 'GET', url, headers, remoteAddress });
const admin = (url: string) => site.get(url, token);
const act = (url: string, body: unknown) => site.post(url, body, { key: token });

describe('health', () => {
  test('readiness tells each check, and names no path', async () => {
    const { status, json, raw } = await site.get('/readyz');
    expect(status).toBe(200);
    expect(json.status).toBe('ok');
    expect(json.checks.map(({ name, ok }: { name: string; ok: boolean }) => [name, ok])).toEqual([
      ['database', true],
      ['folder', true],
      ['models', true],
      ['log', true],
      ['loops', true],
    ]);
    expect(raw.toString()).not.toContain(site.dataFolder);
    expect(raw.toString()).not.toContain('/');
  });

  test('a shard that was cut short is named, until it is back', async () => {
    const folder = path.join(site.dataFolder, 'models', site.model.id, 'shards');
    const [shard] = await readdir(folder);
    const bytes = await readFile(path.join(folder, shard));
    await writeFile(path.join(folder, shard), bytes.subarray(1));
    site.clock.now += 2_000;
    const short = await site.get('/readyz');
    expect(short.status).toBe(503);
    expect(short.json).toMatchObject({
      status: 'failing',
      checks: expect.arrayContaining([
        expect.objectContaining({
          name: 'models',
          ok: false,
          words: 'a shard of synthetic-1 is missing or cut short',
        }),
      ]),
    });
    await writeFile(path.join(folder, shard), bytes);
    site.clock.now += 2_000;
    expect((await site.get('/readyz')).status).toBe(200);
  });

  test('every answer carries a request id, its own or a sane one that came along', async () => {
    const given = await get('/livez', { 'x-request-id': 'trace-0123456789' });
    expect(given.headers['x-request-id']).toBe('trace-0123456789');
    const made = await get('/livez', { 'x-request-id': 'a "b"\u007f' });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const missing = await get('/nothing');
    expect(missing.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('metrics', () => {
  test('are for this machine, or for the token', async () => {
    expect((await get('/metrics')).statusCode).toBe(200);
    expect((await get('/metrics', {}, '192.0.2.7')).statusCode).toBe(403);
    const forwarded = { 'x-forwarded-for': '192.0.2.7' };
    expect((await get('/metrics', forwarded)).statusCode).toBe(403);
    expect((await get('/metrics', { host: 'rebound.example' })).statusCode).toBe(403);
    const right = { authorization: `Bearer ${token}` };
    expect((await get('/metrics', right, '192.0.2.7')).statusCode).toBe(200);
  });

  test('count calls, commits, decisions and what is in the queue', async () => {
    const batch = await site.submit(makeTexts(8).map((text, i) => embedLine(`${i}`, text)));
    const [ada, ben] = [await site.contributor(), await site.contributor()];
    const { leases } = await ada.work();
    site.clock.now += 3_000;
    const open = (await get('/metrics')).body;
    expect(open).toMatch(/^idlewild_batches\{status="in_progress"\} 1$/m);
    expect(open).toMatch(/^idlewild_units\{kind="work",state="open"\} [1-9]/m);
    expect(open).toMatch(/^idlewild_leases_open [1-9]/m);
    expect(open).toMatch(/^idlewild_contributors_live 2$/m);
    await ada.work({ results: [await ada.makeResult(leases[0])] });
    await ben.turn();
    site.clock.now += 3_000;
    await site.coordinator.settle();
    expect((await site.batch(batch)).status).toBe('completed');
    site.clock.now += 3_000;
    const body = (await get('/metrics')).body;
    for (const line of [
      /^idlewild_database_up 1$/m,
      /^idlewild_results_total\{verdict="accepted"\} [1-9]/m,
      /^idlewild_leases_total\{fate="granted"\} [1-9]/m,
      /^idlewild_batches\{status="completed"\} 1$/m,
      /^idlewild_units\{kind="work",state="done"\} [1-9]/m,
      /^idlewild_receipts\{state="logged"\} [1-9]/m,
      /^idlewild_commit_calls_count [1-9]/m,
      /^idlewild_database_seconds_count\{operation="work",outcome="done"\} [1-9]/m,
      /^idlewild_http_request_seconds_count\{route="\/v1\/work",method="POST",status="200"\} [1-9]/m,
      /^process_cpu_seconds_total /m,
    ]) {
      expect(body).toMatch(line);
    }
    const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    const guide = await readFile(new URL('../../docs/operator.md', import.meta.url), 'utf8');
    const documented = [...guide.matchAll(/^\| `(idlewild_\w+)`/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(names.filter((name) => name.startsWith('idlewild_')).sort());
  });
});

describe('the admin API', () => {
  test('opens to the token alone, and leaves who guesses waiting', async () => {
    const url = '/v1/admin/overview';
    const ask = (authorization: string, address: string) =>
      get(url, authorization ? { authorization } : {}, address);
    expect((await ask('', '192.0.2.1')).statusCode).toBe(401);
    expect((await ask(`Bearer ${site.apiKey}`, '192.0.2.2')).statusCode).toBe(401);
    const guesses = [];
    for (let guess = 0; guess < 12; guess++) {
      guesses.push((await ask(`Bearer guess-${guess}`, '192.0.2.3')).statusCode);
    }
    expect(guesses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(guesses.slice(10)).toEqual([429, 429]);
    expect((await ask(`Bearer ${token}`, '192.0.2.3')).statusCode).toBe(429);
    expect((await ask(`Bearer ${token}`, '192.0.2.4')).statusCode).toBe(200);
    site.clock.now += 61_000;
    expect((await ask(`Bearer ${token}`, '192.0.2.3')).statusCode).toBe(200);
  });

  test('makes projects and keys, tells a key once, and a revoked one is refused at once', async () => {
    const made = await act('/v1/admin/projects', { name: 'Letters', words: 'Of a library.' });
    expect(made.json).toMatchObject({ name: 'Letters', words: 'Of a library.' });
    const { id, api_key: first } = made.json;
    const key = await act('/v1/admin/keys', { project: id, name: 'nightly' });
    expect(key.json).toMatchObject({ project_id: id, name: 'nightly', revoked_at: null });
    expect(key.json.last_four).toBe(key.json.api_key.slice(-4));
    expect((await site.get('/v1/models', key.json.api_key)).status).toBe(200);

    const listed = await admin(`/v1/admin/keys?project=${id}`);
    expect(listed.json.data).toHaveLength(2);
    expect(listed.raw.toString()).not.toContain('sk-idlewild');
    expect(listed.raw.toString()).not.toContain('key_hash');

    const revoked = await act(`/v1/admin/keys/${key.json.id}/revoke`, { reason: 'leaked' });
    expect(revoked.json.revoked_at).toBe(site.clock.now);
    expect((await site.get('/v1/models', key.json.api_key)).status).toBe(401);
    expect((await site.get('/v1/models', first)).status).toBe(200);
    const projects = await admin('/v1/admin/projects');
    expect(projects.json.data).toEqual(
      expect.arrayContaining([expect.objectContaining({ id, keys: 1, batches: 0 })]),
    );
    const { acts } = (await admin('/v1/admin/overview')).json;
    expect(acts[0]).toMatchObject({ act: 'revoke key', subject: key.json.id, reason: 'leaked' });
  });

  test.each([
    ['/v1/admin/projects', {}, 400],
    ['/v1/admin/projects', { name: '', words: '' }, 400],
    ['/v1/admin/projects', { name: 'a', extra: 1 }, 400],
    ['/v1/admin/keys', { project: 'project_none' }, 404],
    ['/v1/admin/keys/key_none/revoke', {}, 404],
    ['/v1/admin/batches/batch_none/cancel', {}, 404],
    ['/v1/admin/contributors/0x0/unban', { reason: 'a' }, 404],
    ['/v1/admin/contributors/0x0/unban', {}, 400],
  ])('refuses %s with %j', async (url, body, status) => {
    const answer = await act(url, body);
    expect(answer.status).toBe(status);
    expect(answer.json.error.message).toMatch(/\w/);
  });

  test("cancels anyone's batch, once, and shows it", async () => {
    const batch = await site.submit([embedLine('1', 'w1 w2')]);
    const cancelled = await act(`/v1/admin/batches/${batch}/cancel`, { reason: 'too dear' });
    expect(cancelled.json).toEqual({ id: batch, status: 'cancelling' });
    await site.coordinator.settle();
    expect((await site.batch(batch)).status).toBe('cancelled');
    expect((await act(`/v1/admin/batches/${batch}/cancel`, {})).status).toBe(409);
    site.clock.now += 3_000;
    const { batches, queue, ledger, models, verdicts, log } = (await admin('/v1/admin/overview'))
      .json;
    expect(batches[0]).toMatchObject({ id: batch, status: 'cancelled' });
    expect(queue.units).toMatchObject({ open: 0 });
    expect(ledger.accounts).toBeGreaterThan(0);
    expect(models).toHaveLength(1);
    expect(verdicts).toHaveLength(60);
    expect(log.size).toBeGreaterThan(0);
  });

  test('lifts a ban with a reason, and the account computes again', async () => {
    await site.submit(makeTexts(200).map((text, i) => embedLine(`${i}`, text)));
    const liar = await site.contributor();
    const lie = (output: Uint8Array) => Uint8Array.from(output, (byte) => byte ^ 1);
    for (let turn = 0; turn < 2; turn++) {
      if (turn > 0) await liar.open();
      await liar.turn(1, lie);
      site.clock.now += 20_000;
      await site.coordinator.settle();
    }
    expect((await liar.work()).reason).toMatchObject({ code: 'account/suspended' });
    const listed = async () => {
      site.clock.now += 3_000;
      const { contributors } = (await admin('/v1/admin/overview')).json;
      return contributors.listed.find(({ id }: { id: string }) => id === liar.address);
    };
    expect(await listed()).toMatchObject({ suspended_at: expect.any(Number), convictions: 2 });
    expect((await get('/metrics')).body).toMatch(/^idlewild_contributors_banned 1$/m);
    const url = `/v1/admin/contributors/${liar.address}/unban`;
    expect((await act(url, { reason: 'a sick card, since replaced' })).json.banned).toBe(false);
    expect(await listed()).toMatchObject({ suspended_at: null, convictions: 2, speed: 1e9 });
    expect((await liar.turn()).leases).toHaveLength(1);
    expect((await act(url, { reason: 'again' })).status).toBe(409);
  });
});
