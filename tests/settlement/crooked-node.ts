// A node between a caller and the chain that reads along, acts first, and says what it likes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ChainNode } from '../wallet/chain-node.ts';

interface Question {
  id: number;
  method: string;
  params: unknown[];
}

/** @returns what it says in place of the chain; undefined to pass the question on */
export type Crook = (question: Question) => Promise<unknown> | unknown;

export async function openCrookedNode(node: ChainNode, crook: Crook): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { id, method, params = [] } = JSON.parse(Buffer.concat(chunks).toString()) as Question;
    const answer = await answerOf(node, { id, method, params }, crook);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function answerOf(node: ChainNode, question: Question, crook: Crook) {
  const { method, params } = question;
  try {
    return { result: (await crook(question)) ?? (await node.request(method, params)) };
  } catch (thrown) {
    const { code = -32_000, message, data } = thrown as Error & { code?: number; data?: unknown };
    return { error: { code, message, data } };
  }
}
