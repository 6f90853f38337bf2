// POST /v1/admin/snapshot: the embedded database as it is now, copied to DATA/snapshots/NAME for
// `idlewild backup` on the same machine, which takes it from there. Nothing of it goes over the wire,
// but how far it is, to who accepts lines: a large database takes minutes.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import type { Context } from './context.ts';
import { followWork, linesType } from './follow-work.ts';

const snapshotsFolder = 'snapshots';
const nameForm = /^[0-9a-f]{32}$/;

export function addSnapshotRoutes(scope: FastifyInstance, context: Context): void {
  let running = false;

  scope.post<{ Body: { name?: unknown } | undefined }>(
    '/v1/admin/snapshot',
    async (request, reply) => {
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
      const requestId = request.id;
      const work = takeSnapshot(context, { name, requestId }).finally(() => {
        running = false;
      });
      if (request.headers.accept !== linesType) return work;
      const target = targetOf(context, name);
      const followed = followWork({
        work,
        measure: () => measureFolder(target),
        onFailed: (error) => context.log.error({ requestId, err: error }, 'no snapshot was made'),
      });
      return reply.type(linesType).send(followed);
    },
  );
}

const targetOf = ({ dataFolder }: Context, name: string) =>
  path.join(dataFolder, snapshotsFolder, name, 'database');

async function takeSnapshot(
  context: Context,
  { name, requestId }: { name: string; requestId: string },
): Promise<{ name: string; took_ms: number }> {
  const { database, dataFolder, log } = context;
  // At most one: what an earlier backup left behind would fill the disk.
  const home = path.join(dataFolder, snapshotsFolder);
  await rm(home, { recursive: true, force: true });
  await mkdir(path.join(home, name), { recursive: true, mode: 0o700 });
  const started = performance.now();
  await database.run('snapshotDatabase', {
    folder: path.join(dataFolder, 'database'),
    target: targetOf(context, name),
  });
  const tookMs = Math.round(performance.now() - started);
  log.info({ requestId, tookMs }, 'snapshot made');
  return { name, took_ms: tookMs };
}

/** Of a folder that grows meanwhile, if it is there yet. */
async function measureFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    bytes += (await stat(file).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}
