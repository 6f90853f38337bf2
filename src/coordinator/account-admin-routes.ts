// An account as its operator sees it, below /v1/admin and behind its token.
import type { FastifyInstance } from 'fastify';
import { notFound, type WithId } from './admin-bodies.ts';
import type { Context } from './context.ts';

const address = /^0x[0-9a-f]{40}$/;

export function addAccountAdminRoutes(scope: FastifyInstance, { database, now }: Context): void {
  scope.get<WithId>('/v1/admin/contributors/:id', async (request, reply) => {
    const id = request.params.id.toLowerCase();
    if (!address.test(id)) return notFound(reply, 'contributor', request.params.id);
    const account = await database.run('showAccount', { id, now: now() });
    return account ?? notFound(reply, 'contributor', id);
  });
}
