// The shader texts, through Vite (and vitest, which runs on it). Paths start at the project's root.
/// <reference types="vite/client" />
import arithmetic from '/shaders/arithmetic.wgsl?raw';
import attend from '/shaders/attend.wgsl?raw';
import attention from '/shaders/attention.wgsl?raw';
import dotFloat from '/shaders/dot_float.wgsl?raw';
import dotPacked from '/shaders/dot_packed.wgsl?raw';
import dotUnpacked from '/shaders/dot_unpacked.wgsl?raw';
import embed from '/shaders/embed.wgsl?raw';
import enableSubgroups from '/shaders/enable_subgroups.wgsl?raw';
import headNarrow from '/shaders/head_narrow.wgsl?raw';
import headWide from '/shaders/head_wide.wgsl?raw';
import heads from '/shaders/heads.wgsl?raw';
import linear from '/shaders/linear.wgsl?raw';
import linearColumns from '/shaders/linear_columns.wgsl?raw';
import linearFloat from '/shaders/linear_float.wgsl?raw';
import linearPacked from '/shaders/linear_packed.wgsl?raw';
import linearSharedFloat from '/shaders/linear_shared_float.wgsl?raw';
import linearSharedPacked from '/shaders/linear_shared_packed.wgsl?raw';
import linearSubgroup from '/shaders/linear_subgroup.wgsl?raw';
import linearUnpacked from '/shaders/linear_unpacked.wgsl?raw';
import norm from '/shaders/norm.wgsl?raw';
import pool from '/shaders/pool.wgsl?raw';
import quantize from '/shaders/quantize.wgsl?raw';
import quantizeShifted from '/shaders/quantize_shifted.wgsl?raw';

export const shaders = {
  arithmetic,
  attend,
  attention,
  dotFloat,
  dotPacked,
  dotUnpacked,
  embed,
  enableSubgroups,
  headNarrow,
  headWide,
  heads,
  linear,
  linearColumns,
  linearFloat,
  linearPacked,
  linearSharedFloat,
  linearSharedPacked,
  linearSubgroup,
  linearUnpacked,
  norm,
  pool,
  quantize,
  quantizeShifted,
};
