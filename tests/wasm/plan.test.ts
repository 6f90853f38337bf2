// The memory plan: aligned, never overlapping, grown once, and a refusal that names itself.
import { expect, test } from 'vitest';
import { readKernels } from '#cli/build-kernels.ts';
import { compileKernels, instantiateKernels } from '#wasm/kernels.ts';
import { createMemoryPlan } from '#wasm/plan.ts';

test('places are aligned, apart, and never at address 0', async () => {
  const { memory } = await instantiateKernels(await compileKernels(await readKernels()));
  const plan = createMemoryPlan();
  const sizes = [1, 64, 65, 0, 100_000, 7];
  const places = sizes.map((bytes) => plan.place(bytes));
  expect(places[0]).toBeGreaterThan(0);
  places.forEach((address, at) => {
    expect(address % 64).toBe(0);
    if (at > 0) expect(address).toBeGreaterThanOrEqual(places[at - 1] + sizes[at - 1]);
  });
  plan.reserve(memory);
  const bytes = memory.buffer.byteLength;
  expect(bytes).toBeGreaterThanOrEqual(places[5] + 7);
  plan.reserve(memory);
  expect(memory.buffer.byteLength).toBe(bytes);
});

test('more than a memory can hold is refused', async () => {
  const { memory } = await instantiateKernels(await compileKernels(await readKernels()));
  const plan = createMemoryPlan();
  plan.place(5 * 2 ** 30);
  expect(() => plan.reserve(memory)).toThrow(
    expect.objectContaining({ code: 'engine/out-of-memory', retryable: true }),
  );
});
