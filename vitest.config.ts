// Unit, kernel and browser tests in one runner; `npm test` (tests/run.ts) adds the plain last line.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A second, unless told: too short for a machine with other work.
    expect: { poll: { timeout: 60_000 } },
    // Vitest leaves a core free by default; on two cores that is half of the machine.
    maxWorkers: '100%',
  },
});
