// The audit of rates: a history that does not follow is found, and a receipt that was paid at a rate
// that nobody ever published.
import { expect, test } from 'vitest';
import { createRateCheck } from '#cli/audit-price.ts';
import type { RateEntry } from '#ledger/audit-rates.ts';
import {
  formatHistory,
  type PriceAnswer,
  parsePrices,
  priceEntriesMax,
} from '#ledger/price-answer.ts';
import { nextRate, rateOf, rateRules, startRate } from '#ledger/rate-controller.ts';
import { firstRate, rateEpochMs } from '#protocol/price.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';

/** Ten epochs of a market that is always full. */
function makeEntries(count = 10): RateEntry[] {
  let state = { ...startRate(firstRate), epoch: 7 };
  const seen = { verified: 90n, capacity: 100n, waiting: false };
  const none = { verified: 0n, capacity: 0n, waiting: false };
  const first = { ...state, rate: rateOf(state), seen: none };
  const rest = Array.from({ length: count - 1 }, (_, place) => {
    state = nextRate(state, { ...seen, epoch: 8 + place });
    return { ...state, rate: rateOf(state), seen };
  });
  return [first, ...rest];
}

function makeAnswer(entries: RateEntry[], before = Number.POSITIVE_INFINITY): PriceAnswer {
  const page = entries.filter(({ epoch }) => epoch < before).slice(-priceEntriesMax);
  return {
    rate: entries.at(-1)?.rate ?? firstRate,
    epoch: 5,
    epoch_ms: rateEpochMs,
    ends_in_ms: 1,
    target_permille: rateRules.targetPermille,
    floor: rateRules.rateFloor,
    cap: rateRules.rateCap,
    history: formatHistory(page),
  };
}

/** What a coordinator with this history is found to have done. */
async function check(
  entries: RateEntry[] | null,
  receipts: [rate: number | undefined, payer: string][],
  change: Partial<PriceAnswer> = {},
) {
  const rates = createRateCheck();
  for (const [leaf, [rate, payer]] of receipts.entries()) {
    rates.offer(leaf, { ...(rate !== undefined && { rate }), payer } as ReceiptPayload);
  }
  const faults = await rates.check({
    async read(path) {
      if (!entries) return null;
      const before = new URL(path, 'http://a').searchParams.get('before');
      const answer = makeAnswer(entries, before === null ? undefined : Number(before));
      return new TextEncoder().encode(JSON.stringify({ ...answer, ...change }));
    },
  });
  return faults.map(({ code, leaf }) => `${code} ${leaf}`);
}

const project = 'project:p:spent';
const order = `order:0x${'a'.repeat(64)}:spent`;

test('what was paid at the rates that were published is as it should be', async () => {
  const entries = makeEntries();
  const paid = entries.map(({ rate }): [number, string] => [rate, project]);
  expect(await check(entries, [...paid, [undefined, project], [firstRate + 1, order]])).toEqual([]);
  expect(await check(null, [[undefined, project]])).toEqual([]);
});

test('a rate that was never published is found, and one below all of them whatever the tip', async () => {
  const entries = makeEntries();
  const paid: [number, string][] = [
    [firstRate, project],
    [firstRate + 1, project],
    [firstRate - 1, order],
    [firstRate - 1, 'coordinator:covered'],
    [10 ** 8, order],
  ];
  const faults = ['rate/not-published 1', 'rate/not-published 2'];
  expect(await check(entries, paid)).toEqual(faults);
  expect(await check(null, [[firstRate, project]])).toEqual(['rate/not-published null']);
});

test('a history of many pages is read whole, and found where it does not follow', async () => {
  const entries = makeEntries(2 * priceEntriesMax + 5);
  expect(await check(entries, [[entries[20].rate, project]])).toEqual([]);
  const bent = entries.map((entry, place) =>
    place === 20 ? { ...entry, seen: { ...entry.seen, verified: 1n } } : entry,
  );
  expect(await check(bent, [])).toEqual(['rate/not-followed null']);
  expect(await check(entries, [], { rate: firstRate })).toEqual(['rate/not-followed null']);
});

test('rates that are not in their form are no verdict', async () => {
  const [entry] = makeAnswer(makeEntries()).history;
  const wrong: object[] = [
    { rate: 0 },
    { floor: 5, cap: 4 },
    { target_permille: 1000 },
    { history: null },
    { history: [{ ...entry, level: 5 }] },
    { history: [{ ...entry, usual: '-1' }] },
    { history: [{ ...entry, carry: '1'.repeat(61) }] },
    { history: [{ ...entry, epoch: -1 }] },
    { history: [{ ...entry, waiting: 'no' }] },
    { history: Array(priceEntriesMax + 1).fill(entry) },
  ];
  for (const change of wrong) {
    await expect(check(makeEntries(), [], change)).rejects.toMatchObject({
      code: 'rate/malformed',
    });
  }
  const sound = parsePrices(JSON.parse(JSON.stringify(makeAnswer(makeEntries()))));
  expect(sound).toEqual({ rate: makeEntries()[9].rate, rules: rateRules, entries: makeEntries() });
});
