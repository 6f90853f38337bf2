// What a device was tuned to, kept between visits for the engine. A hint and nothing more: where
// the browser refuses to store, or holds something else, the device is tuned again.
import type { Store } from './store.ts';

const key = 'tunings';
/** Adapters remembered, the newest last: a machine has one or two. */
const tuningsMax = 8;

interface Tunings {
  /** Whose arithmetic and kernels these were: those of another build say nothing. */
  build: string;
  variants: Map<string, string>;
}

interface TuningMemory {
  load(adapterKey: string): Promise<string | null>;
  save(adapterKey: string, variant: string): Promise<void>;
}

/** @param build names the version of the arithmetic and of our program; never throws */
export function createTuningMemory(store: Store, build: string): TuningMemory {
  const read = async (): Promise<Tunings['variants']> => {
    const kept = (await store.get(key).catch(() => null)) as Partial<Tunings> | null | undefined;
    return kept?.build === build && kept.variants instanceof Map ? kept.variants : new Map();
  };
  return {
    async load(adapterKey) {
      const variant = (await read()).get(adapterKey);
      return typeof variant === 'string' ? variant : null;
    },
    async save(adapterKey, variant) {
      const variants = await read();
      variants.delete(adapterKey);
      variants.set(adapterKey, variant);
      const newest = new Map([...variants].slice(-tuningsMax));
      await store.set(key, { build, variants: newest } satisfies Tunings).catch(() => {});
    },
  };
}
