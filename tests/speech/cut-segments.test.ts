// Windows cut at their times, and how far each was understood: one case for each way in which
// Whisper ends a window.
import { describe, expect, test } from 'vitest';
import { cutSegments } from '#speech/cut-segments.ts';
import { findLoop } from '#speech/find-loop.ts';
import { openWhisperVocabulary } from './whisper-files.ts';

const vocabulary = openWhisperVocabulary();
const at = (seconds: number) => vocabulary.timeBegin + Math.round(seconds * 50);
const cut = (tokens: number[], frames = 3_000) => {
  const { segments, frames: done } = cutSegments(tokens, frames, vocabulary);
  return { times: segments.map(({ start, end }) => [start, end]), done, segments };
};

describe('segments', () => {
  test('a single time at the end: the window is done with', () => {
    const found = cut([at(0), 1, 2, at(4), at(4.5), 3, at(9)]);
    expect(found.times).toEqual([
      [0, 4],
      [4.5, 9],
    ]);
    expect(found.done).toBe(3_000);
    expect(found.segments.map(({ tokens }) => tokens)).toEqual([
      [at(0), 1, 2, at(4)],
      [at(4.5), 3, at(9)],
    ]);
  });

  test('two times at the end: the next window begins at the last', () => {
    const found = cut([at(0), 1, at(4), at(4), 2, at(27.5), at(27.5)]);
    expect(found.times).toEqual([
      [0, 4],
      [4, 27.5],
    ]);
    expect(found.done).toBe(2_750);
  });

  test('words without an end are heard again', () => {
    const found = cut([at(0), 1, at(20), at(21), 2, 3]);
    expect(found.times).toEqual([[0, 20]]);
    expect(found.done).toBe(2_000);
  });

  test('no pair of times: one segment, to the last time or to the end', () => {
    expect(cut([at(0), 1, 2, at(6.2)], 800)).toMatchObject({ times: [[0, 6.2]], done: 800 });
    expect(cut([at(0), 1, 2], 800)).toMatchObject({ times: [[0, 8]], done: 800 });
    expect(cut([], 800)).toMatchObject({ times: [[0, 8]], done: 800 });
  });

  test('it always goes on: a time of 0, or beyond the window, ends it', () => {
    expect(cut([at(0), 1, at(0), at(0), 2]).done).toBe(3_000);
    expect(cut([at(0), 1, at(9), at(9), 2], 500).done).toBe(500);
  });
});

describe('loops', () => {
  const repeat = (tokens: number[], times: number) =>
    Array.from({ length: times }, () => tokens).flat();

  test('words said again and again are found behind the first time', () => {
    expect(findLoop([1, 2, ...repeat([3, 4, 5], 5), 6])).toEqual({ from: 5, to: 17 });
    expect(findLoop(repeat([7], 12))).toEqual({ from: 1, to: 12 });
  });

  test('what people do say is none', () => {
    expect(findLoop([1, ...repeat([9], 6), 2, 3])).toBeNull();
    expect(findLoop([1, ...repeat([2, 3, 4, 5], 3), 6])).toBeNull();
    expect(findLoop(Array.from({ length: 224 }, (_, i) => (i * 7919) % 5000))).toBeNull();
  });
});
