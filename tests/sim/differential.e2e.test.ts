// The same seeded script of calls against the queue in memory and the real one over SQL: answers at
// every step, states at many, must be the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeDraw as makeSecretDraw } from '#store/draw.ts';
import { type Level, policy } from '#validator/policy.ts';
import { runDifferential } from './differential.ts';
import { makeDraw } from './draw.ts';
import type { Plan } from './habits.ts';
import { openMemoryQueue } from './memory-queue.ts';
import type { Crowd } from './simulate.ts';
import { openSqlQueue } from './sql-queue.ts';

const speed: Plan['speed'] = [2, 8];
const secret = 'of the draws';

const crowd: Crowd = {
  honest: { count: 6, plan: { speed } },
  slow: { count: 1, plan: { speed: [0.1, 0.2] } },
  vanishing: { count: 1, plan: { speed, vanishes: 1 / 40 } },
  sick: { count: 1, plan: { speed, sick: 1 / 500 } },
  ring: {
    count: 3,
    plan: { speed, friends: 'vouch', grabs: 2, lie: { after: 15, share: 1 / 8, rows: 2 } },
  },
  accuser: { count: 1, plan: { speed, accuses: 1 / 2, identities: 2 } },
  tenth: { count: 1, plan: { speed, identities: 3, lie: { after: 2, share: 1 / 10, rows: null } } },
};

async function agree(
  level: Level,
  { seed, batches, callsPerState }: { seed: number; batches: number[]; callsPerState: number },
) {
  const waits = {
    composeMs: 20_000,
    partnerMs: 60_000,
    liveMs: 60_000,
    goneMs: 5 * 60_000,
    leaseMsMin: 60_000,
    leaseSlack: 0,
  };
  const options = { rules: policy, waits, laboratory: false };
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-differential-'));
  const sql = await openSqlQueue({ ...options, folder: path.join(folder, 'database'), secret });
  try {
    const memory = openMemoryQueue({ ...options, draw: makeSecretDraw(secret) });
    return await runDifferential(memory, sql, {
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
    await sql.close();
    await rm(folder, { recursive: true });
  }
}

// 600 units take most of a minute; the full run is IDLEWILD_DIFFERENTIAL_UNITS=5000.
const units = Number(process.env.IDLEWILD_DIFFERENTIAL_UNITS ?? 600);

test(`${units} sampled units, in four batches`, async () => {
  const batches = Array.from({ length: 4 }, () => units / 4);
  const agreement = await agree('sampled', { seed: 1, batches, callsPerState: 100 });
  expect(agreement.delivered).toBe(true);
  expect(agreement.convictions).toBeGreaterThan(5);
}, 3_600_000);

test.each(['full', 'trusted'] as const)(
  '120 %s units, state by state',
  async (level) => {
    const agreement = await agree(level, { seed: 2, batches: [60, 60], callsPerState: 5 });
    expect(agreement.delivered).toBe(true);
  },
  300_000,
);
