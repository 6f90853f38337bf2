// Requests gathered into batches, and the answers given back to whoever asked. The coordinator here is
// a list in memory: ocr-batch.e2e.test.ts has the real one.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BatchInference, type BatchRequester } from '#cli/infer-batch.ts';
import type { Batch } from '#cli/requester.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { tensorsToJson } from '#protocol/tensor-json.ts';
import { floats } from '../onnx/requests.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const ask = (value: number) => ({ x: floats([1], [value]) });

interface Given {
  bytesMax?: number;
  signal?: AbortSignal;
  status?: string;
  /** Of a line: its answer's body, or null where it has none. */
  answer?: (line: { custom_id: string; body: unknown }) => object | null;
}

/** Answers each line with its own inputs. */
function open({ status = 'completed', answer, ...options }: Given = {}) {
  const uploads: string[][] = [];
  const cancelled: string[] = [];
  const reply = answer ?? (({ body }) => ({ outputs: (body as { inputs: object }).inputs }));
  const batch = (id: string, completed: number): Batch => ({
    id,
    status,
    errors: { data: [{ line: 1, message: 'As the test says.' }] },
    output_file_id: id,
    error_file_id: null,
    request_counts: { total: 1, completed, failed: 0 },
    x_units: { total: 4, completed, being_checked: 0 },
  });
  const requester: BatchRequester = {
    async upload(jsonl) {
      return String(uploads.push(jsonl.trimEnd().split('\n')) - 1);
    },
    createBatch: async (file, options) => {
      expect(options).toEqual({ endpoint: '/v1/infer' });
      return batch(file, 0);
    },
    async waitForBatch(id, onPoll) {
      onPoll(batch(id, 1));
      return batch(id, 4);
    },
    async cancelBatch(id) {
      cancelled.push(id);
      if (status === 'failed') throw new IdlewildError('requester/refused', 'It is over.');
      return batch(id, 1);
    },
    async outputLines<Line>(file: string): Promise<Line[]> {
      const lines = uploads[Number(file)].map((line) => JSON.parse(line));
      return lines.toReversed().flatMap((line) => {
        const body = reply(line);
        return body ? [{ custom_id: line.custom_id, response: { body } } as Line] : [];
      });
    },
  };
  return { inference: new BatchInference(requester, 'model', options), uploads, cancelled };
}

test('what several ask at one time is one batch, and each gets its own answers in order', async () => {
  const { inference, uploads } = open();
  const shares: number[] = [];
  const first = inference.infer([ask(1), ask(2)], { onShare: (share) => shares.push(share) });
  const second = inference.infer([ask(3)]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await first).toEqual([ask(1), ask(2)]);
  expect(await second).toEqual([ask(3)]);
  expect(uploads).toHaveLength(1);
  expect(JSON.parse(uploads[0][2])).toEqual({
    custom_id: '2',
    method: 'POST',
    url: '/v1/infer',
    body: { model: 'model', inputs: tensorsToJson(ask(3)) },
  });
  // A quarter of the units was done when it was looked at.
  expect(shares.at(-1)).toBe(0.25);
});

test('what is asked later, or would be too much, is a batch of its own', async () => {
  const { inference, uploads } = open({ bytesMax: 7 });
  const both = [inference.infer([ask(1)]), inference.infer([ask(2)])];
  await vi.advanceTimersByTimeAsync(5_000);
  await Promise.all(both);
  const later = inference.infer([ask(1)]);
  await vi.advanceTimersByTimeAsync(5_000);
  await later;
  expect(uploads.map(({ length }) => length)).toEqual([1, 1, 1]);
});

async function failOf(asked: Promise<unknown>): Promise<IdlewildError> {
  const failure = asked.then(
    () => new IdlewildError('test/answered', 'It was answered.'),
    (thrown: IdlewildError) => thrown,
  );
  await vi.advanceTimersByTimeAsync(5_000);
  return failure;
}

test('a line with a fault fails who asked it, and nobody else', async () => {
  const { inference } = open({
    answer: ({ custom_id: id }) =>
      id === '0' ? { error: { message: 'No.' } } : { outputs: tensorsToJson(ask(2)) },
  });
  const other = inference.infer([ask(1)]);
  const bad = failOf(other);
  const good = inference.infer([ask(2)]);
  expect((await bad).message).toContain('has no answer: No.');
  expect(await good).toEqual([ask(2)]);
});

test('a batch that is refused or runs out of time says so', async () => {
  const refused = await failOf(open({ status: 'failed' }).inference.infer([ask(1)]));
  expect(refused).toMatchObject({ code: 'infer/batch', metaMessages: ['As the test says.'] });
  const late = open({ status: 'expired', answer: () => null });
  expect((await failOf(late.inference.infer([ask(1)]))).message).toContain('the batch is expired');
});

test('a signal cancels each batch once, and takes no further request', async () => {
  const stop = new AbortController();
  const { inference, uploads, cancelled } = open({ signal: stop.signal, bytesMax: 7 });
  const asked = [inference.infer([ask(1)]), inference.infer([ask(2)])];
  const failures = Promise.all(asked.map(failOf));
  stop.abort();
  // One was sent when the next did not fit; the other waited for company.
  expect(await failures).toMatchObject([
    { code: 'infer/cancelled', message: expect.stringContaining('The batch 0 was cancelled.') },
    { code: 'infer/cancelled', message: expect.stringContaining('before a batch was made') },
  ]);
  expect(await failOf(inference.infer([ask(3)]))).toMatchObject({ code: 'infer/cancelled' });
  expect(cancelled).toEqual(['0']);
  expect(uploads).toHaveLength(1);
});

test('a batch that cannot be cancelled is named', async () => {
  const stop = new AbortController();
  const { inference } = open({ signal: stop.signal, status: 'failed', bytesMax: 7 });
  const failure = failOf(inference.infer([ask(1)]));
  inference.infer([ask(2)]).catch(() => {});
  stop.abort();
  expect((await failure).message).toContain('The batch 0 could not be cancelled, and goes on.');
});
