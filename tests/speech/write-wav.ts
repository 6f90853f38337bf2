// WAV files as other programs write them, for tests of the reader.

export interface WavOptions {
  rate?: number;
  channels?: number;
  /** 8, 16, 24, 32, or a float of 32 or 64. */
  bits?: number;
  float?: boolean;
  extensible?: boolean;
  /** Chunks before the data: id and bytes. */
  before?: [string, number][];
  after?: [string, number][];
  /** Written in place of the true size of the data. */
  claimedBytes?: number;
}

const guidTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

function put(
  view: DataView,
  at: number,
  sample: number,
  { bits, float }: { bits: number; float: boolean },
) {
  if (float)
    return bits === 32 ? view.setFloat32(at, sample, true) : view.setFloat64(at, sample, true);
  if (bits === 8) return view.setUint8(at, Math.round(sample * 127) + 128);
  const most = 2 ** (bits - 1) - 1;
  const whole = Math.round(sample * most);
  for (let byte = 0; byte < bits / 8; byte++) view.setUint8(at + byte, (whole >> (8 * byte)) & 255);
}

/** @param samples interleaved where there are several channels, -1 to 1 */
export function writeWav(
  samples: ArrayLike<number>,
  options: WavOptions = {},
): Uint8Array<ArrayBuffer> {
  const { rate = 16_000, channels = 1, bits = 16, float = false, extensible = false } = options;
  const width = bits / 8;
  const formatBytes = extensible ? 40 : 16;
  const dataBytes = samples.length * width;
  const side = (chunks: [string, number][] = []) =>
    chunks.reduce((sum, [, bytes]) => sum + 8 + bytes + (bytes % 2), 0);
  const total =
    12 +
    8 +
    formatBytes +
    side(options.before) +
    8 +
    dataBytes +
    (dataBytes % 2) +
    side(options.after);
  const view = new DataView(new ArrayBuffer(total));
  let at = 0;
  const id = (text: string) => {
    for (const character of text) view.setUint8(at++, character.charCodeAt(0));
  };
  const u16 = (value: number) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  const u32 = (value: number) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const fill = (chunks: [string, number][] = []) => {
    for (const [name, bytes] of chunks) {
      id(name);
      u32(bytes);
      at += bytes + (bytes % 2);
    }
  };
  const code = float ? 3 : 1;
  id('RIFF');
  u32(total - 8);
  id('WAVE');
  id('fmt ');
  u32(formatBytes);
  u16(extensible ? 0xfffe : code);
  u16(channels);
  u32(rate);
  u32(rate * channels * width);
  u16(channels * width);
  u16(bits);
  if (extensible) {
    u16(22);
    u16(bits);
    u32(0);
    u16(code);
    for (const byte of guidTail) view.setUint8(at++, byte);
  }
  fill(options.before);
  id('data');
  u32(options.claimedBytes ?? dataBytes);
  for (let i = 0; i < samples.length; i++, at += width) put(view, at, samples[i], { bits, float });
  at += dataBytes % 2;
  fill(options.after);
  return new Uint8Array(view.buffer);
}
