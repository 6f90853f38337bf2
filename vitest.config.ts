// Unit, kernel and browser tests in one runner; `npm test` (tests/run.ts) adds the plain last line.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // No test is slow by itself: these are for a machine that is, with other work.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 150_000 } },
    // Vitest leaves a core free by default; on two cores that is half of the machine.
    maxWorkers: '100%',
  },
});
