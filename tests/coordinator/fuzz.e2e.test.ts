// Any bytes at all: the coordinator refuses them by name, and never with a failure of its own.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import type { WireErrorBody } from '#protocol/wire.ts';
import { sha256 } from '#sha256';
import type { TestContributor } from './test-contributor.ts';
import { embedLine, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
let who: TestContributor;
beforeAll(async () => {
  site = await startTestSite();
  who = await site.contributor();
});
afterAll(() => site.close());

const json = fc.jsonValue({ maxDepth: 3 });

/** A value with one of its fields, at any depth, replaced. */
function replaceOne(value: unknown, path: number[], by: unknown): unknown {
  if (path.length === 0 || typeof value !== 'object' || value === null) return by;
  if (value instanceof Uint8Array) return by;
  const keys = Object.keys(value);
  if (keys.length === 0) return by;
  const key = keys[path[0] % keys.length];
  const inner = (value as Record<string, unknown>)[key];
  const changed = replaceOne(inner, path.slice(1), by);
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? changed : item));
  return { ...value, [key]: changed };
}

const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });
const anything = fc.oneof(json, fc.uint8Array({ maxLength: 80 }));

async function refusedOrAnswered(url: string, body: Uint8Array): Promise<void> {
  const { status, body: answer } = await who.send(url, body);
  expect(status).toBeLessThan(500);
  if (status !== 200) {
    const { error } = decodeCbor(answer) as WireErrorBody;
    expect(error.code).toMatch(/^[a-z]+\/[a-z-]+$/);
    expect(error.message).not.toBe('');
  }
}

test('bytes to every contributor call', async () => {
  const urls = fc.constantFrom('/v1/challenges', '/v1/sessions', '/v1/work');
  await fc.assert(fc.asyncProperty(urls, fc.uint8Array({ maxLength: 200 }), refusedOrAnswered), {
    numRuns: 150,
  });
});

test('a session request with any field replaced', async () => {
  await fc.assert(
    fc.asyncProperty(path, anything, async (where, by) => {
      site.clock.now += 60_000;
      const request = await who.makeSessionRequest();
      await refusedOrAnswered('/v1/sessions', encodeCbor(replaceOne(request, where, by)));
    }),
    { numRuns: 60 },
  );
});

test('a signed work request with any field replaced', async () => {
  const id = await site.submit([embedLine('a', 'w1')]);
  const { leases } = await who.work();
  const result = await who.makeResult(leases[0]);
  await fc.assert(
    fc.asyncProperty(path, anything, async (where, by) => {
      const request = who.makeWorkRequest({
        results: [result],
        returns: [{ lease: 'x', reason: 'failed', detail: '' }],
        awaiting: ['y'],
      });
      const body = encodeCbor(replaceOne(request, where, by));
      const call = await who.sealCall(request, { body: sha256(body) });
      await refusedOrAnswered('/v1/work', encodeCbor({ ...call, body }));
      const head = replaceOne(decodeCbor(call.payload), where, by) as object;
      const resealed = { ...(await who.seal(head)), body: call.body };
      await refusedOrAnswered('/v1/work', encodeCbor(resealed));
    }),
    { numRuns: 150 },
  );
  await site.coordinator.checkBooks();
  expect((await site.batch(id)).status).toMatch(/in_progress|completed/);
});

test('any JSON as a batch, and as a line of one', async () => {
  await fc.assert(
    fc.asyncProperty(json, async (body) => {
      expect((await site.post('/v1/batches', body)).status).toBeLessThan(500);
      expect((await site.post('/v1/embeddings', body)).status).toBeLessThan(500);
    }),
    { numRuns: 60 },
  );
  await fc.assert(
    fc.asyncProperty(path, json, async (where, by) => {
      const line = replaceOne(embedLine('a', ['w1', 'w2']), where, by);
      const batch = await site.batch(await site.submit([line]));
      expect(['failed', 'in_progress', 'completed']).toContain(batch.status);
    }),
    { numRuns: 60 },
  );
});
