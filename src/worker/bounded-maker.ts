// What a bounded unit is computed with here, known before anything of it is fetched.
import type { BoundedBackend, BoundedBackendName } from '#onnx/bounded-backend.ts';

export interface BoundedChoice {
  name: BoundedBackendName;
  /** What it says of itself to the coordinator. */
  adapterClass: string;
}

export interface BoundedMaker {
  /** Threads that may hold models at once: each of them may have a heap of a gigabyte. */
  threadsMax: number;
  /**
   * Worth trying, the best first; none where this environment computes no bounded unit.
   * @param backend the best that may be tried
   */
  find(backend: BoundedBackendName): Promise<BoundedChoice[]>;
  /** Fetches the runtime with the first. */
  create(name: BoundedBackendName): Promise<BoundedBackend>;
}
