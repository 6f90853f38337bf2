// Strangers who mean harm, on both sides: what they send is refused with a code in the shape of
// their side, and nothing crashes, fills the disk, stands still or tells a path.
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { planBatch } from '#coordinator/plan-batch.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { outputDigest } from '#protocol/unit.ts';
import type { WireErrorBody } from '#protocol/wire.ts';
import { Refused } from './test-contributor.ts';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(async () => {
  await site.coordinator.checkBooks();
  await site.clear();
});
afterAll(() => site.close());

const lines = (count: number) => makeTexts(count).map((text, i) => embedLine(`${i}`, text));
const nothing = { units: 0, models: [], speed: 1e9 };

async function listBlobs(): Promise<string[]> {
  const all = await readdir(path.join(site.dataFolder, 'blobs'), { recursive: true });
  return all.filter((name) => name.length > 'temporary'.length);
}

describe('a requester', () => {
  test.each([
    '/v1/files/%00',
    '/v1/files/a%00/content',
    '/v1/files?after=%00',
    '/v1/files?purpose=%00',
    '/v1/files?after=a&after=b',
    '/v1/batches/%00',
    '/v1/batches?after=%00',
    '/v1/receipts/%00',
    '/v1/files/%zz',
  ])('that asks for %s is refused in its own shape', async (url) => {
    const { status, raw } = await site.get(url);
    expect(status).toBe(400);
    expect(JSON.parse(raw.toString()).error).toMatchObject({ type: 'invalid_request_error' });
  });

  test.each([{ a: '\0' }, { '\0': 'a' }, { a: '\ud800' }])(
    'whose metadata is %j',
    async (metadata) => {
      const input_file_id = await site.upload('x');
      const body = { input_file_id, endpoint: '/v1/embeddings', completion_window: '24h' };
      const { status, json } = await site.post('/v1/batches', { ...body, metadata });
      expect(status).toBe(400);
      expect(json.error.param).toMatch(/^metadata/);
      expect((await site.post('/v1/batches', { ...body, input_file_id: '\0' })).status).toBe(400);
    },
  );

  test('may name a file as it likes', async () => {
    const boundary = 'b';
    const payload = [
      `--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch`,
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a\0b"\r\n\r\nx`,
      `--${boundary}--\r\n`,
    ].join('\r\n');
    const answer = await site.coordinator.inject({
      method: 'POST',
      url: '/v1/files',
      headers: {
        authorization: `Bearer ${site.apiKey}`,
        'content-type': `multipart/form-data; boundary=${boundary}`,
      },
      payload,
    });
    expect(answer.json()).toMatchObject({ filename: 'a\ufffdb', bytes: 1 });
  });

  test('that says JSON and sends no body, as curl does, can cancel and delete', async () => {
    const id = await site.submit(lines(2));
    const headers = {
      authorization: `Bearer ${site.apiKey}`,
      'content-type': 'application/json',
    };
    const call = (method: 'POST' | 'DELETE', url: string) =>
      site.coordinator.inject({ method, url, headers });
    expect((await call('POST', `/v1/batches/${id}/cancel`)).json().status).toBe('cancelling');
    const file = await site.upload('x');
    expect((await call('DELETE', `/v1/files/${file}`)).json().deleted).toBe(true);
    expect((await call('POST', '/v1/batches')).statusCode).toBe(400);
  });

  test('whose file is all broken or blank lines is answered before the file is read whole', async () => {
    let read = 0;
    async function* endless(text: string) {
      const chunk = Buffer.alloc(64 << 10, text);
      for (;;) {
        read += chunk.length;
        yield chunk;
      }
    }
    const models = { list: () => [], find: () => undefined, shard: () => undefined };
    for (const [text, code] of [
      ['x\n', 'invalid_json_line'],
      ['\n', 'too_many_lines'],
      [' \r\n', 'too_many_lines'],
    ]) {
      const planned = await planBatch(endless(text), '/v1/embeddings', models);
      expect(planned.kind === 'failed' && planned.errors.at(-1)).toMatchObject({ code });
    }
    expect(read).toBeLessThan(16 << 20);
  });
});

