// Picture files as pixels: every kind of PNG, JPEG as the camera was held, and files that are none.
import { crc32, deflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { expect, test } from 'vitest';
import { turnUpright } from '#cli/ocr-orientation.ts';
import { decodeImage, readImage } from '#cli/ocr-read-image.ts';
import { concatBytes, utf8 } from '#protocol/bytes.ts';

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(utf8(type), data);
  return concatBytes(uint32(data.length), body, uint32(crc32(body)));
}

interface PngOptions {
  width: number;
  height: number;
  depth: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey and opacity, 6 colour and opacity. */
  kind: number;
  /** Rows, each without its filter's byte. */
  rows: number[][];
  palette?: number[];
}

function makePng({ width, height, depth, kind, rows, palette }: PngOptions): Buffer {
  const header = concatBytes(uint32(width), uint32(height), Uint8Array.of(depth, kind, 0, 0, 0));
  const data = Uint8Array.from(rows.flatMap((row) => [0, ...row]));
  return Buffer.from(
    concatBytes(
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
      chunk('IHDR', header),
      ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
      chunk('IDAT', deflateSync(data)),
      chunk('IEND', new Uint8Array(0)),
    ),
  );
}

const size = { width: 2, height: 1 };
const pixels = (png: PngOptions) => [...decodeImage(makePng(png), 'a.png').rgb];

test.each<[string, PngOptions, number[]]>([
  ['colour', { ...size, depth: 8, kind: 2, rows: [[1, 2, 3, 4, 5, 6]] }, [1, 2, 3, 4, 5, 6]],
  ['grey', { ...size, depth: 8, kind: 0, rows: [[7, 9]] }, [7, 7, 7, 9, 9, 9]],
  ['16 bits', { ...size, depth: 16, kind: 0, rows: [[200, 1, 3, 255]] }, [200, 200, 200, 3, 3, 3]],
  ['1 bit', { ...size, depth: 1, kind: 0, rows: [[0b01000000]] }, [0, 0, 0, 255, 255, 255]],
  ['4 bits', { ...size, depth: 4, kind: 0, rows: [[0x1f]] }, [17, 17, 17, 255, 255, 255]],
  [
    'a palette',
    { ...size, depth: 2, kind: 3, rows: [[0b01000000]], palette: [9, 8, 7, 1, 2, 3] },
    [1, 2, 3, 9, 8, 7],
  ],
  [
    'opacity, laid on white',
    { ...size, depth: 8, kind: 6, rows: [[0, 100, 200, 0, 0, 100, 200, 128]] },
    [255, 255, 255, 127, 177, 227],
  ],
  [
    'grey and opacity',
    { ...size, depth: 8, kind: 4, rows: [[9, 255, 9, 0]] },
    [9, 9, 9, 255, 255, 255],
  ],
])('a PNG of %s', (_, png, expected) => {
  expect(pixels(png)).toEqual(expected);
});

/** 16 by 8: the left half black, the right one white. */
function makeJpeg(): Buffer {
  const data = Buffer.alloc(16 * 8 * 4, 255);
  for (let at = 0; at < 128; at++) if (at % 16 < 8) data.fill(0, 4 * at, 4 * at + 3);
  return jpeg.encode({ width: 16, height: 8, data }, 90).data;
}

function withOrientation(file: Buffer, orientation: number): Buffer {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
  ];
  const body = [...utf8('Exif'), 0, 0, ...tiff, 0, 0, 0, 0];
  const marker = [0xff, 0xe1, 0, body.length + 2, ...body];
  return Buffer.concat([file.subarray(0, 2), Buffer.from(marker), file.subarray(2)]);
}

test('a JPEG is read, and turned as the camera says', () => {
  const plain = decodeImage(makeJpeg(), 'a.jpg');
  expect([plain.width, plain.height]).toEqual([16, 8]);
  expect(plain.rgb[0]).toBeLessThan(20);
  const turned = decodeImage(withOrientation(makeJpeg(), 6), 'a.jpg');
  expect([turned.width, turned.height]).toEqual([8, 16]);
  expect(turned.rgb[0]).toBeLessThan(20);
  expect(turned.rgb[3 * 8 * 15]).toBeGreaterThan(235);
  const over = decodeImage(withOrientation(makeJpeg(), 3), 'a.jpg');
  expect(over.rgb[0]).toBeGreaterThan(235);
});

test('eight ways to hold a camera', () => {
  // A row of red 1 and 2 above one of 3 and 4.
  const rgb = Uint8Array.from([1, 2, 3, 4].flatMap((red) => [red, 0, 0]));
  const ways = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => {
    const turned = turnUpright({ width: 2, height: 2, rgb }, orientation).rgb;
    return [0, 3, 6, 9].map((at) => turned[at]).join('');
  });
  expect(ways).toEqual(['1234', '2143', '4321', '3412', '1324', '3142', '4231', '2413']);
});

test('what cannot be read says so, and which file it is', async () => {
  const png = makePng({ ...size, depth: 8, kind: 0, rows: [[7, 9]] });
  const noise = Buffer.from(png);
  noise[45] ^= 255;
  const huge = Buffer.from(png);
  huge.writeUInt32BE(1 << 20, 16);
  huge.writeUInt32BE(1 << 20, 20);
  const cases: [Buffer, RegExp][] = [
    [Buffer.alloc(0), /^p\.png: is empty/],
    [Buffer.from('%PDF-1.7 and more of it'), /^p\.png: is neither a PNG nor a JPEG/],
    [png.subarray(0, png.length - 25), /^p\.png: cannot be decoded/],
    [noise, /^p\.png: cannot be decoded/],
    [huge, /^p\.png: has 1048576 by 1048576 pixels/],
    [makeJpeg().subarray(0, 300), /^p\.png: cannot be decoded/],
  ];
  for (const [bytes, message] of cases) {
    expect(() => decodeImage(bytes, 'p.png')).toThrow(message);
    expect(() => decodeImage(bytes, 'p.png')).toThrow(
      expect.objectContaining({ code: 'ocr/image' }),
    );
  }
  await expect(readImage('/nowhere/p.png')).rejects.toThrow(
    '/nowhere/p.png: cannot be read (ENOENT)',
  );
});
