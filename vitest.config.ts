// Unit, kernel and browser tests in one runner; `npm test` (tests/run.ts) adds the plain last line.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Half of the tests wait for a browser or a server: three files on two cores take 0.75 of the time.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
  },
});
