// What `ocr` and `transcribe` have in common: where to compute, some files at once where that gains, one
// that fails without the others, and Ctrl-C, which takes back what contributors have not computed yet.
import { type Command, Option } from 'commander';
import type { IdlewildError } from '#protocol/errors.ts';
import type { InferenceChoice } from './open-inference.ts';
import { createProgress, type Progress } from './progress.ts';
import { environmentName } from './settings.ts';

/** More files than this are the contributors' unless the command says otherwise. */
const filesDirectMax = 4;
/** As shells say it of a process that SIGINT ended. */
const interruptedCode = 130;

export interface PlaceFlags {
  coordinator?: string;
  key?: string;
  batch?: boolean;
  local?: boolean;
  quiet?: boolean;
}

/** @param noun of one file, in the plural */
export function addPlaceOptions(command: Command, noun: string): Command {
  return command
    .addOption(
      new Option('--coordinator <url>', 'where contributors compute').env(
        environmentName('coordinator'),
      ),
    )
    .addOption(new Option('--key <key>', 'an API key of it').env(environmentName('api-key')))
    .option('--batch', `contributors compute; so they do for more than ${filesDirectMax} ${noun}`)
    .option('--no-batch', 'the coordinator computes by itself, at once')
    .option('--local', 'compute in this process instead')
    .option('--quiet', 'no progress on stderr');
}

type Outcome<Answer> = Answer | { error: IdlewildError };

/** A pipeline that is open for files. */
export interface FileWork<Answer extends object> {
  /** Files that gain from being under way at once. */
  concurrency: number;
  /** Never rejects. */
  one(index: number): Promise<Outcome<Answer>>;
  tell(index: number, outcome: Outcome<Answer>): void | Promise<void>;
  /** When all are told. */
  summary(failed: number, tookS: number): string;
  close(): Promise<void>;
}

type Place = Pick<InferenceChoice, 'batch' | 'signal'>;

/** @returns how many failed */
export async function inferFiles<Answer extends object>(
  files: readonly string[],
  flags: PlaceFlags,
  open: (place: Place, progress: Progress) => Promise<FileWork<Answer>>,
): Promise<number> {
  const batch = !flags.local && (flags.batch ?? files.length > filesDirectMax);
  const interrupt = batch ? watchInterrupt() : null;
  const progress = createProgress(flags.quiet ?? false);
  const startedAt = performance.now();
  try {
    const work = await open({ batch, signal: interrupt?.signal }, progress);
    try {
      const failed = await inferEach(files, work, interrupt?.signal);
      progress.done(work.summary(failed, (performance.now() - startedAt) / 1000));
      return failed;
    } finally {
      await work.close();
    }
  } finally {
    interrupt?.close();
  }
}

async function inferEach<Answer extends object>(
  files: readonly string[],
  work: FileWork<Answer>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let next = 0;
  let done = 0;
  const lane = async () => {
    while (next < files.length && !signal?.aborted) {
      const index = next++;
      const outcome = await work.one(index);
      if (!('error' in outcome)) done++;
      await work.tell(index, outcome);
    }
  };
  await Promise.all(Array.from({ length: work.concurrency }, lane));
  return files.length - done;
}

/** Ctrl-C asks for an end; a second time it ends the process, as ever. */
function watchInterrupt(): { signal: AbortSignal; close(): void } {
  const controller = new AbortController();
  const stop = () => {
    process.stderr.write('\nCancelling at the coordinator. Ctrl-C again leaves at once.\n');
    process.exitCode = interruptedCode;
    controller.abort();
  };
  process.once('SIGINT', stop);
  return { signal: controller.signal, close: () => void process.off('SIGINT', stop) };
}

/** For an action of commander: what failed is the process's exit code, unless it has one. */
export async function runFiles(work: Promise<number>): Promise<void> {
  if ((await work) > 0) process.exitCode ??= 1;
}
