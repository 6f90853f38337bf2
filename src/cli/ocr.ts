// `idlewild ocr FILES`: pictures of pages in, their text out. Lines are cut out and put in order here;
// the networks between run on a coordinator, in batches on its contributors, or in this process.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type OcrPage, readPage } from '#ocr/read-page.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import {
  addPlaceOptions,
  type FileWork,
  inferFiles,
  type PlaceFlags,
  runFiles,
} from './infer-files.ts';
import {
  type OcrDesk,
  type OcrFormat,
  type OcrOutcome,
  ocrFormats,
  openOcrDesk,
} from './ocr-desk.ts';
import { type OcrInference, type OcrPlace, openOcrModels } from './ocr-models.ts';
import { readImage } from './ocr-read-image.ts';
import { type Progress, timeLeft } from './progress.ts';

interface OcrFlags
  extends PlaceFlags,
    Pick<OcrPlace, 'models' | 'detector' | 'recognizer' | 'characters'> {
  side?: number;
  format: OcrFormat;
  json?: boolean;
}

const sideMin = 320;
/** Its map of floats is 6 MB, the most that a bounded unit may answer. */
const sideMost = 1216;

function readSide(text: string): number {
  const side = Number(text);
  if (Number.isInteger(side) && side >= sideMin && side <= sideMost) return side;
  throw new InvalidArgumentError(`expected ${sideMin} to ${sideMost}`);
}

export function addOcr(program: Command): void {
  const command = program
    .command('ocr')
    .description('pictures of pages (PNG, JPEG) to text')
    .argument('<files...>', 'a page each');
  addPlaceOptions(command, 'pages')
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
    .action((files: string[], flags: OcrFlags) => runFiles(readFiles(files, flags)));
}

/** @returns how many failed */
function readFiles(files: string[], flags: OcrFlags): Promise<number> {
  const { side } = flags;
  const desk = openOcrDesk(files, flags.json ? 'json' : flags.format);
  return inferFiles(files, flags, async (place, progress) => {
    const inference = await openOcrModels({ ...flags, ...place });
    return new PageWork(files, { inference, desk, progress, side });
  });
}

interface PageOptions {
  inference: OcrInference;
  desk: OcrDesk;
  progress: Progress;
  side: number | undefined;
}

class PageWork implements FileWork<{ page: OcrPage }> {
  readonly #files: readonly string[];
  readonly #options: PageOptions;
  readonly #startedAt = performance.now();
  /** Of each page that was begun, the share that is read; and lines, in all. */
  readonly #shares = new Map<number, number>();
  #lines = 0;

  constructor(files: readonly string[], options: PageOptions) {
    this.#files = files;
    this.#options = options;
  }

  get concurrency(): number {
    return this.#options.inference.concurrency;
  }

  close = () => this.#options.inference.close();

  summary(failed: number, tookS: number): string {
    const pages = `${this.#files.length - failed} of ${this.#files.length} pages`;
    return `Read ${pages}, ${this.#lines} lines, in ${tookS.toFixed(1)} s.`;
  }

  tell(index: number, outcome: OcrOutcome): void {
    this.#show(index, 1);
    this.#options.desk.tell(index, outcome);
  }

  async one(index: number): Promise<OcrOutcome> {
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
      this.#lines += page.lines.length;
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
