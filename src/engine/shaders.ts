// The shader texts that every device needs, through Vite (and vitest, which runs on it); those of one
// way to multiply come with it (variants.ts). Paths start at the project's root.
/// <reference types="vite/client" />
import arithmetic from '/shaders/arithmetic.wgsl?raw';
import attend from '/shaders/attend.wgsl?raw';
import attention from '/shaders/attention.wgsl?raw';
import embed from '/shaders/embed.wgsl?raw';
import enableSubgroups from '/shaders/enable_subgroups.wgsl?raw';
import headNarrow from '/shaders/head_narrow.wgsl?raw';
import headWide from '/shaders/head_wide.wgsl?raw';
import heads from '/shaders/heads.wgsl?raw';
import linear from '/shaders/linear.wgsl?raw';
import norm from '/shaders/norm.wgsl?raw';
import pool from '/shaders/pool.wgsl?raw';
import quantize from '/shaders/quantize.wgsl?raw';
import quantizeShifted from '/shaders/quantize_shifted.wgsl?raw';

export const shaders = {
  arithmetic,
  attend,
  attention,
  embed,
  enableSubgroups,
  headNarrow,
  headWide,
  heads,
  linear,
  norm,
  pool,
  quantize,
  quantizeShifted,
};
