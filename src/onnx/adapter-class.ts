// Whose results of floats compare best with each other: what a contributor says of itself before the
// first bounded unit, and so without fetching anything that computes one.

/** Of all wasm backends: the same code everywhere, and one thread. */
export const wasmClass = 'wasm';

/** One part of a class: only what a class may hold, and never nothing. */
function namePart(text: string | undefined): string {
  const name = (text ?? '').toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  return name.slice(0, 24) || 'unknown';
}

/** Vendor, architecture and number type: two of one class run the same kernels. */
export function adapterClass(info: { vendor?: string; architecture?: string }): string {
  return `webgpu:${namePart(info.vendor)}:${namePart(info.architecture)}:float32`;
}
