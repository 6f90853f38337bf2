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
import type { Transcript } from '#speech/transcript.ts';
import { openVocabulary, type Vocabulary } from '#speech/vocabulary.ts';
import {
  addPlaceOptions,
  type FileWork,
  inferFiles,
  type PlaceFlags,
  runFiles,
} from './infer-files.ts';
import { type Inference, openInference } from './open-inference.ts';
import { type Progress, timeLeft } from './progress.ts';
import {
  type Outcome,
  openTranscriptDesk,
  type TranscriptDesk,
  type TranscriptFormat,
  transcriptFormats,
} from './transcript-desk.ts';

export interface TranscribeFlags extends PlaceFlags {
  language?: string;
  model?: string;
  format: TranscriptFormat;
  output?: string;
}

export function addTranscribe(program: Command): void {
  const command = program
    .command('transcribe')
    .description('speech in WAV files to text with times')
    .argument('<files...>', 'WAV files, of any rate, mono or stereo');
  addPlaceOptions(command, 'files')
    .option('--language <code>', 'such as en; told from the sound where it is not given')
    .option('--model <model>', "a coordinator's, by name or id; with --local its folder")
    .addOption(
      new Option('--format <format>', 'of the answer').choices(transcriptFormats).default('text'),
    )
    .option('--output <folder>', 'a file for each there, instead of stdout')
    .action((files: string[], flags: TranscribeFlags) => runFiles(transcribeFiles(files, flags)));
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
  return inferFiles(files, flags, async (place, progress) => {
    const inference = await openInference({ ...flags, ...place }, hearsSpeech);
    try {
      const vocabulary = openVocabulary(await inference.file('tokenizer.json'));
      const language = flags.language ? findLanguage(flags.language, vocabulary) : null;
      return new SoundWork(files, { inference, vocabulary, language, progress, desk });
    } catch (thrown) {
      await inference.close();
      throw thrown;
    }
  });
}

interface SoundOptions {
  inference: Inference;
  vocabulary: Vocabulary;
  language: string | null;
  progress: Progress;
  desk: TranscriptDesk;
}

class SoundWork implements FileWork<{ transcript: Transcript }> {
  readonly #files: readonly string[];
  readonly #options: SoundOptions;
  readonly #startedAt = performance.now();
  /** Seconds of each file: done, and in all; those not yet read have none. */
  readonly #heard: { done: number; total: number }[] = [];

  constructor(files: readonly string[], options: SoundOptions) {
    this.#files = files;
    this.#options = options;
  }

  get concurrency(): number {
    return this.#options.inference.concurrency;
  }

  close = () => this.#options.inference.close();

  tell = (index: number, outcome: Outcome) => this.#options.desk.tell(index, outcome);

  summary(failed: number, tookS: number): string {
    const seconds = this.#heard.reduce((sum, one) => sum + (one?.done ?? 0), 0);
    const files = `${this.#files.length - failed} of ${this.#files.length} files`;
    return `Heard ${files}, ${seconds.toFixed(1)} s of sound in ${tookS.toFixed(1)} s.`;
  }

  async one(index: number): Promise<Outcome> {
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
