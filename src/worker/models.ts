// The model on one device: manifest by digest, shards through the cache, weights into the backend.
// One at a time: a lease for another model replaces it.
import type { Encoder } from '#model/backend.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { type Manifest, parseManifest } from '#model/manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import type { Board } from './board.ts';
import type { Coordinator } from './coordinator.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { rememberModel } from './held-models.ts';
import type { Pace } from './pace.ts';
import type { Quota } from './quota.ts';
import type { Turn } from './turn.ts';

export interface LoadedModel {
  id: string;
  manifest: Manifest;
  encoder: Encoder;
}

export interface ModelsParts {
  environment: Environment;
  coordinator: Coordinator;
  device: Device;
  board: Board;
  pace: Pace;
  quota: Quota;
  /** One lane fetches; the others find what it fetched on disk. */
  turn: Turn;
}

export class Models {
  readonly #parts: ModelsParts;
  #loaded: LoadedModel | null = null;

  constructor(parts: ModelsParts) {
    this.#parts = parts;
  }

  isLoaded(model: Uint8Array): boolean {
    return this.#loaded?.id === toHex(model);
  }

  /**
   * @throws manifest/..., model/..., shard/..., cache/..., engine/..., self-test/wrong-bytes,
   * QuotaError
   */
  async load(model: Uint8Array, signal: AbortSignal): Promise<LoadedModel> {
    const id = toHex(model);
    if (this.#loaded?.id === id) return this.#loaded;
    this.drop();
    const { device, pace, turn } = this.#parts;
    const { manifest, weights } = await turn.take(signal, () => this.#fetch(id, signal));
    await pace.begin(signal);
    await device.test(manifest.config, signal);
    const encoder = await device.createEncoder(weights);
    this.#loaded = { id, manifest, encoder };
    return this.#loaded;
  }

  /** Before the device goes, or another model comes. */
  drop(): void {
    this.#loaded?.encoder.destroy();
    this.#loaded = null;
  }

  async #fetch(id: string, signal: AbortSignal) {
    const { environment, board, quota } = this.#parts;
    const { store, shards } = environment;
    const manifest = await this.#manifest(id, signal);
    board.update({ model: manifest.name });
    await quota.admit(manifest);
    try {
      const files = await shards.load(manifest.shards, {
        signal,
        onProgress: (download) => board.update({ download }),
      });
      await rememberModel(store, id);
      return { manifest, weights: loadEncoder(manifest, files) };
    } finally {
      board.update({ download: null, today: { downloadedBytes: quota.downloadedBytes } });
      await this.#count();
    }
  }

  /** What the disk and the day have by now; a store that refuses says so elsewhere. */
  async #count(): Promise<void> {
    const { environment, board, quota } = this.#parts;
    await quota.save(true).catch(() => {});
    const diskBytes = await environment.shards.bytes().catch(() => null);
    if (diskBytes !== null) board.update({ diskBytes });
  }

  async #manifest(id: string, signal: AbortSignal): Promise<Manifest> {
    return parseManifest(await fetchManifest(this.#parts.coordinator, id, signal));
  }
}
