// Which models stay ready within a budget of memory.
import { expect, test } from 'vitest';
import type { BoundedModel } from '#onnx/bounded-backend.ts';
import { ModelSessions } from '#onnx/model-sessions.ts';

function shelf(bytesMax: number) {
  const sessions = new ModelSessions(bytesMax);
  const heard: string[] = [];
  const take = (id: string, bytes: number) =>
    sessions.take(id, bytes, async (): Promise<BoundedModel> => {
      heard.push(`made ${id} beside ${sessions.bytes}`);
      return {
        bytes,
        run: async () => [],
        async destroy() {
          heard.push(`ended ${id}`);
        },
      };
    });
  return { sessions, heard, take };
}

test('the longest unused goes first, and before the next one is there', async () => {
  const { sessions, heard, take } = shelf(100);
  await take('a', 40);
  await take('b', 40);
  await take('a', 40);
  await take('c', 40);
  expect(heard).toEqual(['made a beside 0', 'made b beside 40', 'ended b', 'made c beside 40']);
  expect([sessions.has('a'), sessions.has('b'), sessions.has('c')]).toEqual([true, false, true]);
  expect(sessions.size).toBe(2);
});

test('one that is larger than the budget has it for itself', async () => {
  const { sessions, heard, take } = shelf(100);
  await take('a', 40);
  await take('b', 40);
  await take('huge', 300);
  expect(heard.slice(2)).toEqual(['ended a', 'ended b', 'made huge beside 0']);
  await sessions.drop();
  expect(heard.at(-1)).toBe('ended huge');
  expect(sessions.bytes).toBe(0);
});

test('one that cannot be made leaves nothing behind', async () => {
  const { sessions } = shelf(100);
  const make = () => Promise.reject(new Error('no'));
  await expect(sessions.take('a', 10, make)).rejects.toThrow('no');
  expect(sessions.has('a')).toBe(false);
});
