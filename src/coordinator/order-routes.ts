// /v1/orders: spending orders of a project. A batch names one, and is paid from it (docs/payment.md).
import type { FastifyInstance, FastifyReply } from 'fastify';
import { limits } from '#protocol/limits.ts';
import type { OrderRow } from '#store/order-operations.ts';
import type { Context } from './context.ts';
import { type ListQuery, readPage, toList, toSeconds } from './file-routes.ts';
import { replyOpenAiError } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { checkOrder, orderBody, projectDigest } from './order-body.ts';
import { replyIssue } from './reply-issue.ts';
import { projectOf } from './requester-auth.ts';

type WithHash = { Params: { hash: string } };

function toOrder(order: OrderRow) {
  const { project_id: id, source } = order;
  return {
    id: order.hash,
    object: 'order',
    hash: order.hash,
    project: projectDigest(id, source),
    requester: order.requester,
    cap: order.cap,
    expires_at: Number(order.expires_at),
    nonce: order.nonce,
    source,
    state: order.state,
    reason: order.reason,
    collected: order.collected,
    /** Credits that its batches have set aside or spent. */
    reserved: order.reserved,
    created_at: toSeconds(order.created_at),
  };
}

function replyNoOrder(reply: FastifyReply, hash: string): FastifyReply {
  const message = `No order found with hash '${hash.slice(0, limits.textBytesMax)}'.`;
  return replyOpenAiError(reply, 404, { message, code: 'order_not_found' });
}

export function addOrderRoutes(scope: FastifyInstance, context: Context): void {
  const { database } = context;

  scope.post('/v1/orders', async (request, reply) => {
    const parsed = orderBody.safeParse(request.body);
    if (!parsed.success) return replyIssue(reply, parsed.error);
    const project = projectOf(request).id;
    const address = networkOf(request.ip);
    const { hash, order, signature } = await checkOrder(context, parsed.data, { project, address });
    const added = await database.run('addOrder', {
      hash,
      project,
      requester: order.requester,
      cap: order.cap,
      expiresAt: Number(order.expiresAt),
      nonce: order.nonce,
      signature,
      source: parsed.data.source,
      now: context.now(),
      signedMax: limits.signedOrdersMax,
    });
    if (added.kind === 'too-many') {
      const many = `${limits.signedOrdersMax} orders of this project (signedOrdersMax)`;
      const message = `${many} wait to be registered on the chain; try again in a minute.`;
      return replyOpenAiError(reply, 429, { message, code: 'too_many_orders' });
    }
    context.settlement?.wake();
    return toOrder(added.order);
  });

  scope.get<{ Querystring: ListQuery }>('/v1/orders', async (request) => {
    const { limit, after } = readPage(request.query);
    const project = projectOf(request).id;
    const rows = await database.run('listOrders', { project, after, limit });
    const orders = rows.map((row) => ({ ...row, id: row.hash }));
    return {
      // What an order is to name as its project, to be signed.
      project: projectDigest(project, 'escrow'),
      credit_project: projectDigest(project, 'credit'),
      ...toList(orders, limit, toOrder),
    };
  });

  scope.get<WithHash>('/v1/orders/:hash', async (request, reply) => {
    const { hash } = request.params;
    const order = await database.run('findOrder', { project: projectOf(request).id, id: hash });
    return order ? toOrder(order) : replyNoOrder(reply, hash);
  });

  scope.post<WithHash>('/v1/orders/:hash/cancel', async (request, reply) => {
    const { hash } = request.params;
    const order = await database.run('cancelOrder', { project: projectOf(request).id, id: hash });
    if (!order) return replyNoOrder(reply, hash);
    context.settlement?.wake();
    return toOrder(order);
  });
}
