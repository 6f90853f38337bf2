// Backends with something wrong, around a good one: what the self-test and the loop must survive.
import type { Encoder, ExactBackend } from '#model/backend.ts';
import type { EncoderConfig } from '#model/encoder.ts';
import { IdlewildError } from '#protocol/errors.ts';

function around(backend: ExactBackend, encode: (good: Encoder) => Encoder['encode']): ExactBackend {
  return {
    ...backend,
    async createEncoder(weights) {
      const good = await backend.createEncoder(weights);
      return { encode: encode(good), destroy: () => good.destroy() };
    },
  };
}

/** One bit of every answer is wrong, of the models that are asked for. */
export function lying(
  backend: ExactBackend,
  about: (config: EncoderConfig) => boolean = () => true,
): ExactBackend {
  return {
    ...backend,
    async createEncoder(weights) {
      const good = await backend.createEncoder(weights);
      if (!about(weights.config)) return good;
      return {
        async encode(rows, options) {
          const output = await good.encode(rows, options);
          output[output.length - 1] ^= 1;
          return output;
        },
        destroy: () => good.destroy(),
      };
    },
  };
}

/** Fails with the given error as soon as a model is put on it, the self-test's too. */
export function broken(backend: ExactBackend, code: string): ExactBackend {
  const createEncoder = async () => {
    throw new IdlewildError(code, 'As the test says.', { retryable: true });
  };
  return { ...backend, createEncoder };
}

/** Fails the first attempts at units with the given error, never the self-test. */
export function failing(backend: ExactBackend, code: string, times: number): ExactBackend {
  let left = times;
  return around(backend, (good) => async (rows, options) => {
    if (options?.onSlice && left-- > 0) {
      throw new IdlewildError(code, 'As the test says.', { retryable: true });
    }
    return good.encode(rows, options);
  });
}

/** Passes the self-test, then never gets beyond a unit's slices. */
export function stuck(backend: ExactBackend): ExactBackend {
  return around(backend, (good) => async (rows, options) => {
    if (!options?.onSlice) return good.encode(rows);
    for (let done = 0; ; done++) {
      await new Promise((resolve) => setTimeout(resolve));
      await options.onSlice({ done, total: Number.POSITIVE_INFINITY, layer: 0, row: 0, rows: 1 });
    }
  });
}
