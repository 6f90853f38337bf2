// Two replicas on one PostgreSQL: what a wallet revokes at one of them is over at the other at once, also
// where that one has the session's key in memory.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Coordinator, createCoordinator } from '#coordinator/coordinator.ts';
import { codeOf } from '../coordinator/account-lab.ts';
import { makeRevocation, ordinary, revoke } from '../coordinator/contract-lab.ts';
import { createOraclePartner } from '../coordinator/oracle-partner.ts';
import { createTestContributor } from '../coordinator/test-contributor.ts';
import { startTestSite, type TestSite, unaudited } from '../coordinator/test-site.ts';
import { findPostgres, type PostgresServer } from '../store/postgres-server.ts';

const found = await findPostgres();
const missing = 'missing' in found ? found.missing : null;
const postgres = found as PostgresServer;

let site: TestSite;
let other: Coordinator;

beforeAll(async () => {
  if (missing) return;
  const databaseUrl = await postgres.makeDatabase();
  site = await startTestSite({ databaseUrl });
  other = await createCoordinator({
    dataFolder: site.dataFolder,
    databaseUrl,
    models: [site.model.folder],
    partner: createOraclePartner(site.model.weights),
    tickMs: 0,
    now: () => site.clock.now,
    rules: unaudited,
  });
});

afterAll(async () => {
  await other?.close();
  await site?.close();
  if (!missing) await postgres.close();
});

const skipped = missing ? ` (skipped: ${missing})` : '';

test.skipIf(missing !== null)(
  `a session that is revoked at one replica is over at the other${skipped}`,
  async () => {
    let at = site.coordinator;
    const who = await createTestContributor({
      weights: site.model.weights,
      async send(url, body) {
        const headers = { 'content-type': 'application/cbor' };
        const payload = Buffer.from(body);
        const answer = await at.inject({ method: 'POST', url, headers, payload });
        return { status: answer.statusCode, body: new Uint8Array(answer.rawPayload) };
      },
    });
    await who.open();
    const kept = await who.makeSessionRequest();
    at = other;
    await who.work();
    at = site.coordinator;
    const word = await makeRevocation(who, who.signer.address);
    expect(await revoke(who, ordinary(who), word)).toMatchObject({ sessions: 1 });
    at = other;
    expect(await codeOf(who.work())).toBe('session/expired');
    expect(await codeOf(who.post('/v1/sessions', kept))).toBe('session/revoked');
    expect(await revoke(who, ordinary(who), word)).toMatchObject({ sessions: 1 });
  },
);
