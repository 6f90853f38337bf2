// Statuses such as a worker sends, one for every state that the page must show.
import type { ContributorStatus, VerdictLine } from '#worker/status.ts';

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

const started = {
  phase: 'working',
  message: 'Working.',
  error: null,
  device: {
    backend: 'webgpu',
    adapter: 'NVIDIA GeForce RTX 4070, native 4×8 dot',
    why: 'WebGPU: this device has a GPU that the browser may use.',
  },
  account: { address: '0x9c1185a5c5e9fc54612808977ee8f548b2258d31', kind: 'device' },
  totals: { accepted: 118, pending: 3, rejected: 0, credit: 1_237_348 },
  units: 24,
  rows: 768,
  rowsPerSecond: 412.4,
  multiplyAddsPerSecond: 134_200_000_000,
  outbox: 1,
  cachedBytes: 23_068_672,
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
} satisfies ContributorStatus;

export const statuses = {
  connecting: {
    ...started,
    phase: 'connecting',
    message: 'Connecting: asking the coordinator for a session.',
    device: null,
    account: null,
    unit: null,
    batch: null,
    totals: { accepted: 0, pending: 0, rejected: 0, credit: 0 },
    verdicts: [],
    units: 0,
    rows: 0,
    outbox: 0,
    cachedBytes: 0,
    rowsPerSecond: 0,
    multiplyAddsPerSecond: 0,
  },
  testing: {
    ...started,
    phase: 'testing',
    message: 'Testing this device: WebGPU on NVIDIA GeForce RTX 4070.',
    unit: null,
    batch: null,
    rowsPerSecond: 0,
    multiplyAddsPerSecond: 0,
  },
  loading: {
    ...started,
    phase: 'loading',
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
    message: 'Waiting: no unit needs this device now.',
    unit: null,
    retryAfterMs: 40_000,
  },
  paused: {
    ...started,
    phase: 'paused',
    message: 'Paused: you pressed Pause, the machine is on battery, and another tab works already.',
    unit: null,
  },
  stopping: { ...started, phase: 'stopping', message: 'Stopping: handing leases back.' },
  stopped: {
    ...started,
    phase: 'stopped',
    message: 'Stopped. Finished results are kept.',
    unit: null,
    outbox: 2,
  },
  finished: {
    ...started,
    phase: 'stopped',
    message: 'Stopped: the 24 units you asked for are done.',
    unit: null,
    outbox: 0,
    totals: { accepted: 21, pending: 1, rejected: 2, credit: 220_206 },
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
    unit: null,
    error: { code, message, retryable: false, metaMessages },
  } satisfies ContributorStatus;
}
