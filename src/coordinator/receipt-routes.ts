// GET /v1/receipts/:id: a receipt as its bytes were signed, or as JSON for reading, with its place
// and proof in the log; its proof alone as a file; and its unit's input, for whoever recomputes it.
// An open batch's are for anyone. A private one's are for its project's key, and for whoever names
// the lease, which the contributor alone was given.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toHex } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { formatOfflineProof } from '#protocol/log-offline-proof.ts';
import { deletedBlob } from '#store/payload-files.ts';
import type { KeptReceipt } from '#store/receipt-operations.ts';
import type { Context } from './context.ts';
import { cborType, replyOpenAiError } from './http-errors.ts';
import { findProject, refuseKey } from './requester-auth.ts';

type ReceiptRequest = FastifyRequest<{ Params: { id: string }; Querystring: { lease?: unknown } }>;
type Answer = (receipt: KeptReceipt, reply: FastifyReply) => unknown;

const idShape = /^[0-9a-f]{64}$/;

export function addReceiptRoutes(scope: FastifyInstance, context: Context): void {
  const add = (url: string, answer: Answer) =>
    scope.get(url, async (request, reply) => {
      const found = await findReadable(context, request as ReceiptRequest, reply);
      if (!found) return reply;
      const caching = found.open ? 'public' : 'private';
      reply.header('cache-control', `${caching}, no-cache`);
      return answer(found, reply);
    });
  add('/v1/receipts/:id', async (receipt, reply) => {
    const log = await readPlace(context, receipt);
    const { id, payload, salt } = receipt;
    const signature = context.signReceipt(payload);
    if (reply.request.headers.accept?.includes('application/json')) {
      return readable({ id, payload: decodeCbor(payload), signature, salt, log });
    }
    const kept = { id, payload, signature, salt, log };
    return reply.type(cborType).send(Buffer.from(encodeCbor(kept)));
  });
  add('/v1/receipts/:id/proof', async (receipt, reply) => {
    const log = await readPlace(context, receipt);
    if (log.state === 'unlogged') {
      return replyOpenAiError(reply, 404, { message: 'This receipt is older than the log.' });
    }
    if (log.state === 'waiting') {
      const message = 'This receipt waits for its place in the log; ask again in a moment.';
      return replyOpenAiError(reply.header('retry-after', '1'), 404, { message });
    }
    const { index, proof, checkpoint } = log;
    const file = formatOfflineProof({ extra: receipt.salt, index, proof, checkpoint });
    return reply.type('text/plain; charset=utf-8').send(Buffer.from(file));
  });
  add('/v1/receipts/:id/input', async (receipt, reply) => {
    if (receipt.input === deletedBlob) {
      const message = 'The input was deleted at the end of its retention.';
      return replyOpenAiError(reply, 410, { message, code: 'input_deleted' });
    }
    const input = await context.blobs.read(receipt.input).catch(() => null);
    if (input) return reply.type(cborType).send(Buffer.from(input));
    const message = 'The input cannot be read.';
    return replyOpenAiError(reply, 410, { message, code: 'input_lost' });
  });
}

/** Null after a refusal was sent. */
async function findReadable(
  { database }: Context,
  request: ReceiptRequest,
  reply: FastifyReply,
): Promise<KeptReceipt | null> {
  const { id } = request.params;
  if (!idShape.test(id)) {
    const message = 'A receipt is named by 64 lower-case hex digits.';
    replyOpenAiError(reply, 400, { message, param: 'id' });
    return null;
  }
  const refusal = () => replyOpenAiError(reply, 404, { message: `No such receipt: ${id}` });
  const project = await findProject(database, request);
  const receipt = project === 'wrong-key' ? null : await database.run('findReceipt', { id });
  if (project === 'wrong-key') refuseKey(reply, true);
  else if (!receipt) refusal();
  else if (receipt.open || request.query.lease === receipt.lease) return receipt;
  else if (!project) refuseKey(reply, false);
  else if (project.id !== receipt.project) refusal();
  else return receipt;
  return null;
}

type Place =
  /** `unlogged`: of a release that had no log. */
  | { state: 'waiting' }
  | { state: 'unlogged' }
  | {
      state: 'logged';
      index: number;
      /** Nearest sibling first, for the checkpoint's tree. */
      proof: Uint8Array[];
      /** The signed note. */
      checkpoint: Uint8Array;
    };

async function readPlace({ receiptLog }: Context, { leaf, isLogged }: KeptReceipt): Promise<Place> {
  if (!isLogged) return { state: 'unlogged' };
  const { head, tree } = await receiptLog.signed();
  if (leaf === null || leaf >= head.size) return { state: 'waiting' };
  const proof = await tree.inclusionProof(leaf);
  return { state: 'logged', index: leaf, proof, checkpoint: head.checkpoint };
}

/** Bytes as hex, nested as they are; notes as the text that they are. */
function readable(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) {
    return name === 'checkpoint' ? new TextDecoder().decode(value) : toHex(value);
  }
  if (Array.isArray(value)) return value.map((inner) => readable(inner));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [key, readable(inner, key)]));
}
