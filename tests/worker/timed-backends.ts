// Backends whose work takes time by a clock that the test moves: self-tests are the oracle's own.
import type { Encoder, ExactBackend } from '#model/backend.ts';
import { createReferenceBackend } from '#reference/encoder.ts';
import type { ManualClock } from './manual-clock.ts';

const sliceMs = 40;
const testMs = 60;

type EncodeUnit = (
  ...given: [...Parameters<Encoder['encode']>, encode: Encoder['encode']]
) => ReturnType<Encoder['encode']>;

/** Self-tests are the oracle's, and take time by the clock; units are as given. */
export function around(clock: ManualClock, heard: string[], encodeUnit: EncodeUnit): ExactBackend {
  const backend = createReferenceBackend();
  return {
    ...backend,
    async createEncoder(weights): Promise<Encoder> {
      const good = await backend.createEncoder(weights);
      return {
        async encode(rows, given) {
          if (given?.onSlice) return encodeUnit(rows, given, (all) => good.encode(all));
          clock.spend(testMs);
          return good.encode(rows);
        },
        destroy: () => void heard.push('destroyed'),
      };
    },
  };
}

/** Units go on for ever, in slices. */
export const endless = (clock: ManualClock, heard: string[]) =>
  around(clock, heard, async (_rows, given) => {
    for (let done = 0; ; done++) {
      await clock.sleep(sliceMs);
      heard.push('slice');
      await given?.onSlice?.({ done, total: Infinity, layer: 0, row: 0, rows: 1 });
    }
  });

/** Units take so many slices, and come out as the oracle has them. */
export const lasting = (clock: ManualClock, heard: string[], slices: number) =>
  around(clock, heard, async (rows, given, encode) => {
    for (let done = 1; done <= slices; done++) {
      await clock.sleep(sliceMs);
      heard.push('slice');
      const slice = { done, total: slices, layer: 0, row: 0, rows: rows.length };
      await given?.onSlice?.(slice);
    }
    return encode(rows);
  });
