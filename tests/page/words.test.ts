// The page's pure parts: numbers with units, options and data blocks from anybody, and the model of
// the picture.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCoordinator } from '#page/coordinator.ts';
import { formatNoun } from '#page/format.ts';
import { readOptions } from '#page/options.ts';
import { fieldOf, layersPassed, placeOf } from '#page/strip-model.ts';
import { describeStrip } from '#page/strip-words.ts';
import { describeVerdict } from '#page/verdict-words.ts';
import { formatBytes, formatCredit, formatDuration, formatLarge, shorten } from '#words/format.ts';
import type { UnitProgress, VerdictLine } from '#worker/status.ts';
import { idleStatus } from '#worker/status.ts';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('numbers come with their units', () => {
  expect([0, 1, 999, 1000, 9_400_000, 999_999_999].map(formatBytes).map(plain)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '9.4 MB',
    '1 GB',
  ]);
  const durations = [0, 4_400, 89_000, 185_000, 5_340_000, 7_800_000, 259_200_000];
  expect(durations.map(formatDuration).map(plain)).toEqual([
    '1 s',
    '4 s',
    '89 s',
    '3 min',
    '89 min',
    '2 h 10 min',
    '3 days',
  ]);
  expect(plain(formatNoun(1, 'unit'))).toBe('1 unit');
  expect(plain(formatNoun(1234, 'unit'))).toBe('1,234 units');
  expect(formatLarge(134_200_000_000)).toBe('134 billion');
  expect(formatLarge(999_999)).toBe('1 million');
  expect(formatCredit(1_237_348)).toBe('1,237,348');
  expect(formatCredit(12_400_000)).toBe('12.4 million');
  expect(shorten('0x9c1185a5c5e9fc54612808977ee8f548b2258d31')).toBe('0x9c11…8d31');
  expect(shorten('a3f1c29be07d00000000')).toBe('a3f1…0000');
});

test('options are clamped, and nonsense is ignored', () => {
  const standard = { backend: 'auto', unitsMax: 0, dutyPercent: null };
  expect(readOptions('')).toEqual(standard);
  expect(readOptions('?backend=wasm&units=24&duty=35')).toEqual({
    backend: 'wasm',
    unitsMax: 24,
    dutyPercent: 35,
  });
  expect(readOptions('?backend=cuda&units=-1&duty=lots')).toEqual(standard);
  expect(readOptions('?duty=0').dutyPercent).toBe(5);
  expect(readOptions('?duty=900').dutyPercent).toBe(100);
  fc.assert(
    fc.property(fc.string(), (search) => {
      const { unitsMax, dutyPercent } = readOptions(search);
      expect(unitsMax >= 0 && (dutyPercent ?? 5) >= 5 && (dutyPercent ?? 100) <= 100).toBe(true);
    }),
  );
});

test('any data block gives a coordinator that can be shown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.constant(null)), (json) => {
      const { words, models, laboratory, projects, consentMs } = readCoordinator(json);
      expect(projects === null || projects.every(({ id, name }) => id && name)).toBe(true);
      expect(consentMs).toBeGreaterThan(0);
      expect(typeof words).toBe('string');
      expect(models.every(({ name }) => name.length > 0)).toBe(true);
      expect(typeof laboratory).toBe('boolean');
    }),
  );
  const long = readCoordinator(JSON.stringify({ words: 'a'.repeat(10_000) }));
  expect(long.words).toHaveLength(600);
  const projects = [
    { id: 'p1', name: 'One', words: 'Why.', contentClass: 'public', models: ['m', 7] },
    { id: 'p2', contentClass: 'secret', verification: 'none', models: 'all', isDefault: 1 },
    { name: 'without an id' },
    null,
    'text',
  ];
  expect(readCoordinator(JSON.stringify({ projects, consentMs: 'soon' }))).toMatchObject({
    projects: [
      { id: 'p1', name: 'One', words: 'Why.', contentClass: 'public', models: ['m'] },
      { id: 'p2', name: 'p2', contentClass: '', verification: '', models: [], isDefault: false },
    ],
    consentMs: 90 * 86_400_000,
  });
  expect(readCoordinator('{}').projects).toBeNull();
});

