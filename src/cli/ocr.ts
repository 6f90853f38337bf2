// `idlewild ocr FILES`: pictures of pages in, their text out. Lines are cut out and put in order here;
// the networks between run on a coordinator, in batches on its contributors, or in this process.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readPage } from '#ocr/read-page.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import {
  type OcrDesk,
  type OcrFormat,
  type OcrOutcome,
  ocrFormats,
  openOcrDesk,
} from './ocr-desk.ts';
import { type OcrInference, type OcrPlace, openOcrModels } from './ocr-models.ts';
import { readImage } from './ocr-read-image.ts';
import { createProgress, type Progress, timeLeft } from './progress.ts';
import { environmentName } from './settings.ts';

interface OcrFlags extends OcrPlace {
  side?: number;
  format: OcrFormat;
  json?: boolean;
  quiet?: boolean;
}

const sideMin = 320;
/** More pages than this are the contributors' unless the command says otherwise. */
const pagesDirectMax = 4;
/** Its map of floats is 6 MB, the most that a bounded unit may answer. */
const sideMost = 1216;

function readSide(text: string): number {
  const side = Number(text);
  if (Number.isInteger(side) && side >= sideMin && side <= sideMost) return side;
  throw new InvalidArgumentError(`expected ${sideMin} to ${sideMost}`);
}

export function addOcr(program: Command): void {
  program
    .command('ocr')
    .description('pictures of pages (PNG, JPEG) to text')
    .argument('<files...>', 'a page each')
    .addOption(
      new Option('--coordinator <url>', 'where contributors compute').env(
        environmentName('coordinator'),
      ),
    )
    .addOption(new Option('--key <key>', 'an API key of it').env(environmentName('api-key')))
    .option('--batch', `contributors compute; so they do for more than ${pagesDirectMax} pages`)
    .option('--no-batch', 'the coordinator computes by itself, at once')
    .option('--local', 'compute in this process instead')
    .option('--models <folder>', 'with --local: the folder that holds both models, imported')
    .option('--detector <model>', "a coordinator's, by name or id; here its folder or .onnx file")
    .option('--recognizer <model>', 'likewise')
    .option('--characters <file>', "the recognizer's, one a line, where it does not bring them")
    .addOption(
      new Option('--side <pixels>', 'pages are searched for lines at this size; smaller is faster')
        .argParser(readSide)
        .default(960),
    )
    .addOption(new Option('--format <format>', 'of the answer').choices(ocrFormats).default('text'))
    .option('--json', 'the same as --format json: a page a line, with boxes and scores')
    .option('--quiet', 'no progress on stderr')
    .action(async (files: string[], flags: OcrFlags) => {
      const failed = await readFiles(files, flags);
      if (failed > 0) process.exitCode = 1;
    });
}

/**
 * One page that cannot be read does not lose the others.
 * @returns how many failed
 */
async function readFiles(files: string[], flags: OcrFlags): Promise<number> {
  const desk = openOcrDesk(files, flags.json ? 'json' : flags.format);
  const batch = !flags.local && (flags.batch ?? files.length > pagesDirectMax);
  const inference = await openOcrModels({ ...flags, batch });
  const progress = createProgress(flags.quiet ?? false);
  try {
    const run = new Run(files, { inference, desk, progress, side: flags.side });
    return await run.all();
  } finally {
    await inference.close();
  }
}

interface RunOptions {
  inference: OcrInference;
  desk: OcrDesk;
  progress: Progress;
  side: number | undefined;
}

/** All pages, some of them at once where that gains. */
class Run {
  readonly #files: readonly string[];
  readonly #options: RunOptions;
  readonly #startedAt = performance.now();
  /** Of each page that was begun, the share that is read; and lines, in all. */
  readonly #shares = new Map<number, number>();
  #lines = 0;
  #next = 0;

  constructor(files: readonly string[], options: RunOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** @returns how many failed */
  async all(): Promise<number> {
    const { inference, desk, progress } = this.#options;
    let failed = 0;
    const lane = async () => {
      while (this.#next < this.#files.length) {
        const index = this.#next++;
        const outcome = await this.#one(index);
        if ('error' in outcome) failed++;
        else this.#lines += outcome.page.lines.length;
        this.#show(index, 1);
        desk.tell(index, outcome);
      }
    };
    await Promise.all(Array.from({ length: inference.concurrency }, lane));
    const tookS = ((performance.now() - this.#startedAt) / 1000).toFixed(1);
    const pages = `${this.#files.length - failed} of ${this.#files.length} pages`;
    progress.done(`Read ${pages}, ${this.#lines} lines, in ${tookS} s.`);
    return failed;
  }

  async #one(index: number): Promise<OcrOutcome> {
    const { models, infer, linesAtOnce } = this.#options.inference;
    try {
      const image = await readImage(this.#files[index]);
      const page = await readPage(image, {
        models,
        infer,
        linesAtOnce,
        onShare: (share) => this.#show(index, share),
        ...(this.#options.side === undefined ? {} : { detectionSideMax: this.#options.side }),
      });
      return { page };
    } catch (thrown) {
      return { error: toIdlewildError(thrown) };
    }
  }

  #show(index: number, share: number): void {
    this.#shares.set(index, share);
    const total = this.#files.length;
    const done = [...this.#shares.values()].reduce((sum, one) => sum + one, 0);
    const left = timeLeft(done, total, performance.now() - this.#startedAt);
    const page = Math.min(total, Math.floor(done) + 1);
    this.#options.progress.update(`Reading page ${page} of ${total}${left && `, ${left}`}`);
  }
}
