// Two coordinators on one PostgreSQL and one data folder share out what they do themselves: a batch is
// read by one, a unit computed by one. Whoever dies: tests/store/claims.e2e.test.ts.
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Coordinator, createCoordinator } from '#coordinator/coordinator.ts';
import { type CountedPartner, createOraclePartner } from '../coordinator/oracle-partner.ts';
import type { TestContributor } from '../coordinator/test-contributor.ts';
import {
  embedLine,
  makeTexts,
  startTestSite,
  type TestSite,
  unaudited,
} from '../coordinator/test-site.ts';
import { findPostgres, type PostgresServer } from '../store/postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const postgres = found as PostgresServer;

/** Messages that both coordinators log. */
const logged: string[] = [];
const log = pino({ level: 'info' }, { write: (line) => void logged.push(JSON.parse(line).msg) });

/** Partners of whom none gives its first output before each has been asked for one. */
function meet(partners: readonly CountedPartner[]): void {
  let arrived = () => {};
  const met = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const asked = new Set<CountedPartner>();
  for (const partner of partners) {
    const encode = partner.encode.bind(partner);
    partner.encode = async (...given) => {
      asked.add(partner);
      if (asked.size === partners.length) arrived();
      await met;
      return encode(...given);
    };
  }
}

describe.skipIf(missing !== null)(`on PostgreSQL${missing ? `: ${missing}` : ''}`, () => {
  let site: TestSite;
  let other: Coordinator;
  let otherPartner: CountedPartner;
  let alice: TestContributor;
  const settleBoth = () => Promise.all([site.coordinator.settle(), other.settle()]);

  /** Not read yet, though it may be. */
  async function create(word: string): Promise<string> {
    const lines = makeTexts(160).map((text, i) => embedLine(`${i}`, `${word} ${text}`));
    const file = await site.upload(lines.map((line) => JSON.stringify(line)).join('\n'));
    const body = { input_file_id: file, endpoint: '/v1/embeddings', completion_window: '24h' };
    return (await site.post('/v1/batches', body)).json.id;
  }

  beforeAll(async () => {
    const databaseUrl = await postgres.makeDatabase();
    site = await startTestSite({ databaseUrl, log });
    otherPartner = createOraclePartner(site.model.weights);
    other = await createCoordinator({
      dataFolder: site.dataFolder,
      databaseUrl,
      models: [site.model.folder],
      partner: otherPartner,
      tickMs: 0,
      now: () => site.clock.now,
      rules: unaudited,
      log,
    });
    alice = await site.contributor();
  });
  afterAll(async () => {
    await other.close();
    await site.close();
    await postgres.close();
  });

  test('a batch is read by one, and each of its units computed by one', async () => {
    const id = await create('w1');
    await settleBoth();
    expect(logged.filter((message) => message === 'batch opened')).toHaveLength(1);
    meet([site.partner, otherPartner]);
    const { x_units } = await site.batch(id);
    await alice.turn(x_units.total);
    await settleBoth();
    await settleBoth();
    expect((await site.batch(id)).status).toBe('completed');
    expect(logged.filter((message) => message === 'batch delivered')).toHaveLength(1);
    expect(site.partner.rows + otherPartner.rows).toBe(160);
  });
});
