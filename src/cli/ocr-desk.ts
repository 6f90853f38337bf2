// Where pages go as they are read: stdout, in the order that the files were named. What went wrong
// with one is said on stderr, and in JSON in its place too.
import { pageText } from '#ocr/page-text.ts';
import type { OcrPage } from '#ocr/read-page.ts';
import type { IdlewildError } from '#protocol/errors.ts';

export const ocrFormats = ['text', 'json'] as const;
export type OcrFormat = (typeof ocrFormats)[number];

export type OcrOutcome = { page: OcrPage } | { error: IdlewildError };

export interface OcrDesk {
  tell(index: number, outcome: OcrOutcome): void;
}

interface Streams {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

export function openOcrDesk(
  files: readonly string[],
  format: OcrFormat,
  { stdout, stderr }: Streams = process,
): OcrDesk {
  const waiting = new Map<number, OcrOutcome>();
  let next = 0;

  function print(file: string, outcome: OcrOutcome): void {
    if ('error' in outcome) {
      const { code, message } = outcome.error;
      stderr.write(`idlewild: ${message} (${code})\n`);
      if (format === 'json')
        stdout.write(`${JSON.stringify({ file, error: { code, message } })}\n`);
      return;
    }
    if (format === 'json') {
      stdout.write(`${JSON.stringify({ file, ...pageJson(outcome.page) })}\n`);
      return;
    }
    const head = files.length > 1 ? `${file}:\n` : '';
    stdout.write(`${head}${pageText(outcome.page)}\n`);
  }

  return {
    tell(index, outcome) {
      waiting.set(index, outcome);
      for (let one = waiting.get(next); one; one = waiting.get(++next)) {
        waiting.delete(next);
        print(files[next], one);
      }
    },
  };
}

/** A tenth of a pixel, and a thousandth of a probability, are finer than anyone knows them. */
function pageJson({ width, height, lines }: OcrPage) {
  return {
    width,
    height,
    lines: lines.map(({ box, text, score }) => ({
      box: box.map((corner) => corner.map((value) => Math.round(10 * value) / 10)),
      text,
      score: Math.round(1000 * score) / 1000,
    })),
  };
}
