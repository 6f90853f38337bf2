// What the market comes to, from what the database says: who is there by kind of device, what waits, and
// what an hour brought. All of it was seen by the coordinator itself; nothing is a promise.
import type { Market, MarketContributor } from '#store/market-operations.ts';
import type { ModelChoice, ServedModel } from './model-store.ts';

const hourMs = 3_600_000;
/** A speed, and an hour's pay, are believed from so much time at work on. */
const busyMsMin = 60_000;
const backends = ['webgpu', 'wasm', 'typescript'];

export function describeMarket(market: Market, models: ModelChoice) {
  const { rate, contributors, batches } = market;
  return {
    rate,
    models: models.list().map((model) => describeModel(model, market, models)),
    capacity: backends.flatMap((backend) => describeCapacity(backend, market)),
    waiting: sumWork(batches),
    earned: {
      hours: dayHours,
      classes: backends.flatMap((backend) => describeHour(backend, contributors)),
    },
  };
}

const dayHours = 24;

function describeModel(model: ServedModel, { batches }: Market, models: ModelChoice) {
  const { id, name, kind, manifest } = model;
  const own = batches.filter((batch) => batch.model !== null && models.find(batch.model) === model);
  const { units, multiply_adds } = sumWork(own);
  const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  return { id, name, class: kind, licence: manifest.licence, bytes, units, multiply_adds };
}

/** Units without an end yet; those that pay less than the rate now apart. */
function sumWork(batches: Market['batches']) {
  const units = (some: Market['batches']) => some.reduce((sum, one) => sum + one.unitsOpen, 0);
  return {
    batches: batches.length,
    units: units(batches),
    too_dear: units(batches.filter(({ isTooDear }) => isTooDear)),
    multiply_adds: Math.round(batches.reduce((sum, { cost }) => sum + cost, 0)),
  };
}

/** Machines that are there now, and what those of them do together whose speed is known. */
function describeCapacity(backend: string, { live, contributors }: Market) {
  const there = live.find((one) => one.backend === backend)?.accounts ?? 0;
  if (there === 0) return [];
  const known = contributors.filter(
    (one) => one.isLive && one.backend === backend && hasSpeed(one),
  );
  const speed = known.reduce((sum, { verified, busyMs }) => {
    return sum + (1000 * Number(verified)) / busyMs;
  }, 0);
  const measured = Math.min(known.length, there);
  return [{ backend, machines: there, measured, multiply_adds_per_second: Math.round(speed) }];
}

function hasSpeed({ busyMs, verified }: MarketContributor): boolean {
  return busyMs >= busyMsMin && verified !== '0';
}

/** What an hour of being there brought: the middle one, and the middle half around it. */
function describeHour(backend: string, contributors: readonly MarketContributor[]) {
  const own = contributors.filter((one) => one.backend === backend && one.busyMs >= busyMsMin);
  if (own.length === 0) return [];
  const there = ({ busyMs, waitingMs }: MarketContributor) => busyMs + waitingMs;
  const paid = own.map((one) => (Number(one.earned) * hourMs) / there(one)).sort((a, b) => a - b);
  const at = (share: number) => Math.round(paid[Math.floor(share * (paid.length - 1))]);
  return [
    {
      backend,
      machines: own.length,
      machine_hours: own.reduce((sum, one) => sum + there(one), 0) / hourMs,
      credits_per_hour: { low: at(0.25), middle: at(0.5), high: at(0.75) },
    },
  ];
}
