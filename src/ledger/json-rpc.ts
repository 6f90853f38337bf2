// One question to a chain's node over JSON-RPC. The node is not trusted: its answer is bounded in bytes
// and time, and what it says of itself is never shown, nor is its address, which often holds a key.
import { IdlewildError } from '#protocol/errors.ts';

/** One answer takes at most so long, and has at most so many bytes. */
const chainAnswerMsMax = 10_000;
const chainAnswerBytesMax = 64 << 10;

/** What the node ran came to nothing: its answer, not its failure. */
export const reverted = Symbol('reverted');

export interface NodeAddress {
  url: string;
  /** @default chainAnswerMsMax */
  answerMs?: number;
}

/** As the clients word it: geth, erigon, nethermind, besu, reth, anvil. */
const revertWords =
  /revert|out ?of ?gas|opcode|stack ?(under|over)flow|jump|vm execution|evm error/i;
const revertCode = 3;

/** @returns the answer's result, or `reverted` @throws chain/unreachable */
export async function askNode(
  { url, answerMs = chainAnswerMsMax }: NodeAddress,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  let answer: { result?: unknown; error?: { code?: unknown; message?: unknown } } | null;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
    });
    answer = JSON.parse(await readText(response));
  } catch {
    // Its own words may name the address.
    throw unreachable('gave no answer that can be read');
  }
  if (answer?.error) {
    const { code, message } = answer.error;
    if (code === revertCode || revertWords.test(String(message))) return reverted;
    throw unreachable(`refused ${method} (${Number(code)})`);
  }
  if (answer?.result === undefined) throw unreachable('gave no answer that can be read');
  return answer.result;
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > chainAnswerBytesMax) throw new Error('more than chainAnswerBytesMax');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function unreachable(what: string): IdlewildError {
  return new IdlewildError('chain/unreachable', `The chain's node ${what}.`, {
    retryable: true,
    metaMessages: ['Contract wallets wait until it is back; ordinary accounts do not need it.'],
  });
}
