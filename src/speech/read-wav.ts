// A WAV file to one channel of float samples. RIFF is read defensively: every size that the file
// claims is checked against the bytes that are there, and a refusal names the byte.
// Format: Microsoft "Multimedia Programming Interface" (1991), mmreg.h for the extensible form.
import { IdlewildError } from '#protocol/errors.ts';
import { readSamples, type SampleFormat } from './read-samples.ts';
import { speechLimits } from './speech-limits.ts';

export interface Audio {
  /** Samples a second. */
  rate: number;
  /** One channel, -1 to 1; several channels are averaged. */
  samples: Float32Array<ArrayBuffer>;
}

interface Chunk {
  id: string;
  /** Where its bytes lie, after its head. */
  start: number;
  end: number;
}

const formatPcm = 1;
const formatFloat = 3;
const formatExtensible = 0xfffe;
const chunkHeadBytes = 8;
/** What a writer puts that cannot seek back to fill in the size; some put 0. */
const streamedSizes = new Set([0x7fffffff, 0xffffffff]);
/** The tail of every format GUID in the extensible form; its head is the plain format code. */
const guidTail = '00001000800000aa00389b71';

/** @param name of the file, for the messages */
function createRefusal(name: string) {
  return (where: string, why: string, code = 'speech/wav-malformed') =>
    new IdlewildError(code, `${name}: ${where}: ${why}.`, {
      metaMessages: ['Expected a WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64.'],
    });
}

type Refuse = ReturnType<typeof createRefusal>;

function readId(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** @throws speech/wav-malformed, speech/wav-format, speech/too-long */
export function readWav(
  bytes: Uint8Array,
  name = 'audio',
  secondsMax: number = speechLimits.secondsMax,
): Audio {
  const refuse = createRefusal(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12) throw refuse('byte 0', `a file of ${bytes.length} bytes is no WAV`);
  if (readId(view, 0) !== 'RIFF' || readId(view, 8) !== 'WAVE') {
    throw refuse('byte 0', 'it does not begin with RIFF and WAVE', 'speech/wav-format');
  }
  let format: SampleFormat | null = null;
  for (const chunk of listChunks(view, refuse)) {
    if (chunk.id === 'fmt ') format = readFormat(view, chunk, refuse);
    if (chunk.id !== 'data') continue;
    if (!format) throw refuse(`byte ${chunk.start}`, 'the data come before their format');
    return readData(view, chunk, { format, refuse, secondsMax });
  }
  throw refuse(`byte ${bytes.length}`, 'it ends without a data chunk');
}

function* listChunks(view: DataView, refuse: Refuse): Generator<Chunk> {
  let at = 12;
  while (at + chunkHeadBytes <= view.byteLength) {
    const id = readId(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + chunkHeadBytes;
    const rest = view.byteLength - start;
    const length = id === 'data' && isUnfilled(view, start, size) ? rest : size;
    if (length > rest) {
      throw refuse(
        `byte ${at}`,
        `chunk "${printable(id)}" claims ${size} bytes, ${rest} are there`,
      );
    }
    yield { id, start, end: start + length };
    // Chunks begin at even places.
    at = start + length + (length % 2);
  }
}

/** Whether a data chunk's size was never filled in: all that follows is meant. */
function isUnfilled(view: DataView, start: number, size: number): boolean {
  if (size === 0) return !hasChunkAt(view, start);
  return streamedSizes.has(size) && size > view.byteLength - start;
}

/** Whether what lies there reads as a chunk's head: four printable characters, a size that fits. */
function hasChunkAt(view: DataView, at: number): boolean {
  if (at + chunkHeadBytes > view.byteLength) return false;
  const fits = view.getUint32(at + 4, true) <= view.byteLength - at - chunkHeadBytes;
  return fits && /^[\x20-\x7e]{4}$/.test(readId(view, at));
}

function printable(id: string): string {
  return id.replace(/[^\x20-\x7e]/g, '?');
}

function readFormat(view: DataView, { start, end }: Chunk, refuse: Refuse): SampleFormat {
  const where = `byte ${start}`;
  if (end - start < 16) throw refuse(where, `a format of ${end - start} bytes is too short`);
  const channels = view.getUint16(start + 2, true);
  const rate = view.getUint32(start + 4, true);
  const frameBytes = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  const code = readCode(view, { start, end }, refuse);
  const { channelsMax, rateMin, rateMax } = speechLimits;
  if (channels < 1 || channels > channelsMax) {
    throw refuse(where, `${channels} channels, of at most ${channelsMax} (channelsMax)`);
  }
  if (rate < rateMin || rate > rateMax) {
    const range = `${rateMin} (rateMin) to ${rateMax} (rateMax)`;
    throw refuse(where, `${rate} samples a second are not within ${range}`);
  }
  const kind = kindOf(code, bits);
  if (!kind) {
    const why = `format ${code} of ${bits} bits is not read`;
    throw refuse(where, why, 'speech/wav-format');
  }
  if (frameBytes !== (channels * bits) / 8) {
    throw refuse(where, `${frameBytes} bytes a frame, for ${channels} channels of ${bits} bits`);
  }
  return { kind, channels, rate, frameBytes };
}

function readCode(view: DataView, { start, end }: Omit<Chunk, 'id'>, refuse: Refuse): number {
  const code = view.getUint16(start, true);
  if (code !== formatExtensible) return code;
  if (end - start < 40) throw refuse(`byte ${start}`, 'the extensible format is cut short');
  const tail = Array.from({ length: 14 }, (_, i) => view.getUint8(start + 26 + i));
  const text = tail.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (text !== `0000${guidTail}`) {
    throw refuse(`byte ${start + 24}`, 'its sub-format is not a known one', 'speech/wav-format');
  }
  return view.getUint16(start + 24, true);
}

function kindOf(code: number, bits: number): SampleFormat['kind'] | null {
  if (code === formatPcm) {
    if (bits === 8) return 'unsigned8';
    if (bits === 16) return 'signed16';
    if (bits === 24) return 'signed24';
    if (bits === 32) return 'signed32';
  }
  if (code === formatFloat && bits === 32) return 'float32';
  if (code === formatFloat && bits === 64) return 'float64';
  return null;
}

function readData(
  view: DataView,
  { start, end }: Chunk,
  { format, refuse, secondsMax }: { format: SampleFormat; refuse: Refuse; secondsMax: number },
): Audio {
  const frames = Math.floor((end - start) / format.frameBytes);
  if (frames > secondsMax * format.rate) {
    const seconds = Math.round(frames / format.rate);
    throw refuse(
      `byte ${start}`,
      `${seconds} s of sound, of at most ${secondsMax} (secondsMax)`,
      'speech/too-long',
    );
  }
  const samples = readSamples(view, { start, frames, format });
  const broken = samples.findIndex((sample) => !Number.isFinite(sample));
  if (broken >= 0) {
    const at = start + broken * format.frameBytes;
    throw refuse(`byte ${at}`, 'a sample is not a finite number');
  }
  return { rate: format.rate, samples };
}
