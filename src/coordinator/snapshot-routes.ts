// POST /v1/admin/snapshot: the embedded database as it is now, copied to DATA/snapshots/NAME for
// `idlewild backup` on the same machine, which takes it from there. Nothing of it goes over the wire.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import type { Context } from './context.ts';

const snapshotsFolder = 'snapshots';
const nameForm = /^[0-9a-f]{32}$/;

export function addSnapshotRoutes(scope: FastifyInstance, context: Context): void {
  const { database, dataFolder, log } = context;
  let running = false;

  scope.post<{ Body: { name?: unknown } | undefined }>('/v1/admin/snapshot', async (request) => {
    const { name } = request.body ?? {};
    if (typeof name !== 'string' || !nameForm.test(name)) {
      throw new IdlewildError('wire/malformed', "'name' must be 32 hex digits.");
    }
    if (running) {
      throw new IdlewildError('coordinator/busy', 'Another snapshot is being made.', {
        retryable: true,
      });
    }
    running = true;
    try {
      // At most one: what an earlier backup left behind would fill the disk.
      const home = path.join(dataFolder, snapshotsFolder);
      await rm(home, { recursive: true, force: true });
      await mkdir(path.join(home, name), { recursive: true, mode: 0o700 });
      const started = performance.now();
      await database.run('snapshotDatabase', {
        folder: path.join(dataFolder, 'database'),
        target: path.join(home, name, 'database'),
      });
      const tookMs = Math.round(performance.now() - started);
      log.info({ requestId: request.id, tookMs }, 'snapshot made');
      return { name, took_ms: tookMs };
    } finally {
      running = false;
    }
  });
}
