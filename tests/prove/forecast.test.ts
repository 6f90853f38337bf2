// The proof's estimate of the time left, on a clock of the test's own.
import { expect, test } from 'vitest';
import { columns } from './backends.ts';
import { createForecast } from './forecast.ts';
import { extremeCases } from './sweep.ts';

const cases = extremeCases(1).filter(({ name }) => /^(all zeros|scales zero)$/.test(name));
const answer = { rows: [], unit: '' };
const named = (name: string) => columns.filter((column) => column.name === name);
const wasm = [...named('WASM, Node'), ...named('WASM, Chromium'), ...named('WASM, Firefox')];

test('those that wait are taken to be like their kind, on so many places at a time', () => {
  const forecast = createForecast(cases, [...wasm, ...named('TypeScript')], 2);
  forecast.start(0, 0);
  expect(forecast.describe(0)).toBe('0 of 4 backends; WASM, Node: 0 of 2');
  forecast.hear(0, { kind: 'answer', index: 0, answer }, 10_000);
  // Four backends of 20 s each on two places, a quarter of it done.
  expect(forecast.describe(10_000)).toContain('about 35 s left; WASM, Node: 1 of 2');
  forecast.hear(0, { kind: 'answer', index: 1, answer }, 20_000);
  forecast.hear(0, { kind: 'done', adapter: '' }, 20_000);
  expect(forecast.describe(20_000)).toBe('1 of 4 backends; about 30 s left');
});

test('the longest that still runs counts, and one that is away does not', () => {
  const forecast = createForecast(cases, wasm.slice(0, 2), 2);
  for (const column of [0, 1]) forecast.start(column, 0);
  forecast.hear(0, { kind: 'answer', index: 0, answer }, 30_000);
  expect(forecast.describe(30_000)).toContain('about 30 s left');
  forecast.hear(0, { kind: 'unavailable', why: 'gone' }, 31_000);
  forecast.hear(1, { kind: 'unavailable', why: 'none' }, 31_000);
  expect(forecast.describe(31_000)).toBe('2 of 2 backends');
});
