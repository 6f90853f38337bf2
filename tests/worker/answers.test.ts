// Whatever a coordinator sends, the contributor either understands it or says what is wrong.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUnitInput, unitDigest } from '#protocol/unit.ts';
import type { Lease, WorkAnswer } from '#protocol/wire.ts';
import { readErrorBody, readLeaseInput, readWorkAnswer } from '#worker/answers.ts';

const model = new Uint8Array(32).fill(3);
const input = encodeUnitInput({ model, rows: [new Uint32Array([1, 2]), new Uint32Array([3])] });

const lease: Lease = {
  lease: 'lease-1',
  unit: unitDigest(input),
  model,
  rows: 2,
  cost: 1000,
  leaseMs: 60_000,
  input,
  deliver: 'output',
  project: 'The test',
  projectId: 'project_test',
};

const answer: WorkAnswer = {
  wire: 1,
  verdicts: [
    {
      lease: 'lease-0',
      state: 'pending',
      code: 'verdict/awaiting-partner',
      message: 'Waiting.',
      credit: 0,
      receipt: null,
    },
  ],
  leases: [lease],
  retryAfterMs: 0,
  reason: null,
  totals: { accepted: 1, pending: 1, rejected: 0, credit: -5, creditPending: 0, creditHeld: 0 },
  batch: { project: 'The test', unitsDone: 1, unitsTotal: 2, remainingMs: null },
};

const malformed = expect.objectContaining({ code: 'coordinator/malformed' });

test('a right answer is taken as it is, and an hour is the longest wait', () => {
  expect(readWorkAnswer(answer)).toEqual(answer);
  expect(readWorkAnswer({ ...answer, retryAfterMs: 1e12 }).retryAfterMs).toBe(3_600_000);
});

test('any one field of another kind is refused by name', () => {
  const fields: [string, (value: unknown) => unknown][] = [
    ['leases.0.unit', (unit) => ({ ...answer, leases: [{ ...lease, unit }] })],
    ['leases.0.rows', (rows) => ({ ...answer, leases: [{ ...lease, rows }] })],
    ['totals', (totals) => ({ ...answer, totals })],
    ['retryAfterMs', (retryAfterMs) => ({ ...answer, retryAfterMs })],
    ['verdicts', (verdicts) => ({ ...answer, verdicts })],
  ];
  const wrong = fc.constantFrom<unknown>('x', -1, 1.5e300, null, new Uint8Array(31), {}, true);
  fc.assert(
    fc.property(fc.constantFrom(...fields), wrong, ([name, put], value) => {
      if (name === 'retryAfterMs' && value === 1.5e300) return;
      expect(() => readWorkAnswer(put(value))).toThrowError(
        expect.objectContaining({
          code: 'coordinator/malformed',
          metaMessages: [expect.stringContaining(name)],
        }),
      );
    }),
  );
});

test('no value whatever makes it fail in another way', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(() => readWorkAnswer(value)).toThrowError(malformed);
      expect(readErrorBody(value)).toBeNull();
    }),
  );
});

test('a lease must be what it names', () => {
  expect(readLeaseInput(lease)?.rows).toHaveLength(2);
  const wrong = [
    { ...lease, unit: new Uint8Array(32) },
    { ...lease, model: new Uint8Array(32) },
    { ...lease, rows: 1 },
    { ...lease, input: input.subarray(1) },
  ];
  for (const one of wrong) {
    expect(() => readLeaseInput(one)).toThrowError(
      expect.objectContaining({ code: 'unit/malformed' }),
    );
  }
});
