// The log under /v1/log, for anyone, by the paths of C2SP tlog-tiles: checkpoint, hash tiles, entry
// bundles. Beside them the postings of each group of receipts, by which sums can be checked, and
// the statements that changed the log's key. What lies under a signed tree never changes, so any
// cache may keep it.
import type { FastifyInstance, FastifyReply } from 'fastify';
import { parseSize } from '#protocol/checkpoint.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { logLimits } from '#protocol/log-limits.ts';
import { toBase64 } from '#protocol/signed-note-base64.ts';
import { formatVerifierKey } from '#protocol/signed-note-key.ts';
import { encodeEntryBundle } from '#protocol/tile.ts';
import { parseTilePath, TILE_WIDTH, type Tile } from '#protocol/tile-path.ts';
import { type LeafRow, toEntry } from '#store/log-reads.ts';
import type { Context } from './context.ts';
import { replyFailure, replyOpenAiError, statusOf } from './http-errors.ts';
import { networkOf } from './network-address.ts';
import { createRateLimit } from './rate-limit.ts';
import { addReceiptRoutes } from './receipt-routes.ts';

const forEver = 'public, max-age=31536000, immutable';

function sendTo(reply: FastifyReply, type: string, caching: string): FastifyReply {
  return reply
    .header('cache-control', caching)
    .header('cross-origin-resource-policy', 'cross-origin')
    .header('access-control-allow-origin', '*')
    .type(type);
}

function notFound(reply: FastifyReply): FastifyReply {
  const message = 'The signed log has no such part.';
  return replyOpenAiError(reply, 404, { message, code: 'log_not_found' });
}

export function addLogRoutes(server: FastifyInstance, context: Context): void {
  const { database, receiptLog, now, log } = context;
  const limit = (name: 'logCallsPerMinuteMax' | 'logBundlesPerMinuteMax') =>
    createRateLimit({ callsPerMinuteMax: logLimits[name], name, now });
  const calls = limit('logCallsPerMinuteMax');
  const bundles = limit('logBundlesPerMinuteMax');
  server.register(async (scope) => {
    scope.addHook('onRequest', async (request) => calls.take(networkOf(request.ip)));
    scope.setErrorHandler((thrown, request, reply) => {
      if (statusOf(toIdlewildError(thrown)) >= 500) {
        log.error({ requestId: request.id, err: thrown }, 'the log failed');
      }
      return replyFailure(request.url, reply, thrown);
    });
    addReceiptRoutes(scope, context);

    for (const [path, read] of [
      ['/v1/log/checkpoint', 'readCheckpoint'],
      ['/v1/log/cosigned', 'readCosigned'],
    ] as const) {
      scope.get(path, async (_request, reply) => {
        const head = await database.run(read, null);
        if (!head) return notFound(reply);
        const type = 'text/plain; charset=utf-8';
        return sendTo(reply, type, 'no-cache').send(Buffer.from(head.checkpoint));
      });
    }

    scope.get('/v1/log/keys', async (_request, reply) => {
      const [first, rotations] = [await receiptLog.firstKey(), await receiptLog.rotations()];
      sendTo(reply, 'application/json', 'no-cache');
      return {
        origin: receiptLog.origin,
        first: formatVerifierKey(first),
        rotations: rotations.map(toBase64),
      };
    });

    scope.get<{ Params: { '*': string } }>('/v1/log/tile/*', async (request, reply) => {
      const tile = readTile(request.params['*']);
      if (tile?.level === 'entries') bundles.take(networkOf(request.ip));
      const bytes = tile && (await readBytes(context, tile));
      if (!bytes) return notFound(reply);
      return sendTo(reply, 'application/octet-stream', forEver).send(Buffer.from(bytes));
    });

    scope.get<{ Params: { start: string; end: string } }>(
      '/v1/log/postings/:start/:end',
      async (request, reply) => {
        const start = parseSize(request.params.start) ?? -1;
        const end = parseSize(request.params.end) ?? -1;
        const sound = start >= 0 && end > start && end - start <= TILE_WIDTH;
        bundles.take(networkOf(request.ip));
        const groups = sound ? await database.run('readLogGroups', { start, end }) : null;
        if (!groups) return notFound(reply);
        sendTo(reply, 'application/json', forEver);
        return { groups };
      },
    );
  });
}

function readTile(rest: string): Tile | null {
  try {
    return parseTilePath(`tile/${rest}`);
  } catch {
    return null;
  }
}

async function readBytes({ database }: Context, tile: Tile): Promise<Uint8Array | null> {
  if (tile.level !== 'entries') return database.run('readLogTile', { tile });
  const start = tile.index * TILE_WIDTH;
  const end = start + tile.width;
  if (!Number.isSafeInteger(end)) return null;
  const rows = await database.run('readLeaves', { start, end });
  return rows && encodeBundle(rows, start, tile.width);
}

/** A leaf whose row is gone, or is no receipt any more, is an empty entry: it must not hide those beside it. */
function encodeBundle(rows: LeafRow[], start: number, width: number): Uint8Array {
  const entries = Array.from({ length: width }, () => new Uint8Array());
  for (const { leaf, entry, payload, salt } of rows) {
    if (entry) entries[leaf - start] = new Uint8Array(entry);
    else if (payload) entries[leaf - start] = tryEntry(payload, salt);
  }
  return encodeEntryBundle(entries);
}

function tryEntry(payload: Uint8Array, salt: Uint8Array | null): Uint8Array<ArrayBuffer> {
  try {
    return toEntry({ payload, salt });
  } catch {
    return new Uint8Array();
  }
}
