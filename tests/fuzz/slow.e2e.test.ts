// Connections that never finish what they begin: hundreds of them hold nobody up, and end with the
// coordinator.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '#protocol/limits.ts';
import { createTestContributor } from '../coordinator/test-contributor.ts';
import { embedLine, startTestSite, type TestSite } from '../coordinator/test-site.ts';

const connectionsEach = 150;

let site: TestSite;
let port: number;
const connectionsMax = connectionsEach * 5 + 50;
beforeAll(async () => {
  site = await startTestSite({ waits: { closeMs: 50 }, connectionsMax });
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  port = Number(new URL(site.coordinator.origin()).port);
});
afterAll(() => site.close());

const head = (first: string, more: string[] = []) =>
  [first, 'host: localhost', ...more, ''].join('\r\n');

/** What each kind of slow caller sends before it falls silent. */
const beginnings: [string, () => string][] = [
  ['nothing', () => ''],
  ['half of a request line', () => 'GET /v1/coord'],
  ['headers without an end', () => head('GET /v1/coordinator HTTP/1.1', ['x-slow: 1'])],
  [
    'a body that does not come',
    () =>
      `${head('POST /v1/work HTTP/1.1', ['content-type: application/cbor', 'content-length: 1000'])}\r\n`,
  ],
  [
    'an upload that stops',
    () =>
      `${head('POST /v1/files HTTP/1.1', [
        `authorization: Bearer ${site.apiKey}`,
        'content-type: multipart/form-data; boundary=b',
        'transfer-encoding: chunked',
      ])}\r\n5\r\n--b\r\n\r\n`,
  ],
];

/** @param from one of this machine's addresses: each may hold only so many */
async function open(begin: string, from = 1): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${from}` });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(begin);
  return socket;
}

test('hold nobody up, and end with the coordinator', async () => {
  const sockets: Socket[] = [];
  for (const [from, [, begin]] of beginnings.entries()) {
    for (let i = 0; i < connectionsEach; i++) sockets.push(await open(begin(), from + 1));
  }
  const batch = await site.submit([embedLine('a', 'w1'), embedLine('b', 'w2')]);
  const who = await createTestContributor({
    weights: site.model.weights,
    async send(path, body) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/cbor' },
        body: Buffer.from(body),
      });
      return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
    },
  });
  await who.open();
  const { leases, answer } = await who.turn();
  expect(leases).toHaveLength(1);
  expect(answer?.verdicts).toMatchObject([{ state: 'pending' }]);
  expect((await site.batch(batch)).status).toBe('in_progress');

  const ended = sockets.map((socket) =>
    socket.closed ? undefined : new Promise((resolve) => socket.once('close', resolve)),
  );
  await site.coordinator.close();
  await Promise.all(ended);
});

test('what is no HTTP at all is refused, and its connection ended', async () => {
  await site.reopen();
  await site.coordinator.listen({ host: '127.0.0.1', port: 0 });
  port = Number(new URL(site.coordinator.origin()).port);
  for (const bytes of [
    '\x16\x03\x01\x02\x00',
    'GET / HTTP/9.9\r\n\r\n',
    `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(5_000)}\r\n`,
  ]) {
    const socket = await open(bytes);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 4\d\d /);
    if (!socket.closed) await once(socket, 'close');
  }
});

test('one connection over the limit is closed, and a place that is left is given', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < connectionsMax; i++) sockets.push(await open('', 1 + (i % 5)));
  const heard: Buffer[] = [];
  const tooMany = connect(port, '127.0.0.1').on('data', (bytes) => heard.push(bytes));
  tooMany.on('error', () => {});
  await once(tooMany, 'close');
  expect(heard).toEqual([]);

  const asks = `${head('GET /livez HTTP/1.1', ['connection: close'])}\r\n`;
  const [kept, left] = sockets;
  kept.write(asks);
  const [answer] = (await once(kept, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
  left.destroy();
  // Until the coordinator has heard of it, there is no place.
  const isOpen = () =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      () => true,
      () => false,
    );
  while (!(await isOpen()));
  const { body } = await site.coordinator.inject({ url: '/metrics' });
  expect(body).toMatch(/^idlewild_connections_refused_total{limit="connectionsMax"} [1-9]/m);
  for (const socket of sockets) socket.destroy();
});

test('one address over its limit is refused, and another is not', async () => {
  const most = limits.connectionsPerAddressMax;
  const sockets: Socket[] = [];
  for (let i = 0; i < most; i++) sockets.push(await open('', 9));
  const tooMany = await open('', 9);
  if (!tooMany.closed) await once(tooMany, 'close');
  const other = await open(`${head('GET /livez HTTP/1.1', ['connection: close'])}\r\n`, 10);
  const [answer] = (await once(other, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
  const { body } = await site.coordinator.inject({ url: '/metrics' });
  expect(body).toMatch(/^idlewild_connections_refused_total{limit="connectionsPerAddressMax"} 1$/m);
  for (const socket of sockets) socket.destroy();
});