const unit: UnitProgress = {
  unit: 'aa',
  rows: 4,
  sliceRow: 0,
  sliceRows: 0,
  layer: 0,
  layers: 3,
  done: 0,
  total: 12,
};

test('rows stand where they were computed, whichever way the backend walks', () => {
  expect(layersPassed(unit)).toEqual([0, 0, 0, 0]);
  // Layer by layer over all rows: the third and fourth row have not passed the second layer.
  expect(layersPassed({ ...unit, layer: 1, sliceRows: 2, done: 6 })).toEqual([2, 2, 1, 1]);
  // Slice by slice through all layers: the first two rows are through, the last one not begun.
  const third = { ...unit, sliceRow: 2, sliceRows: 1, layer: 0, done: 7 };
  expect(layersPassed(third)).toEqual([3, 3, 1, 0]);
  expect(layersPassed({ ...unit, layer: 2, sliceRows: 4, done: 12 })).toEqual([3, 3, 3, 3]);
});

test('the field holds any number of units, and never moves a mark', () => {
  const counts = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(counts, counts, counts, counts, (accepted, pending, rejected, outbox) => {
      const totals = { ...idleStatus.totals, accepted, pending, rejected };
      const { blades, rings, crosses, unitsPerMark } = fieldOf(totals, outbox, 400);
      expect(blades + rings + crosses).toBeLessThanOrEqual(403);
      expect(blades).toBe(Math.ceil(accepted / unitsPerMark));
      expect(blades > 0).toBe(accepted > 0);
    }),
  );
  const grown = (accepted: number) => fieldOf({ ...idleStatus.totals, accepted }, 0, 400);
  expect(grown(400).unitsPerMark).toBe(1);
  expect(grown(401).unitsPerMark).toBe(2);
  for (let index = 0; index < 2000; index++) {
    const place = placeOf(index, 400);
    expect(place >= 0 && place <= 1).toBe(true);
  }
});

test('a verdict says what was compared, and no more', () => {
  const line = { unit: '', lease: '', rows: 1, credit: 0, receipt: null } as const;
  const say = (state: VerdictLine['state'], code: string, message = '') =>
    describeVerdict({ ...line, state, code, message }).join(' ');
  expect(say('accepted', 'verdict/confirmed')).toMatch(/^Confirmed: .*got the same bytes\.$/);
  expect(say('accepted', 'verdict/audited')).toMatch(/^Confirmed: .* for a row of this unit\.$/);
  expect(say('rejected', 'verdict/digest-mismatch')).toMatch(/^Refused: .*other bytes\.$/);
  expect(say('pending', 'verdict/awaiting-partner')).toMatch(/^Waiting for a second result/);
  expect(say('rejected', 'a/new-code', 'No such unit.')).toBe('Refused: no such unit.');
  expect(say('rejected', 'a/new-code', 'Void: the batch ended.')).toBe('Void: the batch ended.');
  expect(say('pending', 'a/new-code')).toBe('Waiting: a/new-code');
});

test('the picture in words names the rows that move', () => {
  const at = { unit: 'ab'.repeat(32), rows: 26, layer: 2, layers: 6, done: 69, total: 100 };
  const say = (sliceRow: number, sliceRows: number) =>
    plain(describeStrip({ ...idleStatus, unit: { ...at, sliceRow, sliceRows } }));
  expect(say(0, 26)).toContain(': 26 rows at layer 3 of 6, 69 %');
  expect(say(12, 12)).toContain(': rows 13–24 of 26 at layer 3 of 6');
  expect(say(24, 1)).toContain(': row 25 of 26 at layer 3 of 6');
});
