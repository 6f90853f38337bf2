// What anyone may fetch: manifests and shards with ranges, the page under its policy.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRange } from '#coordinator/shard-routes.ts';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
let page: string;
beforeAll(async () => {
  page = await mkdtemp(path.join(os.tmpdir(), 'idlewild-page-'));
  await mkdir(path.join(page, 'assets'));
  await writeFile(path.join(page, 'index.html'), '<head><!--idlewild:coordinator--></head>');
  await writeFile(path.join(page, 'admin.html'), '<title>Operator</title>');
  await writeFile(path.join(page, 'market.html'), '<title>Market</title>');
  await writeFile(path.join(page, 'assets', 'main-a1b2c3d4.js'), 'export {};');
  await writeFile(path.join(page, 'assets', 'main-a1b2c3d4.js.br'), 'compressed');
  await writeFile(path.join(page, 'embed-frame.html'), '<body><!--idlewild:coordinator--></body>');
  await writeFile(path.join(page, 'embed.html'), '<title>An example</title>');
  await mkdir(path.join(page, 'widget'));
  await writeFile(path.join(page, 'widget', 'idlewild.js'), 'export {};');
  site = await startTestSite({ pageFolder: page });
});
afterAll(async () => {
  await site.close();
  await rm(page, { recursive: true });
});

const fetchPath = (url: string, headers: Record<string, string> = {}) =>
  site.coordinator.inject({ method: 'GET', url, headers });

