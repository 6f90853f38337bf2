// The two models of OCR, wherever they run: a coordinator's by name, or here from an imported folder
// or an .onnx file. What tells them apart is the shape of what they take and give.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BoundedManifest, Port } from '#model/bounded-manifest.ts';
import { parseBoundedManifest } from '#model/parse-bounded.ts';
import { englishCharacters, parseCharacters } from '#ocr/characters.ts';
import {
  detectionNormalization,
  feedMatches,
  type Normalization,
  type PixelInput,
  recognitionNormalization,
} from '#ocr/normalization.ts';
import type { Infer, OcrModels, OcrRole } from '#ocr/read-page.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { openOnnxFile } from './ocr-onnx-file.ts';
import { type Inference, openInference } from './open-inference.ts';

export interface OcrPlace {
  coordinator?: string | undefined;
  key?: string | undefined;
  /** By the coordinator's contributors. */
  batch?: boolean | undefined;
  /** Cancels the batches. */
  signal?: AbortSignal | undefined;
  local?: boolean | undefined;
  /** With --local: a folder whose folders are models. */
  models?: string | undefined;
  /** A coordinator's by name or id; with --local a model's folder, or an .onnx file. */
  detector?: string | undefined;
  recognizer?: string | undefined;
  /** A file with the recognizer's characters, one a line. */
  characters?: string | undefined;
}

export interface OcrInference {
  models: OcrModels;
  infer: Infer;
  /** Pages that gain from being read at once, and lines of one. */
  concurrency: number;
  linesAtOnce: number | undefined;
  close(): Promise<void>;
}

/** Two pages keep a coordinator busy while the next is being cut into lines. */
const remotePages = 2;
const pixelHeight = 48;
const charactersFile = 'characters.txt';

interface Ports {
  input: Port;
  output: Port;
}

function portsOf({ runner, graphs }: BoundedManifest): Ports | null {
  if (runner.kind !== 'graph') return null;
  const { inputs, outputs } = graphs.model;
  const [input] = inputs;
  const [output] = outputs;
  const takesPixels =
    inputs.length === 1 &&
    outputs.length === 1 &&
    input.dtype === 'float32' &&
    input.shape.length === 4 &&
    input.shape[1] === 3;
  return takesPixels ? { input, output } : null;
}

const fits: Record<OcrRole, (manifest: BoundedManifest) => boolean> = {
  detector(manifest) {
    const ports = portsOf(manifest);
    return ports !== null && ports.output.shape.length === 4 && ports.output.shape[1] === 1;
  },
  recognizer(manifest) {
    const ports = portsOf(manifest);
    if (ports?.output.shape.length !== 3) return false;
    const [, , height] = ports.input.shape;
    return typeof height === 'string' || height === pixelHeight;
  },
};

/** @throws infer/..., ocr/models, ocr/characters */
export async function openOcrModels(place: OcrPlace): Promise<OcrInference> {
  const detector = await open('detector', place);
  const recognizer = await open('recognizer', place).catch(async (thrown) => {
    await detector.close();
    throw thrown;
  });
  const opened = { detector, recognizer };
  const close = async () => {
    await detector.close();
    await recognizer.close();
  };
  try {
    const found = { detector: portsOfModel(detector), recognizer: portsOfModel(recognizer) };
    return {
      models: {
        detector: {
          input: pixelInput(found.detector.input, detectionNormalization),
          output: found.detector.output.name,
        },
        recognizer: {
          input: pixelInput(found.recognizer.input, recognitionNormalization),
          output: found.recognizer.output.name,
          characters: await readCharacters(recognizer, place.characters),
        },
      },
      infer: (role, requests, onShare) => inferEach(opened[role], requests, onShare),
      concurrency: place.batch ? recognizer.concurrency : place.local ? 1 : remotePages,
      // A batch takes a while: all lines of a page go into one.
      linesAtOnce: place.batch ? Number.POSITIVE_INFINITY : undefined,
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Here one after the other: the answers of a unit have a limit together, which lines may pass. */
async function inferEach(
  model: Inference,
  requests: TensorMap[],
  onShare: (share: number) => void,
): Promise<TensorMap[]> {
  if (model.concurrency > 1) return model.infer(requests, { onShare });
  const outputs: TensorMap[] = [];
  for (const request of requests) {
    outputs.push(...(await model.infer([request])));
    onShare(outputs.length / requests.length);
  }
  return outputs;
}

function portsOfModel({ manifest }: Inference): Ports {
  const ports = portsOf(manifest);
  if (ports) return ports;
  throw new IdlewildError('ocr/models', `${manifest.name} is not a model for OCR.`);
}

function pixelInput({ name, feed }: Port, normalization: Normalization): PixelInput {
  return { name, takesBytes: feed !== null && feedMatches(feed, normalization) };
}

async function open(role: OcrRole, place: OcrPlace): Promise<Inference> {
  const { coordinator, key, local, models, batch, signal } = place;
  let model = place[role];
  if (local) {
    model ??= models === undefined ? undefined : await findFolder(models, role);
    if (model === undefined) {
      throw new IdlewildError('ocr/models', '--local needs the models.', {
        metaMessages: ['Give --models FOLDER, or --detector and --recognizer.'],
      });
    }
    if (model.endsWith('.onnx')) return openOnnxFile(model, fits[role]);
  }
  return openInference({ coordinator, key, local, model, batch, signal }, fits[role]);
}

/** The one model for this among the folders of a folder. @throws ocr/models */
async function findFolder(folder: string, role: OcrRole): Promise<string> {
  const names = await readdir(folder).catch((cause) => {
    throw new IdlewildError('ocr/models', `The folder ${folder} cannot be read.`, { cause });
  });
  const found: string[] = [];
  for (const name of names.sort()) {
    const bytes = await readFile(path.join(folder, name, 'manifest.json')).catch(() => null);
    if (bytes && isFor(role, bytes)) found.push(path.join(folder, name));
  }
  if (found.length === 1) return found[0];
  const several = `${found.length} models of ${folder} could be the ${role}.`;
  throw new IdlewildError('ocr/models', found.length ? several : `${folder} has no ${role}.`, {
    metaMessages: [
      found.length
        ? `Say which: --${role} ${found[0]}`
        : 'Make one: idlewild model import --bounded (docs/ocr.md has the lines).',
    ],
  });
}

/** Whatever else lies in the folder is not looked at further. */
function isFor(role: OcrRole, manifest: Uint8Array): boolean {
  try {
    return fits[role](parseBoundedManifest(manifest));
  } catch {
    return false;
  }
}

/** @throws ocr/characters */
async function readCharacters(
  recognizer: Inference,
  file: string | undefined,
): Promise<readonly string[]> {
  const { files, name } = recognizer.manifest;
  const classes = portsOfModel(recognizer).output.shape[2];
  let characters = englishCharacters;
  if (file !== undefined) {
    const list = await readFile(file, 'utf8').catch((cause) => {
      throw new IdlewildError('ocr/characters', `${file} cannot be read.`, { cause });
    });
    characters = parseCharacters(list);
  } else if (Object.hasOwn(files, charactersFile)) {
    characters = parseCharacters(new TextDecoder().decode(await recognizer.file(charactersFile)));
  }
  if (typeof classes === 'string' || classes === characters.length + 1) return characters;
  throw new IdlewildError('ocr/characters', `The characters of ${name} are not known.`, {
    metaMessages: [
      `It tells ${classes - 1} apart, the list has ${characters.length}.`,
      'Give its own list: --characters FILE, one a line, as PaddleOCR publishes it.',
    ],
  });
}
