// A door in front of the chain's node, over HTTP: it can be shut, answer too late, answer for another
// chain, and lose a transaction that it took, as nodes of strangers do.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChainNode } from '../wallet/chain-node.ts';

export interface NodeGate {
  url: string;
  /** Methods that it was asked, in order. */
  asked: string[];
  /** Called before each question; what it throws is a connection that breaks. */
  before: (method: string) => void;
  /** The same for an answer that is lost on its way. */
  after: (method: string) => void;
  /** What it says for a method instead of the node. */
  lies: Map<string, unknown>;
  close(): Promise<void>;
}

interface Question {
  id: number;
  method: string;
  params?: unknown[];
}

export async function openGate(node: ChainNode): Promise<NodeGate> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as Question;
    gate.asked.push(method);
    if (isCut(gate.before, method)) return void request.socket.destroy();
    const answer = gate.lies.has(method)
      ? { result: gate.lies.get(method) }
      : await node.request(method, params).then(
          (result) => ({ result }),
          ({ code, message, data }) => ({ error: { code, message, data } }),
        );
    if (isCut(gate.after, method)) return void request.socket.destroy();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: NodeGate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    before: () => {},
    after: () => {},
    lies: new Map(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return gate;
}

function isCut(hook: (method: string) => void, method: string): boolean {
  try {
    hook(method);
    return false;
  } catch {
    return true;
  }
}
