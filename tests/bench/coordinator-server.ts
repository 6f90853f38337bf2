// The coordinator under load, a process of its own: as `idlewild serve` composes it, but for its own
// audits, which compute what the bench's contributors do. coordinator.ts forks it.
import pino from 'pino';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { syntheticConfig } from '#model/synthetic.ts';
import { rowWords } from './coordinator-contributor.ts';

const words = syntheticConfig.hiddenSize;

export interface ServerOrder {
  dataFolder: string;
  model: string;
  /** Null for the embedded database. */
  databaseUrl: string | null;
}

type ServerReply = { origin: string } | { failed: string };

async function start({ dataFolder, model, databaseUrl }: ServerOrder): Promise<string> {
  const coordinator = await createCoordinator({
    dataFolder,
    models: [model],
    ...(databaseUrl && { databaseUrl }),
    log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })),
    trustProxy: ['127.0.0.1'],
    waits: { partnerWaitMs: 3_600_000, liveMs: 3_600_000, leaseMsMin: 600_000 },
    partner: {
      backend: 'wasm',
      encode: async (_folder, rows) => {
        const output = new Int32Array(rows.length * words);
        for (const [i, row] of rows.entries()) output.set(rowWords(row, words), i * words);
        return output;
      },
      infer: () => Promise.reject(new Error('no bounded model is served here')),
      close: async () => {},
    },
  });
  await coordinator.listen({ host: '127.0.0.1', port: 0 });
  process.once('disconnect', () => void coordinator.close().then(() => process.exit(0)));
  return coordinator.origin();
}

process.once('message', async (order: ServerOrder) => {
  const tell = (reply: ServerReply) => process.send?.(reply);
  try {
    tell({ origin: await start(order) });
  } catch (thrown) {
    tell({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    process.exit(1);
  }
});
