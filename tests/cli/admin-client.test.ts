// What takes long is followed by its progress: it may take any time while it gets further, and is
// given up when it does not.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openAdmin } from '#cli/admin-client.ts';

let server: Server;
let answer: (response: ServerResponse) => void;
let coordinator: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  coordinator = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  process.env.IDLEWILD_ADMIN_TOKEN = 'a-token';
});
afterEach(() => {
  delete process.env.IDLEWILD_ADMIN_TOKEN;
});

const line = (value: object) => `${JSON.stringify(value)}\n`;

async function follow(stalledMs?: number) {
  const heard: number[] = [];
  const admin = await openAdmin({ coordinator, json: false }, stalledMs);
  const answered = admin.follow<{ name: string }>('/v1/admin/x', {}, (bytes) => heard.push(bytes));
  return { heard, answer: await answered };
}

test('progress is heard, and then the answer, however it is cut', async () => {
  answer = (response) => {
    const whole = [
      { bytes: 0 },
      { bytes: 5 },
      { bytes: 5 },
      { bytes: 9 },
      { answer: { name: 'é' } },
    ];
    const bytes = Buffer.from(whole.map(line).join(''));
    for (const byte of bytes) response.write(Buffer.from([byte]));
    response.end();
  };
  expect(await follow()).toEqual({ heard: [0, 5, 9], answer: { name: 'é' } });
});

test('what gets no further is given up, though it says again and again that it lives', async () => {
  let timer: NodeJS.Timeout | undefined;
  answer = (response) => {
    timer = setInterval(() => response.write(line({ bytes: 7 })), 5);
  };
  await expect(follow(100)).rejects.toMatchObject({ code: 'admin/stalled' });
  clearInterval(timer);
});

test.each([
  ['a failure on the way', line({ error: { message: 'No room.' } }), 'admin/refused', 'No room.'],
  ['an end before the answer', line({ bytes: 3 }), 'admin/unreachable', 'ended before'],
])('%s is told', async (_, lines, code, words) => {
  answer = (response) => response.end(lines);
  const failed = follow();
  await expect(failed).rejects.toMatchObject({ code });
  await expect(failed).rejects.toThrow(words);
});
