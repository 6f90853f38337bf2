// Which verdicts a call asks for.
import { expect, test } from 'vitest';
import { chooseAwaiting } from '#worker/choose-awaiting.ts';

const leases = Array.from({ length: 45 }, (_, i) => `lease_${i}`);

test('few are asked for at every call', () => {
  expect(chooseAwaiting([], 3)).toEqual([]);
  expect(chooseAwaiting(leases.slice(0, 16), 5).sort()).toEqual(leases.slice(0, 16).sort());
});

test('the oldest at every call, and each of the others before long', () => {
  const seen = new Set<string>();
  for (let turn = 0; turn < 5; turn++) {
    const asked = chooseAwaiting(leases, turn);
    expect(asked.slice(0, 8)).toEqual(leases.slice(0, 8));
    expect(new Set(asked).size).toBe(16);
    for (const lease of asked) seen.add(lease);
  }
  expect(seen.size).toBe(leases.length);
});
