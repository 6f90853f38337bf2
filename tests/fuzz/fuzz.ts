// The fuzzer: cases one after another against a whole coordinator. None may be answered with a 5xx or
// not at all, and the heap may not grow with their number.
import fc from 'fast-check';
import { embedLine, makeTexts, type TestSite } from '../coordinator/test-site.ts';
import { type FuzzCase, fuzzCases, type Known } from './cases.ts';

/** Of a site that is to be administered while it is fuzzed. */
export const adminToken = 'a-token-of-some-thirty-two-letters';

export interface FuzzOptions {
  cases: number;
  seed: number;
  onProgress?(done: number): void;
}

export interface FuzzReport {
  cases: number;
  /** Answers by status. */
  statuses: Record<number, number>;
  /** Those of the operator's side. */
  adminStatuses: Record<number, number>;
  /** Of the heap after the first half, and at the end, collected where that can be asked for. */
  heapBytesHalf: number;
  heapBytesEnd: number;
}

/** Codes that a coordinator may give under load, and none else from 500 on. */
const busyStatuses = new Set([503, 507]);
/** A cancelled batch or deleted file is no good for the next cases. */
const renewEvery = 500;
const agesMs = 1_000;

/** A project with a spare key, made as the operator would; names of nothing where there is none. */
async function makeAdministered(site: TestSite): Promise<{ project: string; spareKey: string }> {
  const made = await site.post('/v1/admin/projects', { name: 'fuzz' }, { key: adminToken });
  if (made.status === 403) return { project: 'x', spareKey: 'x' };
  const project = made.json.id;
  const key = await site.post('/v1/admin/keys', { project }, { key: adminToken });
  return { project, spareKey: key.json.id };
}

async function makeKnown(site: TestSite): Promise<Known> {
  const lines = makeTexts(3).map((text, i) => embedLine(`${i}`, text));
  const batch = await site.submit(lines, site.apiKey, { x_open: true });
  const [alice, bob] = [await site.contributor(), await site.contributor()];
  await alice.turn();
  await bob.turn();
  await site.coordinator.settle();
  const { output_file_id } = await site.batch(batch);
  const [line] = await site.lines(output_file_id);
  const file = await site.upload(JSON.stringify(embedLine('a', 'w1')));
  const shard = site.model.shards[0];
  return {
    apiKey: site.apiKey,
    file,
    batch,
    shard: Buffer.from(await crypto.subtle.digest('SHA-256', shard)).toString('hex'),
    model: site.model.id,
    receipt: line.x_receipts[0],
    adminToken,
    account: alice.address,
    ...(await makeAdministered(site)),
  };
}

function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

async function sendCase(site: TestSite, one: FuzzCase): Promise<number> {
  const { method, url, headers, body, address = '10.200.0.1' } = one;
  const answer = await site.coordinator.inject({
    method,
    url,
    headers,
    remoteAddress: address,
    ...(body && { payload: Buffer.from(body) }),
  });
  return answer.statusCode;
}

/** @throws with the case, its seed and its answer at the first 5xx */
export async function fuzz(site: TestSite, options: FuzzOptions): Promise<FuzzReport> {
  const { cases, seed, onProgress } = options;
  const statuses: Record<number, number> = {};
  const adminStatuses: Record<number, number> = {};
  let heapBytesHalf = 0;
  for (let done = 0; done < cases; done += renewEvery) {
    const known = await makeKnown(site);
    const numRuns = Math.min(renewEvery, cases - done);
    await fc.assert(
      fc.asyncProperty(fuzzCases(known), async (one) => {
        // Time passes, so that limits of a minute do not end it.
        site.clock.now += agesMs;
        const status = await sendCase(site, one);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (one.url.startsWith('/v1/admin/')) {
          adminStatuses[status] = (adminStatuses[status] ?? 0) + 1;
        }
        if (status >= 500 && !busyStatuses.has(status)) throw new Error(`answered ${status}`);
      }),
      { numRuns, seed: seed + done },
    );
    await site.clear();
    if (heapBytesHalf === 0 && done + numRuns >= cases / 2) heapBytesHalf = heapBytes();
    onProgress?.(done + numRuns);
  }
  await site.coordinator.checkBooks();
  return { cases, statuses, adminStatuses, heapBytesHalf, heapBytesEnd: heapBytes() };
}
