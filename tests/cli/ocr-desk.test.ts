// Pages come out in the order in which their files were named, with what went wrong in its place.
import { expect, test } from 'vitest';
import { type OcrFormat, openOcrDesk } from '#cli/ocr-desk.ts';
import type { OcrPage } from '#ocr/read-page.ts';
import { IdlewildError } from '#protocol/errors.ts';

const pageOf = (text: string): OcrPage => ({
  width: 100,
  height: 50,
  lines: [
    {
      box: [
        [1.23456, 2],
        [90, 2],
        [90, 20],
        [1, 20],
      ],
      text,
      score: 0.98765,
    },
  ],
});
const error = new IdlewildError('ocr/image', 'b.png: is empty.');

function write(files: string[], format: OcrFormat): { stdout: string; stderr: string } {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const desk = openOcrDesk(files, format, {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
  });
  const outcomes = files.map((file) => (file === 'b.png' ? { error } : { page: pageOf(file) }));
  // The last one is done first.
  for (let index = files.length - 1; index >= 0; index--) desk.tell(index, outcomes[index]);
  return { stdout: stdout.join(''), stderr: stderr.join('') };
}

test('text, with the names of several files', () => {
  const { stdout, stderr } = write(['a.png', 'b.png', 'c.png'], 'text');
  expect(stdout).toBe('a.png:\na.png\nc.png:\nc.png\n');
  expect(stderr).toBe('idlewild: b.png: is empty. (ocr/image)\n');
  expect(write(['a.png'], 'text').stdout).toBe('a.png\n');
});

test('JSON, a page a line', () => {
  const lines = write(['a.png', 'b.png'], 'json').stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      file: 'a.png',
      width: 100,
      height: 50,
      lines: [
        {
          box: [
            [1.2, 2],
            [90, 2],
            [90, 20],
            [1, 20],
          ],
          text: 'a.png',
          score: 0.988,
        },
      ],
    },
    { file: 'b.png', error: { code: 'ocr/image', message: 'b.png: is empty.' } },
  ]);
});
