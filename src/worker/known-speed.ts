// What a backend's speed was when it was last measured: a visitor who comes back neither waits for
// another measurement (0.1 s) nor with the first question for work until the self-test is over.
import type { Store } from '#cache/store.ts';
import type { ExactBackend } from '#model/backend.ts';
import type { Clock } from './environment.ts';
import { measureSpeed } from './measure-speed.ts';

/** It was busy then, or is slower by now: measured anew after so long. */
const knownMs = 24 * 60 * 60_000;

interface Known {
  adapter: string;
  /** Multiply-adds per second. */
  speed: number;
  atWallMs: number;
}

interface Around {
  store: Store;
  clock: Clock;
}

const keyOf = (backend: string) => `speed/${backend}`;

async function recall({ store, clock }: Around, backend: string): Promise<Known | null> {
  // A store that refuses says so elsewhere.
  const kept = await store.get(keyOf(backend)).catch(() => undefined);
  const known = kept as Known | undefined;
  const ageMs = known ? clock.wallMs() - known.atWallMs : Number.POSITIVE_INFINITY;
  return known && ageMs >= 0 && ageMs < knownMs ? known : null;
}

/** Multiply-adds per second to expect of a backend by that name; null when nothing is known. */
export async function expectSpeed(around: Around, backend: string): Promise<number | null> {
  return (await recall(around, backend))?.speed ?? null;
}

/** The speed of this one: known, or measured and then known. @param name what it was chosen by */
export async function knownSpeed(
  around: Around,
  name: string,
  backend: ExactBackend,
): Promise<number> {
  const known = await recall(around, name);
  return known?.adapter === backend.adapter ? known.speed : newSpeed(around, name, backend);
}

/** Measured, and then known. */
export async function newSpeed(
  { store, clock }: Around,
  name: string,
  backend: ExactBackend,
): Promise<number> {
  const speed = await measureSpeed(backend, clock);
  const { adapter } = backend;
  const fresh: Known = { adapter, speed, atWallMs: clock.wallMs() };
  await store.set(keyOf(name), fresh).catch(() => {});
  return speed;
}
