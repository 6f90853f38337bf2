// Every form of WAV that is read, and every lie that a file can tell: each refused by its place.
import { describe, expect, test } from 'vitest';
import { IdlewildError } from '#protocol/errors.ts';
import { readWav } from '#speech/read-wav.ts';
import { type WavOptions, writeWav } from './write-wav.ts';

const wave = Float32Array.from({ length: 400 }, (_, i) => 0.8 * Math.sin(i / 7));

function refusal(bytes: Uint8Array, name = 'talk.wav'): IdlewildError {
  try {
    readWav(bytes, name);
  } catch (thrown) {
    if (thrown instanceof IdlewildError) return thrown;
    throw thrown;
  }
  throw new Error('it was read');
}

describe('what is read', () => {
  test.each<[string, WavOptions, number]>([
    ['8 bits', { bits: 8 }, 0.01],
    ['16 bits', {}, 1e-4],
    ['24 bits', { bits: 24 }, 1e-6],
    ['32 bits', { bits: 32 }, 1e-6],
    ['floats', { bits: 32, float: true }, 0],
    ['long floats', { bits: 64, float: true }, 0],
    ['the extensible form', { bits: 24, extensible: true }, 1e-6],
    ['extensible floats', { bits: 32, float: true, extensible: true }, 0],
    [
      'chunks around the data, odd ones too',
      {
        before: [
          ['LIST', 7],
          ['fact', 4],
        ],
        after: [['id3 ', 9]],
      },
      1e-4,
    ],
  ])('%s', (_, options, error) => {
    const { rate, samples } = readWav(writeWav(wave, { rate: 44_100, ...options }));
    expect(rate).toBe(44_100);
    expect(samples).toHaveLength(wave.length);
    const worst = Math.max(...samples.map((sample, i) => Math.abs(sample - wave[i])));
    expect(worst).toBeLessThanOrEqual(error);
  });

  test('several channels are averaged', () => {
    const { samples } = readWav(
      writeWav([0.5, -0.25, 1, 0], { channels: 2, bits: 32, float: true }),
    );
    expect([...samples]).toEqual([0.125, 0.5]);
  });

  test('the full scale of each width', () => {
    const bytes = writeWav([0, 0], { bits: 24 });
    bytes.set([0x00, 0x00, 0x80, 0xff, 0xff, 0x7f], bytes.length - 6);
    const [low, high] = readWav(bytes).samples;
    expect(low).toBe(-1);
    expect(high).toBeCloseTo(1, 6);
  });

  test.each([0, 0xffffffff, 0x7fffffff])('a size of %d, left by who wrote to a pipe', (claimed) => {
    const { samples } = readWav(writeWav(wave, { claimedBytes: claimed }));
    expect(samples).toHaveLength(wave.length);
  });

  test('no sound at all, and bytes that make no whole frame', () => {
    expect(readWav(writeWav([])).samples).toHaveLength(0);
    const odd = writeWav(wave, { channels: 2, claimedBytes: 4 * 100 + 3 });
    expect(readWav(odd).samples).toHaveLength(100);
  });
});

describe('what is refused', () => {
  test('a chunk that claims more than is there, by its place', () => {
    const cut = writeWav(wave).subarray(0, 300);
    const error = refusal(cut);
    expect(error.code).toBe('speech/wav-malformed');
    expect(error.shortMessage).toBe(
      'talk.wav: byte 36: chunk "data" claims 800 bytes, 256 are there.',
    );
    const lying = writeWav(wave, { before: [['LIST', 10]] });
    new DataView(lying.buffer).setUint32(40, 4_000_000_000, true);
    expect(refusal(lying).shortMessage).toMatch(/byte 36: chunk "LIST" claims 4000000000 bytes/);
  });

  test.each<[string, (view: DataView) => void, RegExp]>([
    ['not RIFF', (view) => view.setUint8(0, 0x52 + 1), /byte 0: it does not begin with RIFF/],
    ['big endian', (view) => view.setUint8(3, 'X'.charCodeAt(0)), /RIFF and WAVE/],
    ['no channels', (view) => view.setUint16(22, 0, true), /byte 20: 0 channels/],
    ['too many', (view) => view.setUint16(22, 33, true), /33 channels, of at most 32/],
    ['no rate', (view) => view.setUint32(24, 0, true), /0 samples a second/],
    ['an absurd rate', (view) => view.setUint32(24, 4e9, true), /4000000000 samples a second/],
    ['12 bits', (view) => view.setUint16(34, 12, true), /format 1 of 12 bits is not read/],
    ['MP3 in WAV', (view) => view.setUint16(20, 0x55, true), /format 85 of 16 bits is not read/],
    ['a wrong frame', (view) => view.setUint16(32, 3, true), /3 bytes a frame, for 1 channels/],
    ['a short format', (view) => view.setUint32(16, 14, true), /a format of 14 bytes is too short/],
    ['a cut extensible', (view) => view.setUint16(20, 0xfffe, true), /extensible format is cut/],
    ['no format', (view) => view.setUint8(12, 'F'.charCodeAt(0)), /data come before their format/],
  ])('%s', (_, spoil, message) => {
    const bytes = writeWav(wave);
    spoil(new DataView(bytes.buffer));
    expect(refusal(bytes).shortMessage).toMatch(message);
  });

  test('an unknown sub-format, a file without data, an empty one, samples that are no numbers', () => {
    const strange = writeWav(wave, { extensible: true });
    strange[50] ^= 1;
    expect(refusal(strange).shortMessage).toMatch(/byte 44: its sub-format is not a known one/);
    expect(refusal(writeWav(wave).subarray(0, 36)).shortMessage).toMatch(/without a data chunk/);
    expect(refusal(new Uint8Array(0)).shortMessage).toMatch(/a file of 0 bytes is no WAV/);
    const broken = writeWav([0, 1, Number.NaN], { bits: 32, float: true });
    expect(refusal(broken).shortMessage).toMatch(/byte 52: a sample is not a finite number/);
  });

  test('more sound than the limit, which it names', () => {
    const long = writeWav(new Uint8Array(40_000), { bits: 8, rate: 4_000 });
    expect(() => readWav(long, 'talk.wav', 9)).toThrow(
      /10 s of sound, of at most 9 \(secondsMax\)/,
    );
  });

  test('any other bytes: an error of ours, never another', () => {
    let state = 7;
    const next = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 16;
    };
    for (let round = 0; round < 3_000; round++) {
      const bytes = writeWav(wave.subarray(0, 40), { extensible: round % 2 === 0 });
      for (let change = 0; change < 1 + (next() % 6); change++) {
        bytes[next() % 70] = next() % 256;
      }
      const cut = bytes.subarray(0, round % 3 === 0 ? next() % bytes.length : bytes.length);
      try {
        readWav(cut);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(IdlewildError);
      }
    }
  });
});
