// GET /v1/receipts/:id: a receipt as its bytes were signed, or as JSON for reading.
import type { FastifyInstance } from 'fastify';
import { toHex } from '#protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '#protocol/cbor.ts';
import { limits } from '#protocol/limits.ts';
import type { Context } from './context.ts';
import { cborType, replyOpenAiError } from './http-errors.ts';
import { projectOf } from './requester-auth.ts';

export function addReceiptRoutes(scope: FastifyInstance, { database }: Context): void {
  scope.get<{ Params: { id: string } }>('/v1/receipts/:id', async (request, reply) => {
    const { id } = request.params;
    const receipt = await database.run('findReceipt', { project: projectOf(request).id, id });
    if (!receipt) {
      const message = `No such receipt: ${id.slice(0, limits.textBytesMax)}`;
      return replyOpenAiError(reply, 404, { message });
    }
    if (request.headers.accept?.includes('application/json')) {
      const { payload, signature } = receipt;
      return {
        id: receipt.id,
        payload: readable(decodeCbor(payload)),
        signature: toHex(signature),
      };
    }
    return reply.type(cborType).send(Buffer.from(encodeCbor({ ...receipt })));
  });
}

/** Bytes as hex, nested as they are. */
function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
