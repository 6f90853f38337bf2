// Bytes from a server that is slow, busy, endless or wrong.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fetchBytes, fetchJson } from '#cli/fetch-bytes.ts';

let server: Server;
afterEach(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

async function serve(answer: RequestListener): Promise<URL> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/thing`);
}

const options = { bytesMax: 10, pauseMs: 0 };

test('come whole, or not at all', async () => {
  const url = await serve((_, response) => response.end('1234567890'));
  expect((await fetchBytes(url, options))?.length).toBe(10);
  await expect(fetchBytes(url, { ...options, bytesMax: 9 })).rejects.toMatchObject({
    code: 'fetch/too-large',
  });
  expect(await fetchJson(url, 20)).toBe(1234567890);
});

test.each([404, 410])('%i is nothing', async (status) => {
  const url = await serve((_, response) => response.writeHead(status).end('no'));
  expect(await fetchBytes(url, options)).toBeNull();
  expect(await fetchJson(url, 20)).toBeNull();
});

test('a busy server is asked again, a refusal is not', async () => {
  const statuses = [429, 503, 200, 403];
  const url = await serve((_, response) => response.writeHead(statuses.shift() ?? 500).end('x'));
  expect((await fetchBytes(url, options))?.length).toBe(1);
  await expect(fetchBytes(url, options)).rejects.toMatchObject({ code: 'fetch/refused' });
  await expect(fetchBytes(url, options)).rejects.toMatchObject({ retryable: true });
  expect(statuses).toEqual([]);
});

test('what is no JSON, and who does not answer', async () => {
  const url = await serve((_, response) => response.end('<html>'));
  await expect(fetchJson(url, 20)).rejects.toMatchObject({ code: 'fetch/refused' });
  const gone = new URL('http://127.0.0.1:1/');
  await expect(fetchBytes(gone, options)).rejects.toMatchObject({ code: 'fetch/unreachable' });
});
