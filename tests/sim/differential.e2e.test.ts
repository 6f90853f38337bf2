// The same seeded script of calls against the queue in memory and the real one over SQL: answers at
// every step, states at many, must be the same. On PostgreSQL, which takes half of PGlite's time for
// it, and a short run on PGlite; where there is no PostgreSQL, all on PGlite.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openEmbedded } from '#store/database-embedded.ts';
import { makeDraw as makeSecretDraw } from '#store/draw.ts';
import { openPostgres } from '#store/postgres.ts';
import { type Level, type Policy, policy } from '#validator/policy.ts';
import { findPostgres } from '../store/postgres-server.ts';
import { runDifferential } from './differential.ts';
import { makeDraw } from './draw.ts';
import type { Plan } from './habits.ts';
import { openMemoryQueue } from './memory-queue.ts';
import { projects } from './projects.ts';
import { restoreRandom, seedRandom } from './seed-random.ts';
import type { Crowd } from './simulate.ts';
import { openSqlQueue } from './sql-queue.ts';

const speed: Plan['speed'] = [2, 8];
const secret = 'of the draws';
const found = await findPostgres();
const server = 'missing' in found ? null : found;
const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-differential-'));

afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true });
});

const chooses = [null, ...projects.map(({ id }) => id)];

const crowd: Crowd = {
  honest: { count: 3, plan: { speed } },
  choosing: { count: 3, plan: { speed, chooses } },
  slow: { count: 1, plan: { speed: [0.1, 0.2] } },
  vanishing: { count: 1, plan: { speed, vanishes: 1 / 40 } },
  lapser: { count: 1, plan: { speed, lapses: 1 / 6 } },
  refuser: { count: 1, plan: { speed, refuses: 1 } },
  sick: { count: 1, plan: { speed, sick: 1 / 500 } },
  ring: {
    count: 3,
    plan: { speed, chooses, friends: 'vouch', grabs: 2, lie: { after: 15, share: 1 / 8, rows: 2 } },
  },
  accuser: { count: 1, plan: { speed, accuses: 1 / 2, identities: 2 } },
  tenth: { count: 1, plan: { speed, identities: 3, lie: { after: 2, share: 1 / 10, rows: null } } },
};

/** The ladder's lines so close together that a few units a contributor climb all of it. */
const steep: Policy = {
  ...policy,
  runMin: 4,
  provenMin: 12,
  watched: [
    { confirmedBelow: 12, rows: 8 },
    { confirmedBelow: 30, rows: 3 },
  ],
  holdUnits: [
    { confirmedBelow: 30, units: 6 },
    { confirmedBelow: Number.POSITIVE_INFINITY, units: 3 },
  ],
};

interface Script {
  rules: Policy;
  seed: number;
  batches: number[];
  callsPerState: number;
  embedded?: boolean;
}

async function agree(
  level: Level,
  { rules, seed, batches, callsPerState, embedded = false }: Script,
) {
  const waits = {
    composeMs: 20_000,
    partnerMs: 60_000,
    liveMs: 60_000,
    goneMs: 5 * 60_000,
    leaseMsMin: 60_000,
    leaseSlack: 0,
  };
  const options = { rules, waits, laboratory: false };
  const engine =
    server && !embedded
      ? await openPostgres({ url: await server.makeDatabase() })
      : await openEmbedded(path.join(folder, `${level} ${seed}`));
  seedRandom(`of ${seed}`);
  try {
    const memory = openMemoryQueue({ ...options, draw: makeSecretDraw(secret) });
    return await runDifferential(memory, await openSqlQueue(engine, { ...options, secret }), {
      crowd,
      draw: makeDraw(seed),
      level,
      batches,
      rows: 32,
      tickMs: 5_000,
      callsPerState,
      callsMax: 20_000,
    });
  } finally {
    restoreRandom();
    await engine.close();
  }
}

// 5,000 units, by the product's own numbers, are IDLEWILD_DIFFERENTIAL_UNITS=5000.
const full = Number(process.env.IDLEWILD_DIFFERENTIAL_UNITS ?? 0);
const units = full || 240;

test(`${units} sampled units, in four batches`, async () => {
  const agreement = await agree('sampled', {
    rules: full ? policy : steep,
    seed: 3,
    batches: Array.from({ length: 4 }, () => units / 4),
    callsPerState: full ? 100 : 20,
  });
  expect(agreement.delivered).toBe(true);
  expect(agreement.convictions).toBeGreaterThan(2);
  expect(agreement.proven).toBeGreaterThan(0);
}, 3_600_000);

test.each([
  { level: 'full', batches: [40, 40], callsPerState: 5 },
  { level: 'trusted', batches: [40], callsPerState: 5 },
  { level: 'sampled', batches: [40], callsPerState: 50, embedded: true },
] as const)('$level, again', async ({ level, batches, ...on }) => {
  const script = { rules: steep, seed: 2, batches: [...batches], ...on };
  const agreement = await agree(level, script);
  expect(agreement.delivered).toBe(true);
});
