// The relaxed lane against plain SIMD on whole small models, before it is first used: odd shapes,
// outliers everywhere and nowhere, values that saturate, long sums.
import type { EncoderConfig } from '#model/encoder.ts';
import { makeSyntheticEncoder, makeSyntheticRows, syntheticConfig } from '#model/synthetic.ts';
import { createMachine } from './create-machine.ts';
import { WasmEncoder } from './encoder.ts';
import type { Lane } from './lane.ts';

interface Case {
  change: Partial<EncoderConfig>;
  lengths: number[];
  /** Shifts of the dense layers are lowered by so much, so that values saturate. */
  louder?: number;
}

const cases: Case[] = [
  { change: {}, lengths: [1, 7, 64, 3, 33] },
  { change: { hiddenSize: 96, heads: 3, intermediateSize: 208, outlierColumns: 0 }, lengths: [31] },
  { change: { hiddenSize: 48, heads: 4, intermediateSize: 80, outlierColumns: 8 }, lengths: [9] },
  { change: { outlierColumns: 64 }, lengths: [13, 2] },
  { change: { outlierColumns: 16 }, lengths: [19, 1], louder: 6 },
  { change: { intermediateSize: 2048, layers: 1 }, lengths: [23] },
  {
    change: { outlierColumns: 64, dense: { size: 80, activation: 'tanh' } },
    lengths: [1, 2, 6, 1, 3, 1],
  },
  {
    change: { hiddenSize: 272, heads: 4, layers: 1, attentionBias: true, pooling: 'cls' },
    lengths: [15],
  },
];

/** No pacing: the cases together take a few milliseconds. */
const unpaced = { now: () => 0, sliceMs: Infinity };

/** Whether `lane` gives the bytes of `plain`; each is an instance whose memory may be used up. */
export async function checkLane(lane: Lane, plain: Lane): Promise<boolean> {
  for (const [seed, { change, lengths, louder = 0 }] of cases.entries()) {
    const weights = makeSyntheticEncoder(seed + 1, {
      ...syntheticConfig,
      weightBits: 7,
      ...change,
    });
    for (const layer of weights.layers) {
      for (const linear of [layer.qkv, layer.output, layer.up, layer.down]) linear.shift -= louder;
    }
    const rows = makeSyntheticRows(seed + 1, lengths, weights.config.vocabularySize);
    const [given, expected] = await Promise.all(
      [lane, plain].map((one) =>
        new WasmEncoder(createMachine(one, weights), unpaced).encode(rows),
      ),
    );
    if (!expected.every((word, at) => word === given[at])) return false;
  }
  return true;
}
