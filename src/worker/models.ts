// The model on the device: manifest by digest, shards through the cache, weights into the backend.
// One at a time: a lease for another model replaces it.
import type { Encoder } from '#model/backend.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import { type Manifest, manifestId, parseManifest } from '#model/manifest.ts';
import { toHex } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { Board } from './board.ts';
import type { Coordinator } from './coordinator.ts';
import type { Device } from './device.ts';
import type { Environment } from './environment.ts';
import { rememberModel } from './exchange.ts';
import type { Pace } from './pace.ts';

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

  /** @throws manifest/..., model/..., shard/..., cache/..., engine/..., self-test/wrong-bytes */
  async load(model: Uint8Array, signal: AbortSignal): Promise<LoadedModel> {
    const id = toHex(model);
    if (this.#loaded?.id === id) return this.#loaded;
    this.drop();
    const { environment, device, board, pace } = this.#parts;
    const manifest = await this.#manifest(id, signal);
    board.update({ model: manifest.name });
    const shards = await environment.shards.load(manifest.shards, {
      signal,
      onProgress: (download) => board.update({ download }),
    });
    await rememberModel(environment.store, id);
    board.update({ download: null, cachedBytes: await environment.shards.bytes() });
    await pace.begin(signal);
    await device.test(manifest.config, signal);
    const encoder = await device.createEncoder(loadEncoder(manifest, shards));
    this.#loaded = { id, manifest, encoder };
    return this.#loaded;
  }

  /** Before the device goes, or another model comes. */
  drop(): void {
    this.#loaded?.encoder.destroy();
    this.#loaded = null;
  }

  async #manifest(id: string, signal: AbortSignal): Promise<Manifest> {
    const bytes = await this.#parts.coordinator.manifest(id, signal);
    if (bytes.length > limits.manifestBytesMax || manifestId(bytes) !== id) {
      throw new IdlewildError('manifest/digest-mismatch', `Manifest ${id} has other bytes.`, {
        metaMessages: ['The coordinator, or something on the way, serves a damaged file.'],
      });
    }
    return parseManifest(bytes);
  }
}
