// Which lane a model takes: plain SIMD, or for weights of seven bits the relaxed dot, once it has
// given the known answers, proved faster, and computed whole models to the bytes of plain SIMD.
import type { EncoderConfig } from '#model/encoder.ts';
import { checkLane } from './check-lane.ts';
import { chooseForm } from './choose-form.ts';
import { compileKernels, hasRelaxedDot, type KernelSource } from './kernels.ts';
import type { Lane } from './lane.ts';
import { openPlainLane } from './plain-lane.ts';
import { openRelaxedLane, type RelaxedForm } from './relaxed-lane.ts';

interface Choice {
  module: WebAssembly.Module;
  form: RelaxedForm;
}

export interface Lanes {
  openPlain(): Promise<Lane>;
  /** null where the model or the engine does not allow it, or the lane failed a test. */
  openRelaxed(config: EncoderConfig): Promise<Lane | null>;
  /** From now on every model takes plain SIMD. */
  refuse(): void;
  /** The form in use, once it was chosen. */
  form(): RelaxedForm | null;
}

export interface LaneOptions {
  relaxed: (() => Promise<KernelSource>) | undefined;
  /** Milliseconds. */
  now: () => number;
}

export function createLanes(plain: WebAssembly.Module, { relaxed, now }: LaneOptions): Lanes {
  let chosen: Choice | null = null;
  let choosing: Promise<void> | undefined;
  const openPlain = () => openPlainLane(plain);

  async function choose(load: () => Promise<KernelSource>): Promise<void> {
    const module = await compileKernels(await load());
    const form = await chooseForm(module, now);
    if (!form) return;
    const isRight = await checkLane(await openRelaxedLane(module, form), await openPlain());
    if (isRight) chosen = { module, form };
  }

  return {
    openPlain,
    async openRelaxed({ weightBits }) {
      if (weightBits !== 7 || !relaxed || !hasRelaxedDot()) return null;
      // Whatever keeps the fast lane shut, plain SIMD gives the same bytes.
      choosing ??= choose(relaxed).catch(() => {});
      await choosing;
      return chosen && openRelaxedLane(chosen.module, chosen.form);
    },
    refuse() {
      chosen = null;
    },
    form: () => chosen?.form ?? null,
  };
}
