// What a device was tuned to is remembered for this build alone, and never in anybody's way.
import { expect, test } from 'vitest';
import type { Store } from '#cache/store.ts';
import { createTuningMemory } from '#cache/tuning-memory.ts';

function mapStore() {
  const kept = new Map<string, unknown>();
  const store = {
    get: async (key: string) => kept.get(key),
    async set(key: string, value: unknown) {
      kept.set(key, structuredClone(value));
    },
  } as unknown as Store;
  return { kept, store };
}

test('a variant is remembered for its adapter and its build', async () => {
  const { store } = mapStore();
  const memory = createTuningMemory(store, 'exact/1 a');
  expect(await memory.load('nvidia')).toBeNull();
  await memory.save('nvidia', 'tile-8');
  await memory.save('apple', 'f32');
  expect(await createTuningMemory(store, 'exact/1 a').load('nvidia')).toBe('tile-8');
  expect(await memory.load('apple')).toBe('f32');
  expect(await memory.load('__proto__')).toBeNull();
  expect(await createTuningMemory(store, 'exact/2 a').load('nvidia')).toBeNull();
});

test('another build replaces what the last one knew, and adapters are few', async () => {
  const { kept, store } = mapStore();
  await createTuningMemory(store, 'a').save('nvidia', 'tile-8');
  const memory = createTuningMemory(store, 'b');
  for (let adapter = 0; adapter < 20; adapter++) await memory.save(`gpu ${adapter}`, 'tile-4');
  expect(kept.size).toBe(1);
  expect(await memory.load('gpu 19')).toBe('tile-4');
  expect(await memory.load('gpu 3')).toBeNull();
});

test('a store that refuses, or holds something else, is as good as none', async () => {
  const refuse = () => Promise.reject(new DOMException('No.', 'SecurityError'));
  const refusing = { get: refuse, set: refuse } as unknown as Store;
  const memory = createTuningMemory(refusing, 'a');
  await memory.save('nvidia', 'tile-8');
  expect(await memory.load('nvidia')).toBeNull();
  for (const value of [null, 7, 'tile', { build: 'a', variants: {} }, { build: 'a' }]) {
    const { kept, store } = mapStore();
    kept.set('tunings', value);
    expect(await createTuningMemory(store, 'a').load('nvidia')).toBeNull();
  }
});
