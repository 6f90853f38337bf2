// A model's weights in a kernels' memory, in the layouts that the kernels read.
import type {
  EncoderConfig,
  EncoderWeights,
  LayerWeights,
  LinearWeights,
  NormWeights,
} from '#model/encoder.ts';
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import type { Dense, Lane, Placer } from './lane.ts';
import type { Buffers } from './place-buffers.ts';
import type { MemoryPlan } from './plan.ts';

export interface PlacedNorm {
  gamma: number;
  beta: number;
  shift: number;
}

export interface PlacedLayer {
  qkv: Dense;
  output: Dense;
  attentionNorm: PlacedNorm;
  up: Dense;
  down: Dense;
  outputNorm: PlacedNorm;
}

export interface PlacedWeights {
  words: number;
  wordScale: number;
  wordShift: number;
  positions: number;
  norm: PlacedNorm;
  /** 0 where the model has none. */
  attentionBias: number;
  layers: PlacedLayer[];
  dense: Dense | null;
  exponentials: number;
  geluTails: number;
  /** 0 where the model has no tanh. */
  tanhs: number;
}

/** Places now, and writes when called, after the memory has grown. */
export type Write = (buffer: ArrayBuffer) => void;

export function createPlacer(plan: MemoryPlan, writes: Write[]): Placer {
  const placer: Placer = {
    place(bytes, fill) {
      const address = plan.place(bytes);
      writes.push((buffer) => fill(new Uint8Array(buffer, address, bytes)));
      return address;
    },
    copy({ buffer, byteOffset, byteLength }) {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      return placer.place(byteLength, (to) => to.set(bytes));
    },
  };
  return placer;
}

export function placeWeights(
  weights: EncoderWeights,
  lane: Lane,
  { placer, buffers }: { placer: Placer; buffers: Buffers },
): PlacedWeights {
  const { copy } = placer;
  const norm = ({ gamma, beta, shift }: NormWeights): PlacedNorm => {
    return { gamma: copy(gamma), beta: copy(beta), shift };
  };
  const linear = (part: LinearWeights) => lane.place(part, placer, buffers);
  const layer = (part: LayerWeights): PlacedLayer => ({
    qkv: linear(part.qkv),
    output: linear(part.output),
    attentionNorm: norm(part.attentionNorm),
    up: linear(part.up),
    down: linear(part.down),
    outputNorm: norm(part.outputNorm),
  });
  const { words, wordScale, wordShift, positions, norm: embeddingNorm } = weights.embeddings;
  return {
    words: copy(words),
    wordScale: copy(wordScale),
    wordShift,
    positions: copy(positions.subarray(0, usedPositions(weights.config))),
    norm: norm(embeddingNorm),
    attentionBias: weights.attentionBias ? copy(weights.attentionBias) : 0,
    layers: weights.layers.map(layer),
    dense: weights.dense && linear(weights.dense),
    exponentials: copy(makeExponentials()),
    geluTails: copy(makeGeluTails()),
    tanhs: weights.config.dense?.activation === 'tanh' ? copy(makeTanhTable()) : 0,
  };
}

function usedPositions({ tokensMax, hiddenSize }: EncoderConfig): number {
  return tokensMax * hiddenSize;
}

/** u32 [16384]: 4·v + 1 of the norm's exp2 for every fraction in Q14. */
export function makeExponentials(): Uint32Array {
  const table = makeExp2Table();
  return Uint32Array.from({ length: 16384 }, (_, fraction) => {
    const i = fraction >> 6;
    const v = table[i] - (((table[i] - table[i + 1]) * (fraction & 63) + 32) >> 6);
    return 4 * v + 1;
  });
}

/** u16 [32769]: (t + 128) >> 8 of the norm's gelu for every magnitude in Q12 up to 8. */
export function makeGeluTails(): Uint16Array {
  const table = makeGeluTable();
  return Uint16Array.from({ length: 32769 }, (_, magnitude) => {
    if (magnitude === 32768) return 0;
    const i = magnitude >> 6;
    const t = table[i] + (((table[i + 1] - table[i]) * (magnitude & 63) + 32) >> 6);
    return (t + 128) >> 8;
  });
}
