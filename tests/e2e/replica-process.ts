// One of several coordinators on one PostgreSQL and one data folder, a process of its own so that a
// test can kill it. Its model is the synthetic one and its partner the oracle; the rest is real.
import pino from 'pino';
import { createCoordinator } from '#coordinator/coordinator.ts';
import { makeSyntheticEncoder } from '#model/synthetic.ts';
import { createOraclePartner } from '../coordinator/oracle-partner.ts';

export interface ReplicaOrder {
  dataFolder: string;
  databaseUrl: string;
  model: string;
  port: number;
  /** As grants name it: the balancer's. */
  origin: string;
}

export type ReplicaReply = { apiKey: string | null } | { failed: string };

async function start({ dataFolder, databaseUrl, model, port, origin }: ReplicaOrder) {
  const coordinator = await createCoordinator({
    dataFolder,
    databaseUrl,
    models: [model],
    origin,
    partner: createOraclePartner(makeSyntheticEncoder(1)),
    laboratory: true,
    waits: {
      partnerWaitMs: 1_000,
      liveMs: 3_000,
      leaseMsMin: 3_000,
      leaseMsMax: 3_000,
      claimMs: 3_000,
    },
    log: pino({ level: 'error' }, pino.destination({ dest: 2, sync: true })),
  });
  await coordinator.listen({ host: '127.0.0.1', port });
  process.once('disconnect', () => void coordinator.close().then(() => process.exit(0)));
  return { apiKey: coordinator.apiKey };
}

process.once('message', async (order: ReplicaOrder) => {
  const tell = (reply: ReplicaReply) => process.send?.(reply);
  try {
    tell(await start(order));
  } catch (thrown) {
    tell({ failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    process.exit(1);
  }
});
