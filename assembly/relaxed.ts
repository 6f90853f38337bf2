// The kernels of the second module, for weights of seven bits: those of index.ts, but with dense
// layers over bytes by the relaxed dot. A browser without relaxed SIMD never compiles it.
export { embedRow } from './embed';
export { activateBytes, quantizeBytes } from './byte-rows';
export { linearBytes } from './byte-linear';
export { multiplyBytes, multiplyBytesFused } from './byte-tile';
export { multiplyTile } from './tile';
export { normalizeRows } from './norm';
export { attendRow, attentionScratchBytes } from './attention';
export { bendRow, divideRow, poolRow } from './pool';
