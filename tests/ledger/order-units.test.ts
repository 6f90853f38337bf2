// Who pays more goes first, and nobody waits for ever.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseOrder, oldestEvery, type WaitingUnit } from '#ledger/order-units.ts';

const unit = (id: number, tip = 0): WaitingUnit => ({ id, tip });
const ids = (units: readonly WaitingUnit[]) => units.map(({ id }) => id);

test('the dearest first, of equal ones the older, and every eighth lease to the oldest', () => {
  const waiting = [unit(1), unit(2, 5), unit(3, 9), unit(4, 5), unit(5)];
  expect(ids(chooseOrder(waiting, 1, 9))).toEqual([3, 2, 4, 1, 5]);
  expect(ids(chooseOrder(waiting, 0, 9))).toEqual([1, 3, 2, 4, 5]);
  expect(ids(chooseOrder(waiting, 6, 4))).toEqual([3, 2, 1, 4]);
  expect(chooseOrder([], 0, 4)).toEqual([]);
  expect(chooseOrder(waiting, 0, 0)).toEqual([]);
});

test('a choice is of different units, as many as there are or as were asked for', () => {
  const units = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 60 });
  fc.assert(
    fc.property(units, fc.nat(1_000), fc.nat(80), (list, turn, take) => {
      const waiting = list.map((id) => unit(id, (id * 7919) % 11));
      const chosen = chooseOrder(waiting, turn, take);
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen).toHaveLength(Math.min(take, waiting.length));
    }),
  );
});

// Every oldestEvery-th lease takes the oldest, what comes later is younger, and so a unit behind n older
// ones has n fewer with each of those leases: it is leased by the (n + 1)-th, whatever arrives.
test('a unit behind n older ones waits for (n + 1) x 8 leases at most, under endless dear arrivals', () => {
  const tips = fc.integer({ min: 0, max: 1_000_000 });
  const call = fc.record({
    arrivals: fc.array(tips, { maxLength: 12 }),
    take: fc.integer({ min: 0, max: 12 }),
  });
  fc.assert(
    fc.property(
      fc.array(tips, { maxLength: 20 }),
      fc.array(call, { maxLength: 60 }),
      (first, calls) => {
        let made = 0;
        let turn = 0;
        let waiting: (WaitingUnit & { due: number })[] = [];
        const arrive = (tip: number) => {
          waiting.push({ id: made++, tip, due: turn + (waiting.length + 1) * oldestEvery });
        };
        first.forEach(arrive);
        for (const { arrivals, take } of calls) {
          arrivals.forEach(arrive);
          const chosen = chooseOrder(waiting, turn, take);
          for (const [place, { due }] of chosen.entries()) {
            expect(turn + place).toBeLessThan(due);
          }
          turn += chosen.length;
          waiting = waiting.filter((one) => !chosen.includes(one));
          for (const { due } of waiting) expect(turn).toBeLessThan(due);
        }
      },
    ),
  );
});
