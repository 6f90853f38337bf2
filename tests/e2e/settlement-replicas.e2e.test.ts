// Two replicas on one PostgreSQL, both told to settle: one of them posts, the other leaves it alone, and
// takes over once the first is gone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Coordinator, createCoordinator } from '#coordinator/coordinator.ts';
import { createOraclePartner } from '../coordinator/oracle-partner.ts';
import { openSettlementSite, type SettlementSite } from '../coordinator/settlement-site.ts';
import { unaudited } from '../coordinator/test-site.ts';
import { listPosted } from '../settlement/epoch-life.ts';
import { findPostgres, type PostgresServer } from '../store/postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const postgres = found as PostgresServer;
const skipped = missing ? ` (skipped: ${missing})` : '';

let opened: SettlementSite;
let other: Coordinator;

beforeAll(async () => {
  if (missing) return;
  const databaseUrl = await postgres.makeDatabase();
  opened = await openSettlementSite({}, { databaseUrl });
  const { site, options } = opened;
  other = await createCoordinator({
    ...options,
    dataFolder: site.dataFolder,
    models: [site.model.folder],
    partner: createOraclePartner(site.model.weights),
    tickMs: 0,
    now: () => site.clock.now,
    rules: unaudited,
  });
});

afterAll(async () => {
  await other?.close();
  await opened?.close();
  if (!missing) await postgres.close();
});

const words = async (coordinator: Coordinator) => {
  opened.site.clock.now += 2_000;
  const { checks } = (await coordinator.inject({ method: 'GET', url: '/readyz' })).json();
  return checks.find(({ name }: { name: string }) => name === 'settlement').words;
};

test.skipIf(missing !== null)(`one of two replicas settles${skipped}`, async () => {
  const { site, lab } = opened;
  const order = await opened.order('first');
  await opened.turn();
  expect(await opened.orderState(order)).toBe('registered');
  await opened.batch(order, [await site.contributor(), await site.contributor()], 'first');
  expect(await other.closeEpoch()).toBeNull();
  expect(await site.coordinator.closeEpoch()).toBe(1);
  await other.settle();
  expect(await words(other)).toBe('another replica does it');
  await site.coordinator.settle();
  expect(await opened.epochs()).toMatchObject([{ state: 'posting' }]);
  await other.settle();
  expect(await words(other)).toBe('another replica does it');
  // The first is gone; the second finds what it sent.
  await site.coordinator.close();
  await lab.mine(2);
  await other.settle();
  expect(await words(other)).toBe('epoch 1 is posted');
  expect(await listPosted(lab)).toEqual([1]);
});
