// GET /v1/market and GET /v1/price, checked: what is not as it should be is left out, and a wrong answer
// is none.
import { amountOf, type Fields, fieldsOf, listOf, textOf } from './read-fields.ts';

const backends = ['webgpu', 'wasm', 'typescript'] as const;
export type Backend = (typeof backends)[number];

export interface Capacity {
  backend: Backend;
  machines: number;
  measured: number;
  multiplyAddsPerSecond: number;
}

export interface Hour {
  backend: Backend;
  machines: number;
  machineHours: number;
  /** Credits an hour: of the middle machine, and the middle half around it. */
  low: number;
  middle: number;
  high: number;
}

export interface MarketModel {
  name: string;
  isBounded: boolean;
  licence: string;
  bytes: number;
  units: number;
}

interface Work {
  batches: number;
  units: number;
  tooDear: number;
  multiplyAdds: number;
}

export interface Market {
  models: MarketModel[];
  capacity: Capacity[];
  waiting: Work;
  hoursMeasured: number;
  hours: Hour[];
}

const modelsMax = 256;
const hoursMax = 24 * 14;

export function readMarket(value: unknown): Market | null {
  const fields = fieldsOf(value);
  const waiting = fieldsOf(fields?.waiting);
  const earned = fieldsOf(fields?.earned);
  if (!fields || !waiting || !earned) return null;
  return {
    models: listOf(fields.models, modelsMax, readModel),
    capacity: listOf(fields.capacity, backends.length, readCapacity),
    waiting: {
      batches: amountOf(waiting.batches) ?? 0,
      units: amountOf(waiting.units) ?? 0,
      tooDear: amountOf(waiting.too_dear) ?? 0,
      multiplyAdds: amountOf(waiting.multiply_adds) ?? 0,
    },
    hoursMeasured: amountOf(earned.hours) ?? 24,
    hours: listOf(earned.classes, backends.length, readHour),
  };
}

function readModel(fields: Fields): MarketModel | null {
  const name = textOf(fields.name);
  if (!name) return null;
  return {
    name,
    isBounded: fields.class === 'bounded',
    licence: textOf(fields.licence),
    bytes: amountOf(fields.bytes) ?? 0,
    units: amountOf(fields.units) ?? 0,
  };
}

const backendOf = (value: unknown) => backends.find((one) => one === value);

function readCapacity(fields: Fields): Capacity | null {
  const backend = backendOf(fields.backend);
  const machines = amountOf(fields.machines);
  if (!backend || !machines) return null;
  const measured = amountOf(fields.measured) ?? 0;
  const speed = amountOf(fields.multiply_adds_per_second) ?? 0;
  return { backend, machines, measured, multiplyAddsPerSecond: speed };
}

function readHour(fields: Fields): Hour | null {
  const backend = backendOf(fields.backend);
  const machines = amountOf(fields.machines);
  const paid = fieldsOf(fields.credits_per_hour);
  const [low, middle, high] = [paid?.low, paid?.middle, paid?.high].map(amountOf);
  if (!backend || !machines || low === null || middle === null || high === null) return null;
  const machineHours = amountOf(fields.machine_hours) ?? 0;
  return { backend, machines, machineHours, low, middle, high };
}

export interface PricedHour {
  epoch: number;
  /** From its end on. */
  rate: number;
  /** Share of the capacity that was at work; null where nobody was there. */
  busy: number | null;
}

export interface Price {
  /** Credits for 10^9 multiply-adds. */
  rate: number;
  /** Until it moves. */
  endsInMs: number;
  /** The share at which it rests. */
  target: number;
  /** The newest last. */
  history: PricedHour[];
}

export function readPrice(value: unknown): Price | null {
  const fields = fieldsOf(value);
  const rate = amountOf(fields?.rate);
  if (!fields || !rate) return null;
  const history = Array.isArray(fields.history) ? fields.history.slice(-hoursMax) : [];
  return {
    rate,
    endsInMs: amountOf(fields.ends_in_ms) ?? 0,
    target: (amountOf(fields.target_permille) ?? 500) / 1000,
    history: listOf(history, hoursMax, readPricedHour),
  };
}

function readPricedHour(fields: Fields): PricedHour | null {
  const [epoch, rate] = [amountOf(fields.epoch), amountOf(fields.rate)];
  if (epoch === null || !rate) return null;
  const [verified, capacity] = [Number(fields.verified), Number(fields.capacity)];
  return { epoch, rate, busy: capacity > 0 && verified >= 0 ? verified / capacity : null };
}
