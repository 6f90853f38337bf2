// Where transcripts go as they are done: stdout, in the order that the files were named, or a file
// for each in a folder. What went wrong with one is said in its place.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { verboseBody } from '#coordinator/transcription-body.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { toPlainText, toSrt, toVtt } from '#speech/format-transcript.ts';
import type { Transcript } from '#speech/transcript.ts';

export const transcriptFormats = ['text', 'json', 'srt', 'vtt'] as const;
export type TranscriptFormat = (typeof transcriptFormats)[number];

export type Outcome = { transcript: Transcript } | { error: IdlewildError };

export interface TranscriptDesk {
  tell(index: number, outcome: Outcome): Promise<void>;
}

export interface DeskFlags {
  format: TranscriptFormat;
  output?: string;
}

const extensions: Record<TranscriptFormat, string> = {
  text: '.txt',
  json: '.json',
  srt: '.srt',
  vtt: '.vtt',
};

/** @throws transcribe/output */
export async function openTranscriptDesk(
  files: readonly string[],
  { format, output }: DeskFlags,
): Promise<TranscriptDesk> {
  if (output !== undefined) {
    await mkdir(output, { recursive: true });
    return openFolder(files, namesIn(output, files, format), format);
  }
  if (files.length > 1 && (format === 'srt' || format === 'vtt')) {
    const message = `Several files as ${format} cannot share one output.`;
    const metaMessages = ['Name a folder for them: --output FOLDER'];
    throw new IdlewildError('transcribe/output', message, { metaMessages });
  }
  return openStdout(files, format);
}

/** Files of one name in several folders are told apart by a number. */
function namesIn(folder: string, files: readonly string[], format: TranscriptFormat): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const stem = path.basename(file, path.extname(file));
    let name = stem;
    for (let count = 2; taken.has(name); count++) name = `${stem}-${count}`;
    taken.add(name);
    return path.join(folder, name + extensions[format]);
  });
}

function sayError({ code, message }: IdlewildError): void {
  process.stderr.write(`idlewild: ${message} (${code})\n`);
}

function openFolder(
  files: readonly string[],
  names: readonly string[],
  format: TranscriptFormat,
): TranscriptDesk {
  return {
    async tell(index, outcome) {
      if ('error' in outcome) sayError(outcome.error);
      else await writeFile(names[index], write(files[index], outcome.transcript, format));
    },
  };
}

function openStdout(files: readonly string[], format: TranscriptFormat): TranscriptDesk {
  const waiting = new Map<number, Outcome>();
  let next = 0;
  return {
    async tell(index, outcome) {
      waiting.set(index, outcome);
      for (let one = waiting.get(next); one; one = waiting.get(++next)) {
        waiting.delete(next);
        print(files[next], one);
      }
    },
  };

  function print(file: string, outcome: Outcome): void {
    if ('error' in outcome) {
      sayError(outcome.error);
      if (format !== 'json') return;
      const { code, message } = outcome.error;
      process.stdout.write(`${JSON.stringify({ file, error: { code, message } })}\n`);
      return;
    }
    const head = format === 'text' && files.length > 1 ? `${file}:\n` : '';
    process.stdout.write(head + write(file, outcome.transcript, format));
  }
}

function write(file: string, transcript: Transcript, format: TranscriptFormat): string {
  if (format === 'srt') return toSrt(transcript);
  if (format === 'vtt') return toVtt(transcript);
  if (format === 'json') return `${JSON.stringify({ file, ...verboseBody(transcript) })}\n`;
  return toPlainText(transcript);
}
