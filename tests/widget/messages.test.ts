// What passes between host page and frame, and what does not.
import { expect, test } from 'vitest';
import { readFrameMessage, readHostMessage, wrap } from '#widget/messages.ts';

const credit = { type: 'event', name: 'credit', detail: { credit: 1, held: 2 } } as const;
const settings = { type: 'settings', intensity: 'gentle', theme: '', lang: 'ar' } as const;

test('each side reads what the other writes', () => {
  expect(readFrameMessage(wrap(credit))).toEqual(credit);
  expect(readFrameMessage(wrap({ type: 'room', height: 180 }))).toMatchObject({ height: 180 });
  expect(readHostMessage(wrap(settings))).toEqual(settings);
  for (const type of ['start', 'pause', 'finish'] as const) {
    expect(readHostMessage(wrap({ type }))).toEqual({ type });
  }
});

test('only the fields that the event has get through', () => {
  const more = { ...credit, detail: { ...credit.detail, account: '0x12' } };
  expect(readFrameMessage(wrap(more as typeof credit))).toEqual(credit);
});

const hostile: unknown[] = [
  null,
  'start',
  7,
  [],
  {},
  { type: 'start' },
  { idlewild: 2, type: 'start' },
  { idlewild: 1, type: 'stop' },
  { idlewild: 1, type: 'toString' },
  { idlewild: 1, ...settings, lang: 7 },
  { idlewild: 1, ...settings, theme: 'x'.repeat(1001) },
  { idlewild: 1, type: 'event', name: 'toString', detail: {} },
  { idlewild: 1, type: 'event', name: ['credit'], detail: credit.detail },
  { idlewild: 1, ...credit, detail: { credit: Number.NaN, held: 0 } },
  { idlewild: 1, ...credit, detail: { credit: 1 } },
  { idlewild: 1, ...credit, detail: null },
  { idlewild: 1, type: 'room', height: Number.POSITIVE_INFINITY },
  {
    idlewild: 1,
    type: 'event',
    name: 'statuschange',
    detail: { phase: 'working', running: true, message: '', pauses: Array(17).fill('user') },
  },
];

test.each(hostile.map((data, index) => [index, data]))('no message: %i', (_, data) => {
  expect(readHostMessage(data)).toBeNull();
  expect(readFrameMessage(data)).toBeNull();
});
