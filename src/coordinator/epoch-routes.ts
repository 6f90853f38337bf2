// Epochs of settlement under /v1/epochs, for anyone: which there are, and the files that prove what each
// says. A file never changes, so any cache may keep it, and any copy will do.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { folderOfEpoch } from '#settlement/epoch-files.ts';
import type { ShownEpoch } from '#store/epoch-operations.ts';
import type { Context } from './context.ts';
import { replyOpenAiError } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';
import type { SettlementDesk } from './settlement-desk.ts';

/** Epochs of one answer: a year of days. */
const epochsMax = 366;
const fileName = /^(epoch|(credits|debits)\/[0-9a-f]{3})\.json$/;
const forEver = 'public, max-age=31536000, immutable';

function sendTo(reply: FastifyReply, caching: string): FastifyReply {
  return reply
    .header('cache-control', caching)
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('access-control-allow-origin', '*')
    .type('application/json');
}

function notFound(reply: FastifyReply, message: string): FastifyReply {
  return replyOpenAiError(reply, 404, { message, code: 'epoch_not_found' });
}

export function addEpochRoutes(server: FastifyInstance, context: Context): void {
  const { database, settlement, now } = context;
  const { logCallsPerMinuteMax: callsPerMinuteMax } = logLimits;
  const calls = createRateLimit({ callsPerMinuteMax, name: 'logCallsPerMinuteMax', now });
  server.register(async (scope) => {
    scope.addHook('onRequest', async (request) => calls.take(networkOf(request.ip)));

    scope.get('/v1/epochs', async (_request, reply) => {
      sendTo(reply, 'no-cache');
      if (!settlement) return { contract: null, epochs: [] };
      const { poster: sender } = settlement;
      const epochs = await database.run('showEpochs', { sender, limit: epochsMax });
      return { ...(await describeTerms(settlement)), epochs: epochs.map(toWire) };
    });

    scope.get('/v1/epochs/latest', async (_request, reply) => {
      const final = settlement ? await database.run('findLatestEpoch', { final: true }) : null;
      sendTo(reply, 'no-cache');
      return { epoch: final?.number ?? null };
    });

    scope.get<{ Params: { number: string; '*': string } }>(
      '/v1/epochs/:number/*',
      async ({ params }, reply) => {
        const name = params['*'];
        if (!settlement || !/^[1-9]\d{0,9}$/.test(params.number) || !fileName.test(name)) {
          return notFound(reply, 'Epochs have no such file.');
        }
        const home = folderOfEpoch(settlement.folder, Number(params.number));
        const bytes = await readFile(path.join(home, name)).catch(ifMissing);
        if (!bytes) return notFound(reply, 'That epoch has no such file: nobody there has credit.');
        return sendTo(reply, forEver).send(bytes);
      },
    );
  });
}

function ifMissing(thrown: NodeJS.ErrnoException): null {
  if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return null;
  throw new IdlewildError('coordinator/failed', 'A file of an epoch cannot be read.', {
    cause: thrown,
  });
}

async function describeTerms(settlement: SettlementDesk) {
  const seen = await settlement.seen();
  return {
    contract: settlement.contract,
    chain_id: settlement.chainId,
    token: seen?.token ?? null,
    /** Nothing was paid by the contract before. */
    from_block: Number(seen?.since ?? 0n),
    credits_per_token_unit: Number(settlement.creditsPerTokenUnit),
    relays: settlement.relays,
  };
}

function toWire({ number, state, written, checkpoint, ...rest }: ShownEpoch) {
  return {
    number,
    state,
    credits_total: written === null ? null : String(written.epoch.creditsTotal),
    debits_total: written === null ? null : String(written.epoch.debitsTotal),
    credits_root: written?.epoch.creditsRoot ?? null,
    debits_root: written?.epoch.debitsRoot ?? null,
    log_size: checkpoint.size,
    log_root: checkpoint.root,
    transaction: rest.transaction,
    closed_at: rest.closedAt,
    final_at: rest.finalAt,
    settled_at: rest.settledAt,
  };
}