describe('shards', () => {
  test('are what they are named after, immutable, and come in ranges', async () => {
    const [shard] = site.model.shards;
    const digest = toHex(sha256(shard));
    const url = `/v1/shards/${digest}`;
    const whole = await fetchPath(url);
    expect(whole.statusCode).toBe(200);
    expect(Buffer.compare(whole.rawPayload, shard)).toBe(0);
    expect(whole.headers).toMatchObject({
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${digest}"`,
    });
    const part = await fetchPath(url, { range: 'bytes=10-19', 'if-range': `"${digest}"` });
    expect(part.statusCode).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 10-19/${shard.length}`);
    expect(Buffer.compare(part.rawPayload, shard.subarray(10, 20))).toBe(0);
    const beyond = await fetchPath(url, { range: `bytes=${shard.length}-` });
    expect(beyond.statusCode).toBe(416);
    expect(beyond.headers['content-range']).toBe(`bytes */${shard.length}`);
    expect((await fetchPath(url, { 'if-none-match': `"${digest}"` })).statusCode).toBe(304);
    expect((await fetchPath(url, { range: 'bytes=0-1', 'if-range': '"x"' })).statusCode).toBe(200);
  });

  test('and manifests that do not exist are not found', async () => {
    const manifest = await fetchPath(`/v1/manifests/${site.model.id}`);
    expect(toHex(sha256(manifest.rawPayload))).toBe(site.model.id);
    expect((await fetchPath(`/v1/manifests/${'0'.repeat(64)}`)).statusCode).toBe(404);
    expect((await fetchPath('/v1/shards/..%2f..%2freceipt-key.pem')).statusCode).toBe(404);
  });

  test.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=2-99', { start: 2, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
    ['bytes=-', null],
    [undefined, null],
  ])('range %s of ten bytes', (header, range) => {
    expect(readRange(header, 10)).toEqual(range);
  });
});

describe('the page', () => {
  test('holds the coordinator as data and runs nothing inline', async () => {
    const answer = await fetchPath('/');
    const [, json] =
      /<script type="application\/json" id="idlewild-coordinator">(.*)<\/script>/.exec(
        answer.body,
      )!;
    expect(JSON.parse(json)).toMatchObject({
      laboratory: false,
      models: [{ id: site.model.id, name: 'synthetic-1' }],
      receiptKey: toHex(site.coordinator.receiptKey),
    });
    expect(json).not.toContain('<');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).not.toContain('unsafe-inline');
    expect(answer.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
    });
  });

  test('has hashed assets that are kept for ever, and nothing outside its folder', async () => {
    const asset = await fetchPath('/assets/main-a1b2c3d4.js');
    expect(asset.headers['cache-control']).toContain('immutable');
    expect(asset.headers['content-type']).toContain('javascript');
    expect((await fetchPath('/../receipt-key.pem')).statusCode).toBe(404);
    expect((await fetchPath('/nothing.js')).statusCode).toBe(404);
  });

  test('sends a file compressed to whoever takes it so, under the same headers', async () => {
    const url = '/assets/main-a1b2c3d4.js';
    const plain = await fetchPath(url);
    const small = await fetchPath(url, { 'accept-encoding': 'gzip, deflate, br' });
    expect([plain.body, small.body]).toEqual(['export {};', 'compressed']);
    expect([plain, small].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      'br',
    ]);
    for (const name of ['cache-control', 'content-type', 'content-security-policy', 'vary']) {
      expect(small.headers[name]).toBe(plain.headers[name]);
    }
    expect(small.headers.vary).toBe('accept-encoding');
    expect((await fetchPath(url, { 'accept-encoding': 'gzip' })).body).toBe('export {};');
  });

  test('sends what it writes into compressed as well, and the same to whoever takes it plain', async () => {
    for (const url of ['/', '/index.html', '/embed']) {
      const plain = await fetchPath(url);
      expect(plain.headers['content-encoding']).toBeUndefined();
      for (const [accepted, encoding, open] of [
        ['gzip, deflate, br', 'br', brotliDecompressSync],
        ['gzip;q=0.5, br;q=0', 'gzip', gunzipSync],
      ] as const) {
        const small = await fetchPath(url, { 'accept-encoding': accepted });
        expect(small.headers['content-encoding']).toBe(encoding);
        expect(open(small.rawPayload).toString()).toBe(plain.body);
        expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length);
        for (const name of ['cache-control', 'content-type', 'content-security-policy', 'vary']) {
          expect(small.headers[name]).toBe(plain.headers[name]);
        }
      }
      expect(plain.headers.vary).toBe('accept-encoding');
    }
  });

  test('the description is public', async () => {
    const { json } = await site.get('/v1/coordinator');
    expect(json).toMatchObject({ wire: 2, arithmetic: 'idlewild-exact/1', chainId: 31337 });
    expect((await site.get('/livez')).json).toEqual({ status: 'ok' });
  });
});

function readBlock(html: string) {
  const [, json] = /<script type="application\/json" id="idlewild-coordinator">(.*)<\/script>/.exec(
    html,
  )!;
  return JSON.parse(json);
}

describe('the frame', () => {
  const ancestorsOf = ({ headers }: Awaited<ReturnType<typeof fetchPath>>) =>
    /frame-ancestors ([^;]*)$/.exec(String(headers['content-security-policy']))?.[1];

  test("is the default project's for its own origin alone, unless another is named", async () => {
    const own = await fetchPath('/embed');
    expect(own.statusCode).toBe(200);
    expect(ancestorsOf(own)).toBe("'self'");
    expect(readBlock(own.body)).toMatchObject({
      projectId: 'project_default',
      embed: { origins: [] },
    });
    expect(own.headers).toMatchObject({
      'cross-origin-resource-policy': 'cross-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
    });
    const origins = ['https://library.example', 'http://localhost:*'];
    const fields = { name: 'Letters </script>', words: 'Of a library.', open: false, origins };
    const { project } = await site.coordinator.addProject(fields);
    for (const url of [`/embed?project=${project}`, `/embed-frame.html?project=${project}`]) {
      const framed = await fetchPath(url);
      expect(ancestorsOf(framed)).toBe("'self' https://library.example http://localhost:*");
      const block = readBlock(framed.body);
      expect(block).toMatchObject({
        project: 'Letters </script>',
        projectId: project,
        words: 'Of a library.',
        contentClass: 'personal',
        embed: { origins },
      });
      expect(block.projects.map(({ id }: { id: string }) => id)).toEqual(['project_default']);
      expect(framed.headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  test('of a project that is none is not found, and framed by nobody', async () => {
    for (const query of ['project=none', 'project=', 'project=%00', 'project=a&project=b']) {
      const answer = await fetchPath(`/embed?${query}`);
      expect(answer.statusCode, query).toBe(404);
      expect(ancestorsOf(answer)).toBe("'none'");
      expect(answer.body).not.toContain('script');
    }
  });

  test('is shown by an example of our own, and by no other page', async () => {
    const policyOf = async (url: string) =>
      String((await fetchPath(url)).headers['content-security-policy']);
    expect(await policyOf('/embed.html')).toContain("frame-src 'self'");
    for (const url of ['/', '/admin', '/embed']) {
      expect(await policyOf(url)).not.toContain('frame-src');
    }
  });

  test("'s module is anyone's to load, and nothing else is", async () => {
    const module = await fetchPath('/widget/idlewild.js');
    expect(module.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'no-cache',
    });
    for (const url of ['/', '/assets/main-a1b2c3d4.js', '/admin']) {
      const { headers } = await fetchPath(url);
      expect(headers['cross-origin-resource-policy'], url).toBe('same-origin');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

test('the page lists the open projects, and how long consent lasts', async () => {
  const block = readBlock((await fetchPath('/')).body);
  expect(block.consentMs).toBe(90 * 24 * 3_600_000);
  expect(block.embed).toBeUndefined();
  expect(block.projects[0]).toEqual({
    id: 'project_default',
    name: 'Idlewild',
    words: block.words,
    contentClass: 'personal',
    models: [],
    verification: 'sampled',
    isDefault: true,
  });
});

test.each([
  ['/admin', '<title>Operator</title>'],
  ['/market', '<title>Market</title>'],
])('%s is served under the same policy, and kept by nobody', async (url, body) => {
  const answer = await fetchPath(url);
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe(body);
  expect(answer.headers['cache-control']).toBe('no-cache');
  expect(answer.headers['content-security-policy']).toMatch(
    /style-src 'self';.*form-action 'none'/,
  );
});

test('without a token administration is off, whatever is sent', async () => {
  const answer = await fetchPath('/v1/admin/overview', { authorization: 'Bearer undefined' });
  expect(answer.statusCode).toBe(403);
  expect(answer.json().error.code).toBe('admin_off');
});
