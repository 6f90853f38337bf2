// What a refusal looks like over HTTP: CBOR for contributors, OpenAI's shape for requesters. No
// answer reveals a path or a query: what is not ours to say becomes a plain 500.
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';

export const cborType = 'application/cbor';

/** Statuses of error codes, by their whole name or by their area. */
const statuses: Record<string, number> = {
  'coordinator/database-died': 503,
  'coordinator/database-unreachable': 503,
  'session/unknown': 401,
  'session/expired': 401,
  'session/signature': 401,
  'session/wallet-signature': 401,
  'session/bad-proof': 401,
  'session/counter-stale': 409,
  'session/nonce-used': 409,
  'binding/device-signature': 401,
  'binding/wallet-signature': 401,
  'binding/already-bound': 409,
  'binding/nonce-used': 409,
  'binding/wallet-bound': 409,
  'binding/device-has-devices': 409,
  'binding/settled': 409,
  'binding/suspended': 403,
  'session/revoked': 403,
  'revocation/wallet-signature': 401,
  'revocation/nonce-used': 409,
  'chain/not-set': 400,
  'chain/unreachable': 503,
  'chain/wrong-id': 503,
  'chain/busy': 429,
  'order/wallet-signature': 400,
  'settlement/not-set': 400,
  'wire/version': 426,
  'wire/arithmetic': 426,
  'wire/too-large': 413,
  'wire/content-type': 415,
  'wire/not-found': 404,
  'limits/calls': 429,
  'coordinator/busy': 503,
  'coordinator/closed': 503,
  'coordinator/storage-full': 507,
  session: 400,
  binding: 400,
  revocation: 400,
  wire: 400,
  cbor: 400,
  multipart: 400,
};

export function statusOf({ code }: IdlewildError): number {
  return statuses[code] ?? statuses[code.split('/')[0]] ?? 500;
}

/** An error that may be told; everything else is an internal one, told as such. */
function tellable(error: IdlewildError): IdlewildError {
  const status = statusOf(error);
  // Why is for the operator; whoever asks again meets a coordinator that was started again.
  if (error.code === 'coordinator/database-died') {
    return new IdlewildError(error.code, 'The database stopped; try again.', { retryable: true });
  }
  if (status < 500 || status === 503 || status === 507) return error;
  return new IdlewildError('coordinator/failed', 'The coordinator failed; try again later.', {
    retryable: true,
  });
}

export function replyWireError(reply: FastifyReply, error: IdlewildError): FastifyReply {
  const told = tellable(error);
  return reply
    .code(statusOf(told))
    .type(cborType)
    .send(Buffer.from(encodeCbor({ error: told.toWire() })));
}

export interface OpenAiError {
  message: string;
  type?: string;
  param?: string | null;
  code?: string | null;
}

export function replyOpenAiError(
  reply: FastifyReply,
  status: number,
  { message, type, param = null, code = null }: OpenAiError,
): FastifyReply {
  const fallback = status >= 500 ? 'server_error' : 'invalid_request_error';
  return reply.code(status).send({ error: { message, type: type ?? fallback, param, code } });
}

export function replyOpenAiFailure(reply: FastifyReply, error: IdlewildError): FastifyReply {
  const told = tellable(error);
  return replyOpenAiError(reply, statusOf(told), { message: told.shortMessage, code: told.code });
}

/** A refusal outside any scope: whoever asks below /v1/ may be a requester, others a contributor. */
export function replyFailure(url: string, reply: FastifyReply, thrown: unknown): FastifyReply {
  const limit = { name: 'requestBodyBytesMax', bytes: limits.requestBodyBytesMax };
  const error = fromFastify(thrown as Error, limit) ?? toIdlewildError(thrown);
  reply.header('cache-control', 'no-store').removeHeader('content-range');
  if (url.startsWith('/v1/')) return replyOpenAiFailure(reply, error);
  return replyWireError(reply, error);
}

/** Bytes that are no HTTP request at all; nobody is left to reply but the socket. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers of the request are too large.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request did not arrive in time.']
        : ['400 Bad Request', 'The request cannot be read.'];
  const type = 'invalid_request_error';
  const body = JSON.stringify({ error: { message, type, param: null, code: 'wire/malformed' } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Fastify's own refusals (body too large, wrong type, bad JSON) as ours. */
export function fromFastify(
  thrown: { code?: string; statusCode?: number; message?: string },
  limit: { name: string; bytes: number },
): IdlewildError | null {
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const message = `The body exceeds ${limit.bytes} bytes (${limit.name}).`;
    return new IdlewildError('wire/too-large', message);
  }
  if (thrown.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new IdlewildError('wire/content-type', 'The body has a content type not taken here.');
  }
  if (thrown.statusCode !== undefined && thrown.statusCode >= 400 && thrown.statusCode < 500) {
    return new IdlewildError('wire/malformed', thrown.message ?? 'The request cannot be read.');
  }
  return null;
}
