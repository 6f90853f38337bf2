// The lines of a batch: what good ones of every kind give, and what bad ones get.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { embedLine, makeTexts, startTestSite, type TestSite } from './test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite();
});
afterEach(() => site.clear());
afterAll(() => site.close());

const good = (id: string) => embedLine(id, 'w1 w2');

describe('a batch file that fails as a whole names its lines', () => {
  const cases: [string, (string | object)[], { code: string; line: number | null }[]][] = [
    [
      'broken JSON',
      [good('a'), '{"custom_id":', good('b'), 'no'],
      [
        { code: 'invalid_json_line', line: 2 },
        { code: 'invalid_json_line', line: 4 },
      ],
    ],
    [
      'a duplicate custom_id',
      [good('a'), good('b'), good('a')],
      [{ code: 'duplicate_custom_id', line: 3 }],
    ],
    [
      'another endpoint',
      [{ ...good('a'), url: '/v1/chat/completions' }],
      [{ code: 'mismatched_url', line: 1 }],
    ],
    ['another method', [{ ...good('a'), method: 'GET' }], [{ code: 'invalid_method', line: 1 }]],
    [
      'no custom_id',
      [{ ...good('a'), custom_id: undefined }],
      [{ code: 'missing_required_parameter', line: 1 }],
    ],
    ['no body', [{ ...good('a'), body: 'x' }], [{ code: 'missing_required_parameter', line: 1 }]],
    ['no line', ['', '  '], [{ code: 'empty_file', line: null }]],
    [
      'a line of 10 MB',
      [good('a'), embedLine('b', 'w'.repeat(10 << 20))],
      [{ code: 'line_too_long', line: 2 }],
    ],
  ];
  test.each(cases)('%s', async (_, lines, errors) => {
    const batch = await site.batch(await site.submit(lines));
    expect(batch).toMatchObject({ status: 'failed', output_file_id: null });
    expect(batch.errors).toMatchObject({ object: 'list', data: errors });
    expect(batch.errors.data[0].message).not.toBe('');
  });

  test('bytes that are no UTF-8', async () => {
    const file = await site.upload(Buffer.from([0x22, 0xff, 0xfe, 0x22, 10]));
    const { json } = await site.post('/v1/batches', {
      input_file_id: file,
      endpoint: '/v1/embeddings',
      completion_window: '24h',
    });
    await site.coordinator.settle();
    const { errors } = await site.batch(json.id);
    expect(errors.data).toMatchObject([{ code: 'invalid_json_line', line: 1 }]);
  });
});

describe('a line that is wrong in itself', () => {
  test('gets an error line, and the rest goes on', async () => {
    const bad: [unknown, (string | undefined)?, object?][] = [
      [''],
      [[]],
      [['w1', '']],
      ['w1', 'no-such-model'],
      [Array(65).fill('w1').join(' ')],
      [[999]],
      [{ text: 'w1' }],
      ['w1', undefined, { dimensions: 3 }],
      ['w1', undefined, { encoding_format: 'hex' }],
    ];
    const lines = bad.map(([input, model, rest], i) => embedLine(`bad-${i}`, input, model, rest));
    const id = await site.submit([good('first'), ...lines, good('last')]);
    expect(await site.batch(id)).toMatchObject({
      status: 'in_progress',
      request_counts: { total: 11, completed: 0, failed: 9 },
    });
    const alice = await site.contributor();
    await alice.turn();
    await site.coordinator.settle();
    const batch = await site.batch(id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 11, completed: 2, failed: 9 },
    });
    const output = await site.lines(batch.output_file_id);
    expect(output.map(({ custom_id }: { custom_id: string }) => custom_id)).toEqual([
      'first',
      'last',
    ]);
    const errors = await site.lines(batch.error_file_id);
    expect(errors.map(({ response }) => response.status_code)).toEqual([
      400, 400, 400, 404, 400, 400, 400, 400, 400,
    ]);
    expect(errors.map(({ response }) => response.body.error.code)).toEqual([
      'empty_input',
      'empty_input',
      'empty_input',
      'model_not_found',
      'context_length_exceeded',
      'invalid_token',
      null,
      null,
      null,
    ]);
  });

  test('alone in its batch, the batch completes without a contributor', async () => {
    const id = await site.submit([embedLine('a', '')]);
    const batch = await site.batch(id);
    expect(batch).toMatchObject({ status: 'completed', output_file_id: null });
    expect(await site.lines(batch.error_file_id)).toHaveLength(1);
  });
});

test('inputs of all kinds, in either encoding, across units', async () => {
  const texts = makeTexts(40);
  const id = await site.submit([
    embedLine('texts', texts),
    embedLine('tokens', [2, 5, 6, 3], undefined, { encoding_format: 'base64' }),
    embedLine('rows', [
      [2, 5, 6, 3],
      [2, 9, 3],
    ]),
    embedLine('text', 'w1 w2', site.model.id),
  ]);
  const alice = await site.contributor();
  await alice.turn();
  await site.coordinator.settle();
  await alice.turn();
  await site.coordinator.settle();
  const batch = await site.batch(id);
  expect(batch).toMatchObject({ status: 'completed', x_units: { total: 2 } });
  const lines = await site.lines(batch.output_file_id);
  const body = (index: number) => lines[index].response.body;
  expect(body(0).data).toHaveLength(40);
  expect(body(0).data.map(({ index }: { index: number }) => index)).toEqual(texts.map((_, i) => i));
  expect(lines[0].x_receipts.length).toBe(2);
  const bytes = Buffer.from(body(1).data[0].embedding, 'base64');
  const floats = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
  expect(floats).toEqual(body(2).data[0].embedding);
  expect(body(3).data[0].embedding).toEqual(body(2).data[0].embedding);
  expect(body(2).usage).toEqual({ prompt_tokens: 7, total_tokens: 7 });
  expect(body(0).model).toBe('synthetic-1');
});
