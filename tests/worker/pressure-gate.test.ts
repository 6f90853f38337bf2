// The processor's pressure as a reason to pause: not for a moment, and not in a flutter.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PressureGate } from '#worker/pressure-gate.ts';

test('a busy moment is none, three busy seconds are', () => {
  const gate = new PressureGate();
  gate.tell('serious', 0);
  gate.tell('fair', 2_000);
  expect(gate.isHighAt(10_000)).toBe(false);
  gate.tell('critical', 20_000);
  expect(gate.isHighAt(22_999)).toBe(false);
  expect(gate.nextAt()).toBe(23_000);
  expect(gate.isHighAt(23_000)).toBe(true);
});

test('it ends after a calm quarter of a minute, and not before', () => {
  const gate = new PressureGate();
  gate.tell('critical', 0);
  expect(gate.isHighAt(3_000)).toBe(true);
  gate.tell('nominal', 4_000);
  gate.tell('serious', 10_000);
  expect(gate.isHighAt(30_000)).toBe(true);
  gate.tell('nominal', 30_000);
  expect(gate.isHighAt(44_999)).toBe(true);
  expect(gate.isHighAt(45_000)).toBe(false);
});

/** A machine that is busy exactly while this program computes. @returns when it began to pause */
function ownDoing(untilMs: number): number[] {
  const gate = new PressureGate();
  const began: number[] = [];
  let isHigh = false;
  gate.tell('serious', 0);
  for (let now = 0; now < untilMs; now += 500) {
    const next = gate.isHighAt(now);
    if (next !== isHigh) gate.tell(next ? 'nominal' : 'serious', now);
    if (next && !isHigh) began.push(now);
    isHigh = next;
  }
  return began;
}

test('what is our own doing is tried again ever more seldom', () => {
  const began = ownDoing(3_600_000);
  expect(began.slice(0, 4)).toEqual([3_000, 21_000, 54_000, 117_000]);
  expect(began.length).toBeLessThan(15);
});

test('whatever is told, it turns only where it said that it would', () => {
  const told = fc.record({
    pressure: fc.constantFrom('nominal', 'fair', 'serious', 'critical'),
    afterMs: fc.integer({ min: 0, max: 40_000 }),
  });
  fc.assert(
    fc.property(fc.array(told), (all) => {
      const gate = new PressureGate();
      let now = 0;
      for (const { pressure, afterMs } of all) {
        gate.tell(pressure, now);
        const before = gate.isHighAt(now);
        const turnsAt = gate.nextAt();
        now += afterMs;
        expect(gate.isHighAt(now)).toBe(turnsAt <= now ? !before : before);
      }
    }),
  );
});
