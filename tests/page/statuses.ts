// Statuses such as a worker sends, one for every state that the page must show.
import {
  type ContributorStatus,
  defaultSettings,
  idleStatus,
  type VerdictLine,
} from '#worker/status.ts';

const digest = (seed: number) =>
  Array.from({ length: 64 }, (_, i) => ((seed * 2654435761 + i * i * 40503) >>> 7) % 16)
    .map((digit) => digit.toString(16))
    .join('');

export function verdict(seed: number, change: Partial<VerdictLine> = {}): VerdictLine {
  return {
    unit: digest(seed),
    lease: `lease-${seed}`,
    rows: 32,
    state: 'accepted',
    code: 'verdict/confirmed',
    message: 'Another result has the same digest.',
    credit: 10_486,
    receipt: digest(seed + 1000),
    ...change,
  };
}

const pendingVerdict = (seed: number) =>
  verdict(seed, {
    state: 'pending',
    code: 'verdict/awaiting-partner',
    message: 'Waiting for a second result of this unit.',
    credit: 0,
    receipt: null,
  });

const rejectedVerdict = (seed: number) =>
  verdict(seed, {
    state: 'rejected',
    code: 'verdict/digest-mismatch',
    message: 'The digest differs from that of the recomputed unit.',
    credit: 0,
    receipt: null,
  });

const noCredit = { creditPending: 0, creditHeld: 0 };

const started = {
  ...idleStatus,
  phase: 'working',
  message: 'Working.',
  error: null,
  device: {
    backend: 'webgpu',
    adapter: 'NVIDIA GeForce RTX 4070, native 4×8 dot',
    why: 'WebGPU: this device has a GPU that the browser may use.',
    whyCode: 'auto-hardware',
  },
  account: { address: '0x9c1185a5c5e9fc54612808977ee8f548b2258d31', kind: 'device' },
  totals: { accepted: 118, pending: 3, rejected: 0, credit: 1_237_348, ...noCredit },
  units: 24,
  rows: 768,
  rowsPerSecond: 412.4,
  multiplyAddsPerSecond: 134_200_000_000,
  outbox: 1,
  diskBytes: 23_068_672,
  download: null,
  unit: {
    unit: digest(7),
    rows: 32,
    sliceRow: 8,
    sliceRows: 8,
    layer: 3,
    layers: 6,
    done: 3.25 / 6,
    total: 1,
  },
  project: 'The open library',
  model: 'all-MiniLM-L6-v2',
  batch: { unitsDone: 141, unitsTotal: 312, remainingMs: 185_000 },
  verdicts: [pendingVerdict(3), verdict(2), verdict(1)],
  retryAfterMs: 0,
  yielding: false,
  dutyMeasured: 58,
  today: { downloadedBytes: 23_068_672 },
  projectId: 'library',
  saying: { code: 'working/unit', values: { project: 'The open library' } },
} satisfies ContributorStatus;

export const statuses = {
  connecting: {
    ...started,
    phase: 'connecting',
    saying: { code: 'connecting/session', values: {} },
    message: 'Connecting: asking the coordinator for a session.',
    device: null,
    account: null,
    unit: null,
    batch: null,
    totals: { accepted: 0, pending: 0, rejected: 0, credit: 0, ...noCredit },
    verdicts: [],
    units: 0,
    rows: 0,
    outbox: 0,
    diskBytes: 0,
    rowsPerSecond: 0,
    multiplyAddsPerSecond: 0,
  },
  testing: {
    ...started,
    phase: 'testing',
    saying: { code: 'testing/known-answers', values: {} },
    message: 'Testing this device: WebGPU on NVIDIA GeForce RTX 4070.',
    unit: null,
    batch: null,
    rowsPerSecond: 0,
    multiplyAddsPerSecond: 0,
  },
  loading: {
    ...started,
    phase: 'loading',
    saying: { code: 'loading/model', values: {} },
    message: 'Loading the model all-MiniLM-L6-v2.',
    unit: null,
    rowsPerSecond: 0,
    multiplyAddsPerSecond: 0,
    download: { done: 9_400_000, total: 23_068_672, remainingMs: 12_000 },
  },
  working: started,
  waiting: {
    ...started,
    phase: 'waiting',
    message: 'Waiting: No unit waits for a contributor now.',
    saying: {
      code: 'waiting/reason',
      values: { code: 'work/none', message: 'No unit waits for a contributor now.' },
    },
    unit: null,
    retryAfterMs: 40_000,
  },
  paused: {
    ...started,
    phase: 'paused',
    message: 'Paused.',
    saying: { code: 'paused/reasons', values: {} },
    pauses: ['user'],
    unit: null,
  },
  /** By what this machine does, not by the visitor's hand. */
  held: {
    ...started,
    phase: 'paused',
    message: 'Paused.',
    saying: {
      code: 'paused/daily-cap',
      values: {
        model: 'all-MiniLM-L6-v2',
        neededBytes: 23_068_672,
        usedBytes: 480_000_000,
        capBytes: 500_000_000,
      },
    },
    pauses: ['battery', 'schedule', 'quota'],
    settings: {
      ...defaultSettings,
      onlyMains: true,
      schedule: { days: [1, 2, 3, 4, 5], fromMinute: 1320, toMinute: 420 },
      dailyBytesMax: 500_000_000,
    },
    unit: null,
  },
  finishing: {
    ...started,
    message: 'Computing for The open library; then it pauses.',
    saying: { code: 'working/finishing', values: { project: 'The open library' } },
    finishing: true,
  },
  stopping: {
    ...started,
    phase: 'stopping',
    message: 'Stopping: handing leases back.',
    saying: { code: 'stopping/handing-back', values: {} },
  },
  stopped: {
    ...started,
    phase: 'stopped',
    message: 'Stopped. Finished results are kept.',
    saying: { code: 'stopped/done', values: { kept: 2 } },
    unit: null,
    outbox: 2,
  },
  finished: {
    ...started,
    phase: 'stopped',
    message: 'Stopped.',
    saying: { code: 'stopped/done', values: { kept: 0 } },
    unit: null,
    outbox: 0,
    totals: {
      accepted: 21,
      pending: 1,
      rejected: 2,
      credit: 220_206,
      creditPending: 10_486,
      creditHeld: 20_972,
    },
    verdicts: [pendingVerdict(24), rejectedVerdict(23), verdict(22), rejectedVerdict(21)].concat(
      Array.from({ length: 12 }, (_, i) => verdict(20 - i)),
    ),
    batch: { unitsDone: 312, unitsTotal: 312, remainingMs: 0 },
  },
} satisfies Record<string, ContributorStatus>;

export function failed(code: string, message: string, metaMessages: string[] = []) {
  return {
    ...started,
    phase: 'failed',
    message,
    saying: { code: 'failed/error', values: { code, message } },
    unit: null,
    error: { code, message, retryable: false, metaMessages },
  } satisfies ContributorStatus;
}
