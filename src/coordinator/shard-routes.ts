// Manifests and shards: immutable bytes named by their digest, with ranges, so that a download goes
// on where it broke off and any mirror will do.
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import type { Context } from './context.ts';
import { replyWireError } from './http-errors.ts';

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * One range of RFC 9110, section 14. Several, or other units, are answered with the whole.
 * @returns null for the whole, 'unsatisfiable' for a range outside it
 */
export function readRange(
  header: string | undefined,
  length: number,
): ByteRange | null | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const [, first, last] = match;
  if (first === '') {
    const suffix = Number(last);
    return suffix === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, length - suffix), end: length - 1 };
  }
  const start = Number(first);
  const end = last === '' ? length - 1 : Math.min(Number(last), length - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= length ? 'unsatisfiable' : { start, end };
}

interface Immutable {
  digest: string;
  type: string;
  bytes: number;
  open(range: ByteRange): NodeJS.ReadableStream | Buffer;
}

function sendImmutable(
  request: FastifyRequest,
  reply: FastifyReply,
  { digest, type, bytes, open }: Immutable,
): FastifyReply {
  const etag = `"${digest}"`;
  reply
    .header('cache-control', 'public, max-age=31536000, immutable')
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('access-control-allow-origin', '*')
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .type(type);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const condition = request.headers['if-range'];
  const header = condition === undefined || condition === etag ? request.headers.range : undefined;
  const range = readRange(header, bytes);
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${bytes}`).send();
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  if (range) reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`);
  return reply.header('content-length', end - start + 1).send(open({ start, end }));
}

function notFound(reply: FastifyReply, what: string): FastifyReply {
  return replyWireError(reply, new IdlewildError('wire/not-found', `No such ${what} here.`));
}

export function addShardRoutes(server: FastifyInstance, { models }: Context): void {
  server.get<{ Params: { sha256: string } }>('/v1/manifests/:sha256', (request, reply) => {
    const model = models.list().find(({ id }) => id === request.params.sha256);
    if (!model) return notFound(reply, 'manifest');
    const bytes = Buffer.from(model.manifestBytes);
    return sendImmutable(request, reply, {
      digest: model.id,
      type: 'application/json',
      bytes: bytes.length,
      open: ({ start, end }) => bytes.subarray(start, end + 1),
    });
  });
  server.get<{ Params: { sha256: string } }>('/v1/shards/:sha256', (request, reply) => {
    const shard = models.shard(request.params.sha256);
    if (!shard) return notFound(reply, 'shard');
    return sendImmutable(request, reply, {
      digest: request.params.sha256,
      type: 'application/octet-stream',
      bytes: shard.bytes,
      open: (range) => createReadStream(shard.file, range),
    });
  });
}
