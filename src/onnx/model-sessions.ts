// The models that are kept ready on one backend, within a budget of memory: the longest unused goes
// first, and before the next one is made.
import type { BoundedModel } from './bounded-backend.ts';

/**
 * Graphs and weights of all models that are ready at once. The wasm heap ends at 4 GiB and never
 * shrinks: what one model leaves is the next one's.
 */
const sessionBytesMax = 512 << 20;

export class ModelSessions {
  readonly #bytesMax: number;
  /** By id, the longest unused first. */
  readonly #models = new Map<string, BoundedModel>();

  constructor(bytesMax = sessionBytesMax) {
    this.#bytesMax = bytesMax;
  }

  has(id: string): boolean {
    return this.#models.has(id);
  }

  get size(): number {
    return this.#models.size;
  }

  get bytes(): number {
    return [...this.#models.values()].reduce((all, { bytes }) => all + bytes, 0);
  }

  /**
   * @param bytes what the model will keep, so that room is made before it is there
   * @throws what `create` throws; those evicted for it stay gone
   */
  async take(
    id: string,
    bytes: number,
    create: () => Promise<BoundedModel>,
  ): Promise<BoundedModel> {
    const kept = this.#models.get(id);
    if (kept) {
      this.#models.delete(id);
      this.#models.set(id, kept);
      return kept;
    }
    await this.#makeRoom(bytes);
    const model = await create();
    this.#models.set(id, model);
    return model;
  }

  /** One that failed, or all of them. */
  async drop(id?: string): Promise<void> {
    const ids = id === undefined ? [...this.#models.keys()] : [id];
    for (const one of ids) {
      const model = this.#models.get(one);
      this.#models.delete(one);
      await model?.destroy();
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    for (const id of [...this.#models.keys()]) {
      if (this.bytes + bytes <= this.#bytesMax) return;
      await this.drop(id);
    }
  }
}