describe('a contributor', () => {
  const codeOf = async (call: Promise<unknown>) => {
    const thrown = await call.then(
      () => null,
      (error: unknown) => error,
    );
    return thrown instanceof Refused ? thrown.error.code : thrown;
  };

  test('that sends a NUL in any text', async () => {
    const who = await site.contributor();
    const request = await who.makeSessionRequest();
    const capabilities = { ...request.capabilities, adapter: '\0' };
    const { leases } = await who.work();
    const sealed = await who.sealCall(who.makeWorkRequest(), { session: '\0' });
    for (const call of [
      () => who.post('/v1/sessions', { ...request, capabilities }),
      () => who.post('/v1/work', sealed),
      () => who.work({ awaiting: ['\0'] }),
      () => who.work({ returns: [{ lease: '\0', reason: 'failed', detail: '' }] }),
    ])
      expect(await codeOf(call())).toBe('wire/malformed');
    expect(leases).toEqual([]);
  });

  test('that sends a body of millions of small things', async () => {
    const who = await site.contributor();
    const body = new Uint8Array(8 << 20).fill(0x80);
    body.set([0x9a, 0x00, 0x7f, 0xff, 0xfb]);
    const { status, body: bytes } = await who.send('/v1/work', body);
    expect(status).toBe(400);
    expect((decodeCbor(bytes) as WireErrorBody).error).toMatchObject({
      code: 'cbor/malformed',
      message: expect.stringContaining('cborItemsMax'),
    });
  });

  test('whose result cannot be read is told so', async () => {
    const who = await site.contributor();
    const unreadable = { payload: encodeCbor([1]), output: null };
    const { verdicts } = await who.work({ results: [unreadable] });
    expect(verdicts).toMatchObject([{ state: 'rejected', code: 'result/malformed' }]);
  });

  test('that ran out of time twice on one unit is answered, and counted once', async () => {
    await site.submit(lines(3));
    const who = await site.contributor();
    const results = [];
    for (let i = 0; i < 2; i++) {
      const { leases } = await who.work();
      results.push(await who.makeResult(leases[0]));
      site.clock.now += leases[0].leaseMs + 1;
      await site.coordinator.settle();
    }
    const { verdicts, totals } = await who.work({ results, want: nothing });
    expect(verdicts).toMatchObject([
      { state: 'pending' },
      { state: 'rejected', code: 'lease/expired' },
    ]);
    expect(totals.pending).toBe(1);
  });

  test('whose grant ended while it computed brings its result by its next session', async () => {
    const own = await startTestSite({ waits: { grantMs: 10_000 } });
    await own.submit(lines(3));
    const who = await own.contributor();
    const { leases } = await who.work();
    const result = await who.makeResult(leases[0]);
    own.clock.now += 15_000;
    expect(await codeOf(who.work({ results: [result] }))).toBe('session/expired');
    await who.changeKey();
    await who.open();
    const { verdicts, totals } = await who.work({ results: [result], want: nothing });
    expect(verdicts).toMatchObject([{ state: 'pending', code: 'verdict/awaiting-partner' }]);
    expect(totals).toMatchObject({ pending: 1, rejected: 0 });
    await own.close();
  });

  test('cannot fill the disk with outputs that nobody leased or asked for', async () => {
    await site.submit(lines(70));
    const [who, partner] = [await site.contributor(), await site.contributor()];
    const { leases } = await who.work({ want: { units: 2, models: [], speed: 1e9 } });
    const good = await who.makeResult(leases[0]);
    await who.work({ results: [good], want: nothing });
    const asked = await partner.work();
    expect(asked.leases[0].deliver).toBe('digest');
    const before = await listBlobs();
    const junk = async (from: typeof who, lease: (typeof leases)[0], change = {}) => {
      const spoil = (output: Uint8Array<ArrayBuffer>) => output.map(() => Math.random() * 256);
      const result = await from.makeResult(lease, spoil, change);
      const output = spoil(from.compute(lease));
      const payload = encodeCbor({
        ...(decodeCbor(result.payload) as object),
        digest: outputDigest(output, lease.rows),
      });
      return { payload, output };
    };
    const results = [
      await junk(who, leases[0]),
      await junk(who, leases[1], { lease: 'lease_none' }),
    ];
    await who.work({ results, want: nothing });
    await partner.work({
      results: [await junk(partner, leases[1]), await junk(partner, asked.leases[0])],
      want: nothing,
    });
    expect(await listBlobs()).toEqual(before);
  });

  test('holds its lease over a restart, and its output is kept then as well', async () => {
    await site.submit(lines(3));
    const who = await site.contributor();
    const { leases } = await who.work();
    await site.reopen();
    const result = await who.makeResult(leases[0]);
    const { verdicts } = await who.work({ results: [result], want: nothing });
    expect(verdicts).toMatchObject([{ state: 'pending', code: 'verdict/awaiting-partner' }]);
  });
});

test('half a request does not hold up a stop', async () => {
  const own = await startTestSite({ waits: { closeMs: 50 } });
  await own.coordinator.listen({ host: '127.0.0.1', port: 0 });
  const { port } = new URL(own.coordinator.origin());
  const head = [
    'POST /v1/files HTTP/1.1',
    'host: localhost',
    `authorization: Bearer ${own.apiKey}`,
    'content-type: multipart/form-data; boundary=b',
    'content-length: 100000',
    'expect: 100-continue',
    '\r\n',
  ].join('\r\n');
  const socket = connect(Number(port), '127.0.0.1');
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  socket.write(head);
  await new Promise((resolve) => socket.once('data', resolve));
  await own.close();
  await ended;
});
