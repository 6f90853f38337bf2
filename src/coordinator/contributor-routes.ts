// The contributor's side of the wire: CBOR both ways, errors as WireErrorBody.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { encodeCbor } from '#protocol/cbor.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { Envelope } from '#protocol/wire.ts';
import type { AccountCalls } from './account-calls.ts';
import { revokeRequest } from './account-schemas.ts';
import type { Context } from './context.ts';
import { cborType, fromFastify, replyWireError, statusOf } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Sessions } from './sessions.ts';
import {
  challengeRequest,
  envelope,
  readCbor,
  sessionRequest,
  viewBody,
  workCall,
} from './wire-schemas.ts';
import type { WorkCalls } from './work-call.ts';

interface Parts {
  sessions: Sessions;
  calls: WorkCalls;
  accounts: AccountCalls;
}

/** Adds the routes in a scope of their own, which knows no body but CBOR. */
export function addContributorRoutes(
  server: FastifyInstance,
  context: Context,
  { sessions, calls, accounts }: Parts,
): void {
  const { now } = context;
  const { callsPerMinuteMax, sessionsPerMinuteMax } = limits;
  const work = createRateLimit({ callsPerMinuteMax, name: 'callsPerMinuteMax', now });
  const opening = createRateLimit({
    callsPerMinuteMax: sessionsPerMinuteMax,
    name: 'sessionsPerMinuteMax',
    now,
  });
  const accountCalls = createRateLimit({
    callsPerMinuteMax: limits.accountCallsPerMinuteMax,
    name: 'accountCallsPerMinuteMax',
    now,
  });
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(cborType, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    scope.setErrorHandler((thrown, request, reply) => refuse(context, { thrown, request, reply }));
    const post = (
      url: string,
      [name, bytes]: [name: string, bytes: number],
      handle: (body: Uint8Array, address: string) => unknown,
    ) =>
      scope.post(
        url,
        { bodyLimit: bytes, config: { limit: { name, bytes } } },
        async (request, reply) => {
          if (!(request.body instanceof Uint8Array)) {
            throw new IdlewildError('wire/content-type', `The body must be ${cborType}.`);
          }
          const { buffer, byteOffset, byteLength } = request.body;
          const body = new Uint8Array(buffer, byteOffset, byteLength);
          const answer = encodeCbor(await handle(body, networkOf(request.ip)));
          return reply.type(cborType).send(Buffer.from(answer.buffer, 0, answer.length));
        },
      );
    post('/v1/challenges', ['sessionBodyBytesMax', limits.sessionBodyBytesMax], (body, address) => {
      opening.take(address);
      return sessions.challenge(readCbor(challengeRequest, body).wire);
    });
    post('/v1/sessions', ['sessionBodyBytesMax', limits.sessionBodyBytesMax], (body, address) => {
      opening.take(address);
      return sessions.open(readCbor(sessionRequest, body), address);
    });
    post('/v1/work', ['workBodyBytesMax', limits.workBodyBytesMax], (body, address) => {
      work.take(address);
      return calls.work(viewBody(workCall, body), address);
    });
    const accountBody: [string, number] = ['accountBodyBytesMax', limits.accountBodyBytesMax];
    const ofAccount = (
      url: string,
      handle: (sealed: Envelope, address: string) => Promise<unknown>,
    ) =>
      post(url, accountBody, (body, address) => {
        accountCalls.take(address);
        return handle(readCbor(envelope, body), address);
      });
    ofAccount('/v1/account', accounts.read);
    ofAccount('/v1/account/withdraw', accounts.withdraw);
    ofAccount('/v1/account/delete', accounts.delete);
    ofAccount('/v1/account/bind', accounts.bind);
    post('/v1/account/revoke', accountBody, (body, address) => {
      accountCalls.take(address);
      return accounts.revoke(readCbor(revokeRequest, body), address);
    });
  });
}

interface Refusal {
  thrown: unknown;
  request: FastifyRequest;
  reply: FastifyReply;
}

function refuse({ log }: Context, { thrown, request, reply }: Refusal): FastifyReply {
  const { limit } = request.routeOptions.config as { limit?: { name: string; bytes: number } };
  const ours = fromFastify(thrown as Error, limit ?? { name: 'body', bytes: 0 });
  const error = ours ?? toIdlewildError(thrown);
  if (statusOf(error) >= 500) {
    log.error({ requestId: request.id, code: error.code, err: error }, error.message);
  }
  return replyWireError(reply, error);
}
