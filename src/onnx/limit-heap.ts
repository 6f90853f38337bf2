// An end to the runtime's heap below the 4 GiB that wasm could have: a stranger's graph may ask for
// any amount between its inputs and its outputs, whose sizes alone are known before. The runtime has no
// option for it; it makes its memory itself, with the most that it may come to as a number.

/** All graphs, weights and activations of one thread. What asks for more is out of memory. */
const heapBytesMax = 2 ** 31;
const pagesMax = heapBytesMax / 2 ** 16;

/** WebAssembly.Memory, which the types of Node do not know. */
interface MemoryOptions {
  initial: number;
  maximum?: number;
  shared?: boolean;
}
type MemoryClass = new (options: MemoryOptions) => object;

let isLimited = false;

/** In this thread, from now on, for memories that are shared as the runtime's is. */
export function limitHeap(): void {
  if (isLimited) return;
  isLimited = true;
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: MemoryClass } };
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(options: MemoryOptions) {
      const { shared, maximum = 0 } = options;
      super(shared && maximum > pagesMax ? { ...options, maximum: pagesMax } : options);
    }
  };
}
