// The coordinator's partner as a test has it: the oracle, in-process, and counted.
import { createBoundedThread, type Partner } from '#coordinator/partner.ts';
import { outputSize } from '#model/architecture.ts';
import type { EncoderWeights } from '#model/encoder.ts';
import { encodeRow } from '#reference/encoder.ts';

export interface CountedPartner extends Partner {
  /** Units, or direct calls, that it computed. */
  calls: number;
  rows: number;
}

export function createOraclePartner(weights: EncoderWeights): CountedPartner {
  let bounded: ReturnType<typeof createBoundedThread> | undefined;
  return {
    backend: 'typescript',
    calls: 0,
    rows: 0,
    async encode(_folder, rows) {
      this.calls++;
      this.rows += rows.length;
      const size = outputSize(weights.config);
      const output = new Int32Array(rows.length * size);
      rows.forEach((row, index) => {
        output.set(encodeRow(weights, row), index * size);
      });
      return output;
    },
    infer(folder, requests) {
      bounded ??= createBoundedThread();
      return bounded.ask({ folder, requests });
    },
    close: async () => bounded?.close(),
  };
}
