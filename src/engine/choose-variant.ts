// Which variant of the kernels a device gets: the fastest of those that give every known answer,
// measured once and remembered. compile -> ask each the known answers -> time what passed -> save.
// A remembered variant is asked again, since drivers change, but not timed. Who does not wait for the
// timing begins with the likeliest.

import { IdlewildError } from '#protocol/errors.ts';
import { Examiner } from './check-variant.ts';
import { PipelineCache } from './compile.ts';
import type { EngineDevice } from './device.ts';
import { createKernels, type Kernels, type Tuning } from './kernels.ts';
import { linearProblems, usualAttention } from './known-answers.ts';
import { candidateVariants, linearKinds, type Variant } from './variants.ts';

/** Where a device's fastest variant of the kernels is kept between visits; the worker brings it. */
export interface TuningMemory {
  /** @param adapterKey names the adapter; of other kernels than these a memory tells nothing */
  load(adapterKey: string): Promise<string | null>;
  save(adapterKey: string, variant: string): Promise<void>;
}

export interface Choice {
  adapterKey: string;
  variant: string;
  /** Variants that the device cannot compile, or computes wrongly. */
  refused: string[];
  /** Whether an earlier visit had chosen it. */
  isRemembered: boolean;
  /** Whether it was found to be the fastest, then or now. */
  isTuned: boolean;
}

interface ChoiceOptions {
  memory?: TuningMemory | undefined;
  /** Without a memory, the first variant that computes right does. */
  isHasty?: boolean | undefined;
}

type Chosen = { kernels: Kernels; choice: Choice };

/** The sizes that do not depend on the variant. */
export type Layout = Pick<Tuning, 'rowLanes' | 'lanes'>;

export function variantTuning(variant: Variant, layout: Layout): Tuning {
  const { linear, groupColumns, groupRows } = variant;
  const packedDot = linearKinds[linear].dot === 'packed';
  return { linear, packedDot, groupColumns, groupRows, ...layout };
}

interface Admitted {
  variant: Variant;
  kernels: Kernels;
}

class Candidates {
  readonly refused: string[] = [];
  readonly #engine: EngineDevice;
  readonly #cache: PipelineCache;
  readonly #layout: Layout;
  readonly #examiner: Examiner;

  constructor(engine: EngineDevice, layout: Layout, examiner: Examiner) {
    this.#engine = engine;
    this.#cache = new PipelineCache(engine);
    this.#layout = layout;
    this.#examiner = examiner;
  }

  /** Compiles variants side by side, and keeps those that give every known answer. */
  async admit(wanted: Variant[]): Promise<Admitted[]> {
    const compiled = await Promise.all(wanted.map((variant) => this.#compile(variant)));
    const admitted: Admitted[] = [];
    for (const [index, kernels] of compiled.entries()) {
      const variant = wanted[index];
      if (kernels && (await this.#examiner.passes(kernels))) admitted.push({ variant, kernels });
      else this.refused.push(variant.name);
    }
    return admitted;
  }

  /** null where the device does not take this variant's text. @throws engine/device-lost */
  async #compile(variant: Variant): Promise<Kernels | null> {
    try {
      return await createKernels(this.#cache, variantTuning(variant, this.#layout));
    } catch (thrown) {
      this.#engine.check();
      if (thrown instanceof IdlewildError && thrown.code === 'engine/kernel') return null;
      throw thrown;
    }
  }
}

const everyVariant = {
  linear: linearProblems,
  attention: [usualAttention],
};

/** A memory that fails costs a tuning, not the device. */
async function recall(memory: TuningMemory | undefined, key: string): Promise<string | null> {
  try {
    return (await memory?.load(key)) ?? null;
  } catch {
    return null;
  }
}

async function remember(memory: TuningMemory | undefined, { adapterKey, variant }: Choice) {
  try {
    await memory?.save(adapterKey, variant);
  } catch {
    // The next visit tunes again.
  }
}

/**
 * @throws engine/wrong-bytes when every variant is refused, engine/device-lost
 */
export async function chooseVariant(
  engine: EngineDevice,
  layout: Layout,
  { memory, isHasty = false }: ChoiceOptions,
): Promise<Chosen> {
  const all = candidateVariants(engine);
  const adapterKey = engine.adapter;
  const known = await recall(memory, adapterKey);
  const examiner = await Examiner.open(engine, everyVariant);
  try {
    const candidates = new Candidates(engine, layout, examiner);
    const { refused } = candidates;
    const chosen = ({ variant, kernels }: Admitted, isRemembered: boolean, isTuned: boolean) => {
      const choice = { adapterKey, variant: variant.name, refused, isRemembered, isTuned };
      return { kernels, choice };
    };
    const [held] = await candidates.admit(all.filter(({ name }) => name === known));
    if (held) return chosen(held, true, true);
    const others = all.filter(({ name }) => !refused.includes(name));
    if (isHasty) {
      for (const variant of others) {
        const [likeliest] = await candidates.admit([variant]);
        if (likeliest) return chosen(likeliest, false, false);
      }
      throw allRefused(engine, refused);
    }
    // A device is tuned once: its later visits do without.
    const { timeVariants } = await import('./time-variants.ts');
    const admitted = await candidates.admit(others);
    if (admitted.length === 0) throw allRefused(engine, refused);
    const times = await timeVariants(
      engine,
      admitted.map(({ kernels }) => kernels),
    );
    const fastest = chosen(admitted[times.indexOf(Math.min(...times))], false, true);
    await remember(memory, fastest.choice);
    return fastest;
  } finally {
    examiner.destroy();
  }
}

function allRefused({ adapter }: EngineDevice, refused: string[]): IdlewildError {
  return new IdlewildError('engine/wrong-bytes', 'This GPU computes no kernel correctly.', {
    metaMessages: [
      `${adapter} refused or miscomputed: ${refused.join(', ')}.`,
      'Update the graphics driver, or compute with WASM: it gives the same bytes.',
    ],
  });
}
