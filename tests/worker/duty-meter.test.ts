// The share of the last minute that was really computed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DutyMeter } from '#worker/duty-meter.ts';

test('nothing is known before a second has passed, then the share of what has', () => {
  const meter = new DutyMeter(5_000);
  meter.add(300, 5_600);
  expect(meter.measure(5_900, 1)).toBeNull();
  expect(meter.measure(6_500, 1)).toBeCloseTo(20);
  meter.restart(10_000);
  expect(meter.measure(12_000, 1)).toBe(0);
});

test('any run of work is measured within what a second may blur', () => {
  const piece = fc.record({
    workMs: fc.integer({ min: 0, max: 3_000 }),
    restMs: fc.integer({ min: 0, max: 3_000 }),
  });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 120 }), (pieces) => {
      const meter = new DutyMeter(0);
      const spans: [from: number, to: number][] = [];
      let now = 0;
      for (const { workMs, restMs } of pieces) {
        spans.push([now, now + workMs]);
        now += workMs;
        meter.add(workMs, now);
        now += restMs;
      }
      const measured = meter.measure(now, 1);
      if (measured === null) return;
      const from = Math.max(0, (Math.ceil(now / 1_000) - 60) * 1_000);
      const worked = spans.reduce(
        (sum, [a, b]) => sum + Math.max(0, Math.min(b, now) - Math.max(a, from)),
        0,
      );
      expect(measured).toBeCloseTo((100 * worked) / (now - from), 6);
    }),
  );
});

test('lanes together count as the mean of each', () => {
  const meter = new DutyMeter(0);
  for (let lane = 0; lane < 4; lane++) meter.add(5_000, 10_000);
  expect(meter.measure(10_000, 4)).toBeCloseTo(50);
});
