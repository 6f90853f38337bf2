// The WASM kernels of idlewild-exact/1 (docs/exact-arithmetic.md): src/wasm places the buffers and
// calls them. No runtime, no allocation, no static data: every pointer comes from the caller.
// Pointers are 16-byte aligned, and every vector loop runs over multiples of its width.
export { embedRow } from './embed';
export { linear, linearResidual } from './linear';
export { quantizeRows } from './quantize';
export { activateRows } from './gelu';
export { normalizeRows } from './norm';
export { attendRow, attentionScratchBytes } from './attention';
export { bendRow, divideRow, poolRow } from './pool';
