// The log's lines: JSON, with request ids, and without anything secret, however it got there.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { readRequestId } from '#coordinator/request-hooks.ts';
import { blotSecrets, createServerLog } from '#coordinator/server-log.ts';

const apiKey = `sk-idlewild-${'a-Zb_9'.repeat(7)}`;
const databaseUrl = 'postgres://idlewild:hunter22@db.example/idlewild';
const adminToken = 'correct-horse-battery-staple';
const signature = 'ab'.repeat(64);

function openLog() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const secrets = [databaseUrl, adminToken];
  return { lines, log: createServerLog({ level: 'debug', destination, secrets }) };
}

test('no line holds a secret: not by its name, not by its looks, not by its value', () => {
  const { lines, log } = openLog();
  const cause = Object.assign(new Error(`connect ${databaseUrl}`), { parameters: [apiKey] });
  const err = Object.assign(new Error(`Bearer ${adminToken} was refused`, { cause }), {
    detail: 'Key (text)=(Call me Ishmael)',
    body: 'Call me Ishmael',
  });
  log.error({ err, requestId: 'trace-0123456789' }, `the key ${apiKey} failed`);
  log.info({ request: { headers: { authorization: `Bearer ${apiKey}` } } }, 'request');
  log.info({ result: { signature, payload: 'Call me Ishmael', input: ['Call me Ishmael'] } });
  log.info({ bytes: new TextEncoder().encode('Call me Ishmael'), hex: signature });
  log.warn(`the token ${adminToken}, the address ${databaseUrl}`);
  const all = lines.join('');
  for (const secret of [apiKey, adminToken, databaseUrl, 'hunter22', signature, 'Ishmael']) {
    expect(all).not.toContain(secret);
  }
  expect(lines).toHaveLength(5);
  const [first, second] = lines.map((line) => JSON.parse(line));
  expect(first).toMatchObject({
    level: 'error',
    requestId: 'trace-0123456789',
    msg: 'the key [hidden] failed',
    err: { type: 'Error', message: '[hidden] was refused', cause: { message: 'connect [hidden]' } },
  });
  expect(Date.parse(first.time)).toBeGreaterThan(0);
  expect(second.request.headers).toBe('[hidden]');
});

test('what is no secret stays as it is', () => {
  const digest = 'cd'.repeat(32);
  const line = `{"batch":"batch_0123","unit":"${digest}","route":"/v1/batches/:id"}`;
  expect(blotSecrets(line, [adminToken])).toBe(line);
});

test.each([
  ['trace-0123456789', true],
  ['01234567-89ab-cdef-0123-456789abcdef', true],
  ['short', false],
  ['a'.repeat(129), false],
  ['new\nline-in-it', false],
  ['{"json":"of ours"}', false],
  [undefined, false],
])('a request id of %j is kept: %s', (given, kept) => {
  const headers = given === undefined ? {} : { 'x-request-id': given };
  const id = readRequestId({ headers });
  if (kept) expect(id).toBe(given);
  else expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});
