// A model in a lane's memory: everything is placed, the memory grows once, then it is filled.
import type { EncoderWeights } from '#model/encoder.ts';
import type { Lane } from './lane.ts';
import { placeBuffers } from './place-buffers.ts';
import { createPlacer, placeWeights, type Write } from './place-weights.ts';
import { createMemoryPlan } from './plan.ts';
import type { Machine } from './run-layer.ts';

/** @throws engine/out-of-memory */
export function createMachine(lane: Lane, weights: EncoderWeights): Machine {
  const { kernels } = lane;
  const { config, attention } = weights;
  const plan = createMemoryPlan();
  const writes: Write[] = [];
  const placer = createPlacer(plan, writes);
  const buffers = placeBuffers(config, kernels, plan);
  const placed = placeWeights(weights, lane, { placer, buffers });
  const isSound = lane.watch(placer);
  plan.reserve(kernels.memory);
  for (const write of writes) write(kernels.memory.buffer);
  return { kernels, config, attention, weights: placed, buffers, isSound };
}
