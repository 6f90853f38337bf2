// Samples of a WAV file's data as floats, its channels averaged into one.

export interface SampleFormat {
  kind: 'unsigned8' | 'signed16' | 'signed24' | 'signed32' | 'float32' | 'float64';
  channels: number;
  /** Samples of a channel in a second. */
  rate: number;
  /** Of one sample of every channel. */
  frameBytes: number;
}

type Read = (view: DataView, at: number) => number;

/** Full scale is -1 to 1; eight bits are unsigned, with silence at 128, as the format has it. */
const readers: Record<SampleFormat['kind'], Read> = {
  unsigned8: (view, at) => (view.getUint8(at) - 128) / 128,
  signed16: (view, at) => view.getInt16(at, true) / 32768,
  signed24: (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608,
  signed32: (view, at) => view.getInt32(at, true) / 2147483648,
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
};

/** @param frames that lie from `start` on, whole ones */
export function readSamples(
  view: DataView,
  { start, frames, format }: { start: number; frames: number; format: SampleFormat },
): Float32Array<ArrayBuffer> {
  const { channels, frameBytes } = format;
  const read = readers[format.kind];
  const width = frameBytes / channels;
  const samples = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    const at = start + frame * frameBytes;
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += read(view, at + channel * width);
    samples[frame] = sum / channels;
  }
  return samples;
}
