// The real queue names its leases by random bytes, and draws rows by those names. Seeded here, so
// that a differential run is one run, and a failing seed replays.
import crypto, { createHash } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const { randomBytes } = crypto;

/** From now on `randomBytes` gives what follows from the seed alone. */
export function seedRandom(seed: string): void {
  let calls = 0;
  const seeded = (size: number) =>
    createHash('shake128', { outputLength: size }).update(`${seed} ${calls++}`).digest();
  replaceRandomBytes(seeded);
}

export function restoreRandom(): void {
  replaceRandomBytes(randomBytes);
}

function replaceRandomBytes(replacement: unknown): void {
  Object.assign(crypto, { randomBytes: replacement });
  syncBuiltinESMExports();
}
