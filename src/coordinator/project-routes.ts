// Projects and their keys: the list that anyone may read, and what the operator makes, changes and
// revokes.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { limits } from '#protocol/limits.ts';
import { notFound, readBody, text, type WithId } from './admin-bodies.ts';
import type { Context } from './context.ts';
import { replyOpenAiError } from './http-errors.ts';
import { isPlainText } from './plain-text.ts';
import { keyBody, projectSchemas } from './project-schemas.ts';
import { describeProject, makeKey, makeProject } from './projects.ts';

const keysMax = 1_000;
const reasonBody = z.strictObject({ reason: text.default('') });

/** Open projects, for whoever wants to choose. */
export function addPublicProjects(server: FastifyInstance, { projects }: Context): void {
  server.get('/v1/projects', async () => {
    const all = await projects.all();
    return { data: all.filter(({ open }) => open).map(describeProject) };
  });
}

export function addProjectRoutes(scope: FastifyInstance, context: Context): void {
  const { database, models, projects, now } = context;
  const { fresh, change } = projectSchemas(models);
  const find = async (id: string) => {
    if (!isPlainText(id)) return undefined;
    return (await database.run('listProjects', { limit: 1, id }))[0];
  };

  scope.get('/v1/admin/projects', async () => ({
    data: await database.run('listProjects', { limit: limits.projectsMax }),
  }));

  scope.get<WithId>('/v1/admin/projects/:id', async (request, reply) => {
    const { id } = request.params;
    return (await find(id)) ?? notFound(reply, 'project', id);
  });

  scope.post('/v1/admin/projects', async (request, reply) => {
    const body = readBody(fresh, request.body, reply);
    if (!body) return reply;
    projects.forget();
    if ((await projects.all()).length >= limits.projectsMax) return replyTooMany(reply);
    const { project, apiKey } = await makeProject(database, { ...body, now: now() });
    projects.forget();
    return { ...(await find(project)), api_key: apiKey };
  });

  scope.post<WithId>('/v1/admin/projects/:id/set', async (request, reply) => {
    const { id } = request.params;
    const body = readBody(change, request.body, reply);
    if (!body) return reply;
    if (!isPlainText(id)) return notFound(reply, 'project', '');
    const done = await database.run('setProject', { id, ...body, now: now() });
    if (!done) return notFound(reply, 'project', id);
    projects.forget();
    return { ...(await find(id)), changed: done.changed };
  });
}

function replyTooMany(reply: FastifyReply): FastifyReply {
  const message = `There are ${limits.projectsMax} projects already (projectsMax).`;
  return replyOpenAiError(reply, 409, { message });
}

export function addKeyRoutes(scope: FastifyInstance, { database, now }: Context): void {
  scope.get<{ Querystring: { project?: unknown } }>('/v1/admin/keys', async (request) => {
    const { project } = request.query;
    const wanted = typeof project === 'string' && isPlainText(project) ? project : null;
    return { data: await database.run('listKeys', { project: wanted, limit: keysMax }) };
  });

  scope.post('/v1/admin/keys', async (request, reply) => {
    const body = readBody(keyBody, request.body, reply);
    if (!body) return reply;
    const { apiKey, kept } = makeKey();
    const key = await database.run('addKey', { ...body, ...kept, now: now() });
    return key ? { ...key, api_key: apiKey } : notFound(reply, 'project', body.project);
  });

  scope.post<WithId>('/v1/admin/keys/:id/revoke', async (request, reply) => {
    const { id } = request.params;
    const body = readBody(reasonBody, request.body, reply);
    if (!body) return reply;
    if (!isPlainText(id)) return notFound(reply, 'key', '');
    const key = await database.run('revokeKey', { id, ...body, now: now() });
    return key ?? notFound(reply, 'key', id);
  });
}
