// /v1/models, and /v1/embeddings for a few inputs at once, which the coordinator computes itself.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { outputSize } from '#model/architecture.ts';
import { requestPorts, rowPorts } from '#model/bounded-manifest.ts';
import { limits } from '#protocol/limits.ts';
import type { Context } from './context.ts';
import { makeEmbeddingBody } from './embedding-body.ts';
import { replyOpenAiError } from './http-errors.ts';
import { choiceOf, type ServedModel } from './model-store.ts';
import { readEmbeddingBody } from './request-lines.ts';
import { projectOf } from './requester-auth.ts';

function toModel(model: ServedModel) {
  const { id, name } = model;
  const known = { id: name, object: 'model', created: 0, owned_by: 'idlewild', x_manifest: id };
  if (model.kind === 'bounded') {
    const { manifest } = model;
    return {
      ...known,
      x_class: 'bounded',
      x_inputs: requestPorts(manifest),
      x_outputs: rowPorts(manifest),
      x_compare: manifest.compare,
    };
  }
  const { manifest, tokensMax } = model;
  return {
    ...known,
    x_class: 'exact',
    x_arithmetic: manifest.arithmetic,
    x_dimensions: outputSize(manifest.config),
    x_tokens_max: tokensMax,
  };
}

export function addModelRoutes(scope: FastifyInstance, context: Context): void {
  const choice = (request: FastifyRequest) => choiceOf(context.models, projectOf(request).models);

  scope.get('/v1/models', async (request) => ({
    object: 'list',
    data: choice(request).list().map(toModel),
  }));

  scope.get<{ Params: { id: string } }>('/v1/models/:id', async (request, reply) => {
    const { id } = request.params;
    const model = choice(request).find(id);
    if (model) return toModel(model);
    const message = `The model '${id.slice(0, limits.textBytesMax)}' does not exist here.`;
    return replyOpenAiError(reply, 404, { message, param: 'model', code: 'model_not_found' });
  });

  scope.post('/v1/embeddings', { bodyLimit: limits.requestBodyBytesMax }, (request, reply) =>
    embed(context, request, reply),
  );
}

async function embed(
  { models, partner }: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const own = choiceOf(models, projectOf(request).models);
  const read = await readEmbeddingBody(request.body, own, limits.directInputsMax);
  if (!read.ok) return replyOpenAiError(reply, read.status, read.fault);
  const { model, encoding, rows } = read.request;
  const output = await partner.encode(model.folder, rows);
  const size = outputSize(model.manifest.config);
  const outputs = rows.map((_, row) => output.subarray(row * size, (row + 1) * size));
  const tokens = rows.reduce((sum, row) => sum + row.length, 0);
  return makeEmbeddingBody({ outputs, model: model.name, encoding, tokens });
}
