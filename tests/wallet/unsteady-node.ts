// A door before a chain's node that a test shuts, leads elsewhere, or holds: what an operator's provider
// does on a bad day. What passes is the node's own.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Weather =
  | 'fair'
  /** Refuses, with words that name its address. */
  | 'refusing'
  /** Answers a page of HTML. */
  | 'html'
  /** Answers more than anybody would read. */
  | 'endless'
  /** Answers when the weather is fair again. */
  | 'holding';

export interface UnsteadyNode {
  url: string;
  /** Methods that arrived, in order. */
  calls: string[];
  set(weather: Weather): void;
  /** Leads to another node from now on. */
  lead(url: string): void;
  close(): Promise<void>;
}

export async function startUnsteadyNode(first: string): Promise<UnsteadyNode> {
  let target = first;
  let weather: Weather = 'fair';
  const calls: string[] = [];
  let held: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    calls.push((JSON.parse(body) as { method: string }).method);
    if (weather === 'holding') await new Promise<void>((resolve) => held.push(resolve));
    const { status, text } = await answer(body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });

  async function answer(body: string): Promise<{ status: number; text: string }> {
    if (weather === 'refusing') {
      const error = { code: -32_005, message: `limit of ${target} exceeded` };
      return { status: 429, text: JSON.stringify({ jsonrpc: '2.0', id: 1, error }) };
    }
    if (weather === 'html') return { status: 502, text: '<h1>Bad gateway</h1>' };
    if (weather === 'endless') return { status: 200, text: `"${'x'.repeat(1 << 20)}"` };
    const headers = { 'content-type': 'application/json' };
    const passed = await fetch(target, { method: 'POST', headers, body });
    return { status: passed.status, text: await passed.text() };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/a-secret-key`,
    calls,
    set(next) {
      weather = next;
      if (next !== 'holding') for (const go of held) go();
      if (next !== 'holding') held = [];
    },
    lead(url) {
      target = url;
    },
    async close() {
      for (const go of held) go();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
