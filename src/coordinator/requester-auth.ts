// Who asks: an API key names its project. Whatever belongs to another project does not exist.
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { Database } from '#store/database.ts';
import type { Project } from '#store/project-operations.ts';
import type { Context } from './context.ts';
import { fromFastify, replyOpenAiError, replyOpenAiFailure, statusOf } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { isPlainText } from './plain-text.ts';
import { createRateLimit } from './rate-limit.ts';

const keyPrefix = 'sk-idlewild-';
const projects = new WeakMap<FastifyRequest, Project>();

export function makeApiKey(): string {
  return keyPrefix + randomBytes(32).toString('base64url');
}

/** The key itself has 256 random bits, so a plain hash at rest is enough. */
export function hashApiKey(key: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(key).digest());
}

export function projectOf(request: FastifyRequest): Project {
  const project = projects.get(request);
  if (!project) throw new Error('a requester route runs behind its key');
  return project;
}

/** A scope whose every route needs a key and answers errors in OpenAI's shape. */
export function addRequesterScope(
  server: FastifyInstance,
  context: Context,
  addRoutes: (scope: FastifyInstance) => void,
): void {
  const { callsPerMinuteMax } = limits;
  const calls = createRateLimit({ callsPerMinuteMax, name: 'callsPerMinuteMax', now: context.now });
  server.register(async (scope) => {
    scope.removeContentTypeParser(['text/plain', 'application/json']);
    addJsonParser(scope);
    scope.addHook('onRequest', async (request, reply) => {
      calls.take(networkOf(request.ip));
      const project = await findProject(context.database, request);
      if (project === 'wrong-key' || !project) return refuseKey(reply, project !== null);
      projects.set(request, project);
    });
    scope.addHook('preValidation', async (request, reply) => {
      const field = findBadField(request);
      if (field) return refuseField(reply, field);
    });
    scope.setErrorHandler((thrown, request, reply) => {
      const limit = { name: 'requestBodyBytesMax', bytes: limits.requestBodyBytesMax };
      const error = fromFastify(thrown as Error, limit) ?? toIdlewildError(thrown);
      // Who hung up in the middle of an upload is no failure of ours.
      if (statusOf(error) >= 500 && !request.raw.destroyed) {
        context.log.error({ requestId: request.id, err: thrown }, error.message);
      }
      return replyOpenAiFailure(reply, error);
    });
    addRoutes(scope);
  });
}

/** A body that is not there is none, whatever its type says: clients cancel and delete like that. */
function addJsonParser(scope: FastifyInstance): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** A part of the address that is no plain text, or was given twice. */
function findBadField({ params, query }: FastifyRequest): string | null {
  const fields = Object.entries({ ...(params as object), ...(query as object) });
  const bad = fields.find(([, value]) => typeof value !== 'string' || !isPlainText(value));
  return bad ? bad[0] : null;
}

function refuseField(reply: FastifyReply, param: string): FastifyReply {
  const message = `'${param}' must be given once, as plain text.`;
  return replyOpenAiError(reply, 400, { message, param });
}

/** Null where no key came along. */
export async function findProject(
  database: Database,
  request: FastifyRequest,
): Promise<Project | 'wrong-key' | null> {
  const [, key] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!key) return null;
  const found = await database.run('findProjectOfKey', { keyHash: hashApiKey(key) });
  return found ?? 'wrong-key';
}

export function refuseKey(reply: FastifyReply, given: boolean): FastifyReply {
  const message = given
    ? 'Incorrect API key provided.'
    : 'You did not provide an API key: send it as `Authorization: Bearer KEY`.';
  return replyOpenAiError(reply, 401, { message, code: 'invalid_api_key' });
}
