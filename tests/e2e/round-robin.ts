// The plainest balancer: each request goes to the next coordinator in turn. One that refuses the
// connection is passed over; one that dies over a request costs its caller a 502.
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  origin: string;
  /** Where requests go; a test changes it as coordinators come and go. */
  ports: number[];
  /** Requests that each port answered. */
  answered: Map<number, number>;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function forward(request: IncomingMessage, body: Buffer, port: number): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  return new Promise((resolve, reject) => {
    const onward = http.request({ host: '127.0.0.1', port, method, path: url, headers }, resolve);
    onward.once('error', reject);
    onward.end(body);
  });
}

export async function startRoundRobin(): Promise<RoundRobin> {
  const ports: number[] = [];
  const answered = new Map<number, number>();
  let turn = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    for (let attempt = 0; attempt < ports.length; attempt++) {
      const port = ports[turn++ % ports.length];
      try {
        const reply = await forward(request, body, port);
        const content = await readBody(reply);
        answered.set(port, (answered.get(port) ?? 0) + 1);
        response.writeHead(reply.statusCode ?? 502, { ...reply.headers, connection: 'close' });
        return void response.end(content);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ECONNREFUSED') break;
      }
    }
    response.writeHead(502).end();
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    ports,
    answered,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
