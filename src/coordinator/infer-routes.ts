// POST /v1/infer: one request to a bounded model, which the coordinator computes itself.
import type { FastifyInstance } from 'fastify';
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import { limits } from '#protocol/limits.ts';
import type { Context } from './context.ts';
import { replyOpenAiError } from './http-errors.ts';
import { makeInferBody, readInferBody } from './infer-body.ts';
import { choiceOf } from './model-store.ts';
import { projectOf } from './requester-auth.ts';

export function addInferRoutes(scope: FastifyInstance, { models, partner }: Context): void {
  const bodyLimit = limits.inferBodyBytesMax;
  scope.post('/v1/infer', { bodyLimit }, async (request, reply) => {
    const own = choiceOf(models, projectOf(request).models);
    const read = readInferBody(request.body, own);
    if (!read.ok) return replyOpenAiError(reply, read.status, read.fault);
    const [row] = await partner.infer(read.model.folder, [read.request]);
    return makeInferBody(read.model.name, decodeRowOutput(row));
  });
}
