// What a coordinator answers its operator's page: a quiet one, and a busy one whose figures are large
// and whose names are long.
import type { KeyRow, Overview, ProjectRow } from '../../src/page/admin-api.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const minute = 60_000;
const account = (digit: string) => `0x${digit.repeat(40)}`;

function verdicts(height: number) {
  return Array.from({ length: 60 }, (_, index) => {
    const wave = Math.round(height * (1 + Math.sin(index / 6)) * (index / 60));
    const held = Math.round(wave / 5);
    return {
      at: now - (59 - index) * minute,
      accepted: wave,
      held,
      rejected: index % 17 === 5 ? 3 : 0,
    };
  });
}

export const quiet: Overview = {
  now,
  project: 'Idlewild',
  laboratory: false,
  queue: {
    units: { open: 0, held: 0, done: 0, withdrawn: 0, rowsOpen: 0 },
    statuses: {},
    leasesOpen: 0,
    auditsFresh: 0,
    rowsWaiting: 0,
  },
  batches: [],
  contributors: { live: 0, banned: 0, listed: [] },
  convictions: [],
  verdicts: verdicts(0).map((one) => ({ ...one, rejected: 0 })),
  models: [],
  ledger: { accounts: 0, accepted: 0, rejected: 0, pending: 0, credit: '0' },
  log: { size: 0, signedSize: 0, cosignedSize: 0, waiting: 0, origin: 'example/v1/log' },
  acts: [],
};

function batch(index: number, status: string, done: number, total: number) {
  return {
    id: `batch_${String(index).repeat(32).slice(0, 32)}`,
    project: index % 2 === 0 ? 'The open library' : 'Letters of a long-forgotten correspondence',
    status,
    verification: index % 3 === 0 ? 'full' : 'sampled',
    created_at: now - index * 47 * minute,
    units_total: total,
    units_done: done,
    units_held: status === 'in_progress' ? Math.round(total / 8) : 0,
    units_withdrawn: 0,
  };
}

function contributor(digit: string, change: object = {}) {
  return {
    id: account(digit),
    backend: 'webgpu',
    adapter: 'NVIDIA GeForce RTX 4070',
    live: true,
    seenAt: now - 12_000,
    speed: 41_300_000_000,
    accepted: 18_204,
    rejected: 0,
    credit: '612348900',
    convictions: 0,
    suspended_at: null,
    run: 412,
    confirmed: 9_803,
    ...change,
  };
}

export const busy: Overview = {
  ...quiet,
  queue: {
    units: { open: 912_344, held: 12_004, done: 1_402_118, withdrawn: 310, rowsOpen: 9_120 },
    statuses: { in_progress: 3, completed: 41 },
    leasesOpen: 4_096,
    auditsFresh: 87,
    rowsWaiting: 214,
  },
  batches: [
    batch(1, 'in_progress', 120_000, 400_000),
    batch(2, 'validating', 0, 0),
    batch(3, 'completed', 1_563, 1_563),
    batch(4, 'cancelled', 12, 400),
    batch(5, 'failed', 0, 0),
  ],
  contributors: {
    live: 1_204,
    banned: 1,
    listed: [
      contributor('a'),
      contributor('b', { backend: 'wasm', speed: 2_900_000_000, run: 3, confirmed: 0 }),
      contributor('c', { live: false, seenAt: now - 3 * 60 * minute, speed: null }),
      contributor('d', { live: false, suspended_at: now - minute, convictions: 2, rejected: 31 }),
    ],
  },
  convictions: [
    { account: account('d'), unit: 81_223, place: 6, outcome: 'banned', created_at: now - minute },
    {
      account: account('d'),
      unit: 81_002,
      place: null,
      outcome: 'probation',
      created_at: now - 9e6,
    },
  ],
  verdicts: verdicts(4_000),
  models: [
    {
      id: 'a3f1'.repeat(16),
      name: 'all-MiniLM-L6-v2',
      licence: 'Apache-2.0',
      shards: 8,
      bytes: 23_068_672,
    },
  ],
  ledger: {
    accounts: 20_311,
    accepted: 1_399_004,
    rejected: 412,
    pending: 12_004,
    credit: '48112900041',
  },
  log: {
    size: 1_399_416,
    signedSize: 1_399_400,
    cosignedSize: 1_398_000,
    waiting: 16,
    origin: 'a',
  },
  acts: [
    {
      act: 'unban',
      subject: account('c'),
      reason: 'A sick card, since replaced; its owner wrote and sent the log of the memory test.',
      created_at: now - 40 * minute,
    },
  ],
};

export const projects: ProjectRow[] = [
  {
    id: 'project_default',
    name: 'Idlewild',
    words: 'Embeds texts for search, exactly, for whoever runs this coordinator.',
    content_class: 'personal',
    models: [],
    verification: 'sampled',
    open: true,
    origins: [],
    is_default: true,
    keys: 1,
    batches: 2,
  },
  {
    id: 'project_0123456789abcdef01234567',
    name: 'The open library',
    words: 'Indexes the letters of a public library.',
    content_class: 'public',
    models: ['a3f1'.repeat(16), 'b'.repeat(64)],
    verification: 'full',
    open: false,
    origins: ['https://library.example', 'http://localhost:8080'],
    is_default: false,
    keys: 1,
    batches: 42,
  },
];

export const keys: KeyRow[] = [
  {
    id: 'key_0123456789abcdef01234567',
    project_id: projects[1].id,
    name: 'nightly',
    last_four: 'Zq3_',
    created_at: now - 90 * minute,
    revoked_at: null,
  },
  {
    id: 'key_fedcba9876543210fedcba98',
    project_id: projects[0].id,
    name: '',
    last_four: null,
    created_at: now - 9_000 * minute,
    revoked_at: now - minute,
  },
];

export const health = {
  status: 'failing',
  checks: [
    { name: 'database', ok: true, words: 'answers and writes' },
    { name: 'folder', ok: true, words: 'writable, 48211 MiB free' },
    { name: 'log', ok: false, words: '1399416 leaves, 16 receipts waiting for 40 s' },
  ],
};
