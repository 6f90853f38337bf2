// Which form of the relaxed dot to use, if any: those that give the known answers are timed beside
// plain SIMD's loop. The clock chooses among loops of equal bytes; it never touches a byte.
import { instantiateKernels, type RelaxedKernels } from './kernels.ts';
import { type Ask, placeKnownAnswers } from './known-answers.ts';
import { createPlacer, type Write } from './place-weights.ts';
import { createMemoryPlan } from './plan.ts';
import type { RelaxedForm } from './relaxed-lane.ts';

/** About 2.5 ms of plain SIMD a round, above the coarsest clock of a browser, and long enough
 * together for an engine to replace its first compiler's code by its second's. */
const ROUNDS = 8;
const TILES = 9216;
const INPUTS = 384;
const PANELS = 192;

type Form = RelaxedForm | 'plain';

/** @returns null where plain SIMD is as fast, or no form gives the known answers */
export async function chooseForm(
  module: WebAssembly.Module,
  now: () => number,
): Promise<RelaxedForm | null> {
  const kernels = await instantiateKernels<RelaxedKernels>(module);
  const plan = createMemoryPlan();
  const writes: Write[] = [];
  const ask = placeKnownAnswers(kernels, createPlacer(plan, writes));
  const runTiles = placeTiles(kernels, plan.place);
  plan.reserve(kernels.memory);
  for (const write of writes) write(kernels.memory.buffer);
  return fastest(ask, runTiles, now);
}

function placeTiles(kernels: RelaxedKernels, place: (bytes: number) => number) {
  const a = place(5 * 2 * INPUTS);
  const panels = place(PANELS * 8 * 2 * INPUTS);
  const sums = place(4 * 5 * 8);
  const panelBytes = 8 * INPUTS;
  return (form: Form) => {
    for (let tile = 0; tile < TILES; tile++) {
      const panel = panels + (tile % PANELS) * panelBytes * (form === 'plain' ? 2 : 1);
      if (form === 'plain') {
        kernels.multiplyTile(a, 2 * INPUTS, panel, INPUTS / 2, sums, 32);
      } else if (form === 'fused') {
        kernels.multiplyBytesFused(a, INPUTS, panel, 0, INPUTS / 4, sums, 32);
      } else {
        kernels.multiplyBytes(a, INPUTS, panel, 0, INPUTS / 4, sums, 32);
      }
    }
  };
}

function fastest(ask: Ask, runTiles: (form: Form) => void, now: () => number): RelaxedForm | null {
  const best: Record<Form, number> = { plain: Infinity, pairs: Infinity, fused: Infinity };
  const isRight: Record<RelaxedForm, boolean> = { pairs: true, fused: true };
  for (let round = 0; round < ROUNDS; round++) {
    for (const form of ['plain', 'pairs', 'fused'] as const) {
      if (form !== 'plain') {
        isRight[form] &&= ask(form);
        if (!isRight[form]) continue;
      }
      const start = now();
      runTiles(form);
      best[form] = Math.min(best[form], now() - start);
    }
  }
  let choice: Form = 'plain';
  for (const form of ['pairs', 'fused'] as const) {
    if (isRight[form] && ask(form) && best[form] < best[choice]) choice = form;
  }
  return choice === 'plain' ? null : choice;
}
