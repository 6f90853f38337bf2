// The norm's tables are held to their digests when they are made, not in tests alone.
import { expect, test } from 'vitest';
import { checked, makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';

const exp2Digest = '0d61c5fed966c25ad4d7425c62b6396ec6b3653e8b3335ce8763617871ef23f9';

test('all tables have their digests in this engine', () => {
  expect(makeExp2Table()).toHaveLength(257);
  expect(makeGeluTable()).toHaveLength(513);
  expect(makeTanhTable()).toHaveLength(513);
});

test('one entry that is off by one is refused', () => {
  const table = makeExp2Table();
  table[100]++;
  expect(() => checked(table, exp2Digest)).toThrow(/not exact/);
});
