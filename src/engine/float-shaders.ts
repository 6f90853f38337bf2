// The texts that multiply in f32, exact below 2^24 (variants.ts).
/// <reference types="vite/client" />
import dotFloat from '/shaders/dot_float.wgsl?raw';
import linearFloat from '/shaders/linear_float.wgsl?raw';
import linearSharedFloat from '/shaders/linear_shared_float.wgsl?raw';
import type { DotShaders } from './variants.ts';

export const floatShaders: DotShaders = {
  dot: dotFloat,
  linear: { float: [linearFloat], sharedFloat: [linearSharedFloat] },
};
