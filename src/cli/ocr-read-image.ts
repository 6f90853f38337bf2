// PNG and JPEG files as plain pixels for the OCR pipeline: no transparency, eight bits a colour, and
// upright where the camera says how it was held.
import { readFile } from 'node:fs/promises';
import { convertIndexedToRgb, type DecodedPng, decode as decodePng } from 'fast-png';
import jpeg from 'jpeg-js';
import { checkPage, type PageImage, pagePixelsMax } from '#ocr/page-image.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { readOrientation, turnUpright } from './ocr-orientation.ts';

const fileBytesMax = 200 << 20;
/** The decoder's own count for the largest page, its coefficients and its pixels. */
const jpegMegabytesMax = 4096;

function refuse(file: string, why: string, cause?: unknown): IdlewildError {
  return new IdlewildError('ocr/image', `${file}: ${why}.`, { cause });
}

/** @throws ocr/file, ocr/image, each naming the file */
export async function readImage(file: string): Promise<PageImage> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const message = `${file}: cannot be read (${cause.code ?? 'unknown'}).`;
    throw new IdlewildError('ocr/file', message, { cause });
  });
  return decodeImage(bytes, file);
}

/**
 * @param file its name, for messages
 * @throws ocr/image
 */
export function decodeImage(bytes: Buffer, file: string): PageImage {
  if (bytes.length === 0) throw refuse(file, 'is empty');
  if (bytes.length > fileBytesMax) {
    throw refuse(file, `has ${bytes.length} bytes, the most is ${fileBytesMax} (fileBytesMax)`);
  }
  const isPng = bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47;
  const isJpeg = bytes.length > 4 && bytes.readUInt16BE(0) === 0xffd8;
  if (!isPng && !isJpeg) throw refuse(file, 'is neither a PNG nor a JPEG');
  if (isPng) checkSize(file, bytes.readUInt32BE(16), bytes.readUInt32BE(20));
  let page: PageImage;
  try {
    page = isPng ? readPng(bytes) : readJpeg(bytes);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw refuse(file, `cannot be decoded (${said.replace(/\.$/, '')})`, cause);
  }
  checkPage(page);
  return page;
}

/** Before anything is allocated for it. */
function checkSize(file: string, width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= pagePixelsMax) return;
  const most = `1 to ${pagePixelsMax} (pagePixelsMax)`;
  throw refuse(file, `has ${width} by ${height} pixels, expected ${most}`);
}

function readJpeg(bytes: Buffer): PageImage {
  const options = {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: pagePixelsMax / 1e6,
    maxMemoryUsageInMB: jpegMegabytesMax,
  } as const;
  // The package's types leave the camera's notes out.
  const image = jpeg.decode(bytes, options) as ReturnType<typeof jpeg.decode> & {
    exifBuffer?: Uint8Array;
  };
  const page = { width: image.width, height: image.height, rgb: new Uint8Array(image.data) };
  return turnUpright(page, image.exifBuffer ? readOrientation(image.exifBuffer) : 1);
}

function readPng(bytes: Buffer): PageImage {
  const image = decodePng(bytes, { checkCrc: true });
  const { width, height } = image;
  const { data, channels } = unpack(image);
  const opacityAt = channels === 2 || channels === 4 ? channels - 1 : null;
  const rgb = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    const opacity = opacityAt === null ? 255 : data[at + opacityAt];
    for (let channel = 0; channel < 3; channel++) {
      const value = data[channels < 3 ? at : at + channel];
      // On white paper.
      rgb[3 * pixel + channel] = 255 + Math.round(((value - 255) * opacity) / 255);
    }
  }
  return { width, height, rgb };
}

interface Samples {
  data: ArrayLike<number>;
  channels: number;
}

/** Samples of eight bits, from a palette, packed bits or sixteen. */
function unpack(image: DecodedPng): Samples {
  const { depth, channels, data } = image;
  if (image.palette) {
    const colours = convertIndexedToRgb(image);
    return { data: colours, channels: image.palette[0].length };
  }
  if (depth < 8) {
    const steps = 2 ** depth - 1;
    const greys = Array.from({ length: steps + 1 }, (_, level) => [(255 * level) / steps]);
    return { data: convertIndexedToRgb({ ...image, palette: greys }), channels: 1 };
  }
  if (depth === 16) return { data: Uint8Array.from(data, (value) => value >> 8), channels };
  return { data, channels };
}
