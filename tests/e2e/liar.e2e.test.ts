// One contributor lies: it flips one bit of each output. Nothing of it is accepted, and the batch
// delivers what honest arithmetic delivers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  batchFile,
  deliveredDigest,
  expectedDigest,
  importTestModel,
  modelFolder,
  requesterOf,
} from './moby-dick-batch.ts';
import { contribute } from './node-contributor.ts';
import { freePort, serve } from './serve-process.ts';

const sentences = 150;

test('nothing of a liar is accepted, and the output is the honest one', async () => {
  await importTestModel();
  const dataFolder = await mkdtemp(path.join(tmpdir(), 'idlewild-liar-'));
  const server = await serve({ dataFolder, model: modelFolder, port: await freePort() });
  try {
    const requester = requesterOf(server.origin, server.apiKey);
    const fileId = await requester.upload(batchFile(sentences), 'liar.jsonl');
    const { id } = await requester.createBatch(fileId);
    const liar = await contribute(server.origin, true);
    await liar.until(({ units }) => units > 0);
    const honest = await Promise.all([contribute(server.origin), contribute(server.origin)]);
    const batch = await requester.waitForBatch(id, () => {});
    expect(batch.status).toBe('completed');
    expect(batch.request_counts).toEqual({ total: sentences, completed: sentences, failed: 0 });

    const caught = await liar.until(({ totals }) => totals.rejected > 0);
    expect(caught.totals).toMatchObject({ accepted: 0, credit: 0 });
    await liar.stop();
    let accepted = 0;
    for (const contributor of honest) {
      const { totals } = await contributor.until(
        ({ totals, units }) => totals.pending === 0 && totals.accepted + totals.rejected >= units,
      );
      expect(totals.rejected).toBe(0);
      accepted += totals.accepted;
      await contributor.stop();
    }
    expect(accepted).toBeGreaterThan(0);
    const delivered = await deliveredDigest(requester, batch.output_file_id ?? '');
    expect(delivered).toMatchObject({
      lines: sentences,
      digest: await expectedDigest(sentences),
    });
  } finally {
    await server.kill('SIGTERM');
    await rm(dataFolder, { recursive: true, force: true });
  }
});
