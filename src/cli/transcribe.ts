// `idlewild transcribe FILES`: WAV in, text with times out. The sound is cut and heard here; what is
// between is computed by a coordinator, in batches by its contributors, or in this process.
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { findLanguage } from '#speech/languages.ts';
import { readWav } from '#speech/read-wav.ts';
import { transcribe } from '#speech/transcribe.ts';
import { openVocabulary, type Vocabulary } from '#speech/vocabulary.ts';
import { type Inference, openInference } from './open-inference.ts';
import { createProgress, type Progress, timeLeft } from './progress.ts';
import { environmentName } from './settings.ts';
import {
  type Outcome,
  openTranscriptDesk,
  type TranscriptDesk,
  type TranscriptFormat,
  transcriptFormats,
} from './transcript-desk.ts';

/** More files than this are the contributors' unless the command says otherwise. */
const filesDirectMax = 4;

export interface TranscribeFlags {
  language?: string;
  coordinator?: string;
  key?: string;
  batch?: boolean;
  local?: boolean;
  model?: string;
  format: TranscriptFormat;
  output?: string;
  quiet?: boolean;
}

export function addTranscribe(program: Command): void {
  program
    .command('transcribe')
    .description('speech in WAV files to text with times')
    .argument('<files...>', 'WAV files, of any rate, mono or stereo')
    .option('--language <code>', 'such as en; told from the sound where it is not given')
    .addOption(
      new Option('--coordinator <url>', 'where contributors compute').env(
        environmentName('coordinator'),
      ),
    )
    .addOption(new Option('--key <key>', 'an API key of it').env(environmentName('api-key')))
    .option('--batch', `contributors compute; so they do for more than ${filesDirectMax} files`)
    .option('--no-batch', 'the coordinator computes by itself, at once')
    .option('--local', 'compute in this process instead')
    .option('--model <model>', "a coordinator's, by name or id; with --local its folder")
    .addOption(
      new Option('--format <format>', 'of the answer').choices(transcriptFormats).default('text'),
    )
    .option('--output <folder>', 'a file for each there, instead of stdout')
    .option('--quiet', 'no progress on stderr')
    .action(async (files: string[], flags: TranscribeFlags) => {
      const failed = await transcribeFiles(files, flags);
      if (failed > 0) process.exitCode = 1;
    });
}

function hearsSpeech({ runner, files }: BoundedManifest): boolean {
  return (
    runner.kind === 'greedy-decoder' &&
    runner.features === 'input_features' &&
    Object.hasOwn(files, 'tokenizer.json')
  );
}

/**
 * One file that cannot be read does not lose the others: its place in the answer says why.
 * @returns how many failed
 */
export async function transcribeFiles(files: string[], flags: TranscribeFlags): Promise<number> {
  const desk = await openTranscriptDesk(files, flags);
  const batch = flags.batch ?? files.length > filesDirectMax;
  const inference = await openInference({ ...flags, batch }, hearsSpeech);
  const progress = createProgress(flags.quiet ?? false);
  try {
    const vocabulary = openVocabulary(await inference.file('tokenizer.json'));
    const language = flags.language ? findLanguage(flags.language, vocabulary) : null;
    const run = new Run(files, { inference, vocabulary, language, progress, desk });
    const failed = await run.all();
    progress.done(run.summary(failed));
    return failed;
  } finally {
    await inference.close();
  }
}

interface RunOptions {
  inference: Inference;
  vocabulary: Vocabulary;
  language: string | null;
  progress: Progress;
  desk: TranscriptDesk;
}

/** All files, some of them at once where that gains. */
class Run {
  readonly #files: readonly string[];
  readonly #options: RunOptions;
  readonly #startedAt = performance.now();
  /** Seconds of each file: done, and in all; those not yet read have none. */
  readonly #heard: { done: number; total: number }[] = [];
  #next = 0;

  constructor(files: readonly string[], options: RunOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** @returns how many failed */
  async all(): Promise<number> {
    let failed = 0;
    const { inference, desk } = this.#options;
    const lane = async () => {
      while (this.#next < this.#files.length) {
        const index = this.#next++;
        const outcome = await this.#one(index);
        if ('error' in outcome) failed++;
        await desk.tell(index, outcome);
      }
    };
    await Promise.all(Array.from({ length: inference.concurrency }, lane));
    return failed;
  }

  summary(failed: number): string {
    const seconds = this.#heard.reduce((sum, one) => sum + (one?.done ?? 0), 0);
    const tookS = (performance.now() - this.#startedAt) / 1000;
    const files = `${this.#files.length - failed} of ${this.#files.length} files`;
    return `Heard ${files}, ${seconds.toFixed(1)} s of sound in ${tookS.toFixed(1)} s.`;
  }

  async #one(index: number): Promise<Outcome> {
    const file = this.#files[index];
    const { inference, vocabulary, language } = this.#options;
    try {
      const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
        const message = `${file}: cannot be read (${cause.code ?? 'unknown'}).`;
        throw new IdlewildError('transcribe/file', message, { cause });
      });
      const transcript = await transcribe(readWav(bytes, file), {
        vocabulary,
        infer: (requests, signal) => inference.infer(requests, { signal }),
        language,
        onProgress: (done, total) => this.#show(index, done, total),
        pause: () => setImmediate(),
      });
      return { transcript };
    } catch (thrown) {
      return { error: toIdlewildError(thrown) };
    }
  }

  #show(index: number, done: number, total: number): void {
    this.#heard[index] = { done, total };
    const known = this.#heard.filter(Boolean);
    const sum = (field: 'done' | 'total') => known.reduce((all, one) => all + one[field], 0);
    // Files not yet read count as the mean of those that were.
    const all = (sum('total') * this.#files.length) / known.length;
    const left = timeLeft(sum('done'), all, performance.now() - this.#startedAt);
    const about = known.length < this.#files.length ? 'about ' : '';
    const heard = `${sum('done').toFixed(0)} of ${about}${all.toFixed(0)} s`;
    this.#options.progress.update(`Heard ${heard} of sound${left && `, ${left}`}`);
  }
}
