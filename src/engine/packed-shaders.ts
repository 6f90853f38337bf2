// The texts for devices with a four-way int8 dot product of their own (variants.ts).
/// <reference types="vite/client" />
import dotPacked from '/shaders/dot_packed.wgsl?raw';
import linearColumns from '/shaders/linear_columns.wgsl?raw';
import linearPacked from '/shaders/linear_packed.wgsl?raw';
import linearSharedPacked from '/shaders/linear_shared_packed.wgsl?raw';
import linearSubgroup from '/shaders/linear_subgroup.wgsl?raw';
import type { DotShaders } from './variants.ts';

const columns = [dotPacked, linearColumns];

export const packedShaders: DotShaders = {
  dot: dotPacked,
  linear: {
    packed: [...columns, linearPacked],
    sharedPacked: [...columns, linearSharedPacked],
    subgroup: [...columns, linearSubgroup],
  },
};
