// The coordinator's partner as a test has it: the oracle, in-process, and counted.
import type { Partner } from '#coordinator/partner.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { encodeRow } from '#reference/encoder.ts';

export interface CountedPartner extends Partner {
  /** Units, or direct calls, that it computed. */
  calls: number;
}

export function createOraclePartner(weights: EncoderWeights): CountedPartner {
  return {
    backend: 'typescript',
    calls: 0,
    async encode(_folder, rows) {
      this.calls++;
      const { hiddenSize } = weights.config;
      const output = new Int32Array(rows.length * hiddenSize);
      rows.forEach((row, index) => {
        output.set(encodeRow(weights, row), index * hiddenSize);
      });
      return output;
    },
    async close() {},
  };
}
