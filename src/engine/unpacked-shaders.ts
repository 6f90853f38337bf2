// The texts that take int8 pairs apart and multiply in i32, which every device can (variants.ts).
/// <reference types="vite/client" />
import dotUnpacked from '/shaders/dot_unpacked.wgsl?raw';
import linearUnpacked from '/shaders/linear_unpacked.wgsl?raw';
import type { DotShaders } from './variants.ts';

export const unpackedShaders: DotShaders = {
  dot: dotUnpacked,
  linear: { unpacked: [linearUnpacked] },
};
