// Our side of a race: the WASM backend over both models, with and without the relaxed dot.
import type { Encoder } from '#model/backend.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import type { KernelSource } from '#wasm/kernels.ts';
import type { Side } from './race.ts';

export interface ExactSources {
  kernels: KernelSource;
  relaxed: KernelSource;
  eightBits: EncoderWeights;
  sevenBits: EncoderWeights;
}

export interface ExactSides {
  sides: Side[];
  /** What the fast lane came to on this engine, in words. */
  fastLane: string;
}

/** @throws where the lanes disagree in one byte on seven-bit weights */
export async function openExactSides(
  { kernels, relaxed, eightBits, sevenBits }: ExactSources,
  sample: readonly Uint32Array[],
): Promise<ExactSides> {
  const plain = await createWasmBackend(kernels);
  const fast = await createWasmBackend(kernels, { relaxed: async () => relaxed });
  const [eight, seven, sevenFast] = [
    await plain.createEncoder(eightBits),
    await plain.createEncoder(sevenBits),
    await fast.createEncoder(sevenBits),
  ];
  const [one, two] = [await seven.encode(sample), await sevenFast.encode(sample)];
  if (!one.every((word, at) => word === two[at])) throw new Error('The lanes disagree.');
  const side = (name: string, encoder: Encoder): Side => {
    return { name, group: name, encode: (rows) => encoder.encode(rows) };
  };
  const sides = [
    side('8 bits', eight),
    side('7 bits, plain', seven),
    side('7 bits, relaxed', sevenFast),
  ];
  return { sides, fastLane: fast.adapter };
}
