// One keep-alive connection that posts CBOR, one call at a time: what is left of an HTTP client when
// a load generator must not take the cores from the server that it measures.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

interface HttpAnswer {
  status: number;
  body: Uint8Array;
}

export interface HttpConnection {
  post(path: string, body: Uint8Array): Promise<HttpAnswer>;
  close(): void;
}

interface Waiter {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/** @returns the answer and the bytes it took, or null while some are missing */
function readAnswer(bytes: Buffer): HttpAnswer | null {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end).toLowerCase();
  const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  const from = end + headEnd.length;
  if (bytes.length < from + length) return null;
  return {
    status: Number(head.slice(9, 12)),
    body: new Uint8Array(bytes.subarray(from, from + length)),
  };
}

export interface HttpConnectionOptions {
  origin: string;
  /** Sent as X-Forwarded-For: each contributor of a bench is on a network of its own. */
  address: string;
}

export async function openConnection(options: HttpConnectionOptions): Promise<HttpConnection> {
  const { hostname, port, host } = new URL(options.origin);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const fixed = `host: ${host}\r\nx-forwarded-for: ${options.address}\r\ncontent-type: application/cbor\r\n`;
  let waiter: Waiter | null = null;
  let received: Buffer = Buffer.alloc(0);
  const fail = (error: Error) => {
    waiter?.reject(error);
    waiter = null;
  };
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (!answer || !waiter) return;
    received = Buffer.alloc(0);
    const { resolve } = waiter;
    waiter = null;
    resolve(answer);
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The connection was closed.')));
  return {
    post(path, body) {
      const head = `POST ${path} HTTP/1.1\r\n${fixed}content-length: ${body.length}\r\n\r\n`;
      return new Promise((resolve, reject) => {
        waiter = { resolve, reject };
        socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
      });
    },
    close: () => socket.destroy(),
  };
}
