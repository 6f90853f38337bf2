// A bounded model as a thread needs it: manifest by digest, shards through the cache one at a time,
// each handed on before the next is read.
import { isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { ReadShard } from '#onnx/bounded-backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { Board } from './board.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import { fetchManifest } from './fetch-manifest.ts';
import { rememberModel } from './held-models.ts';
import type { Quota } from './quota.ts';

/** Manifests kept parsed: the coordinator gives a batch's units one after another. */
const manifestsMax = 8;

export interface BoundedModelsParts {
  environment: Pick<Environment, 'store' | 'shards'>;
  coordinator: Pick<Coordinator, 'manifest'>;
  board: Board;
  quota: Quota;
}

export class BoundedModels {
  readonly #parts: BoundedModelsParts;
  readonly #manifests = new Map<string, BoundedManifest>();

  constructor(parts: BoundedModelsParts) {
    this.#parts = parts;
  }

  /** @throws manifest/..., and what `Coordinator.manifest` throws */
  async manifest(id: string, signal: AbortSignal): Promise<BoundedManifest> {
    const known = this.#manifests.get(id);
    if (known) return known;
    const bytes = await fetchManifest(this.#parts.coordinator, id, signal);
    const manifest = parseAnyManifest(bytes);
    if (!isBounded(manifest)) {
      throw new IdlewildError('manifest/format', `Model ${id} is exact: its unit is not.`);
    }
    const [oldest] = this.#manifests.keys();
    if (this.#manifests.size >= manifestsMax) this.#manifests.delete(oldest);
    this.#manifests.set(id, manifest);
    return manifest;
  }

  /**
   * Runs `make` with a way to read the model's shards.
   * @throws QuotaError, shard/..., cache/..., and what `make` throws
   */
  async withShards<Made>(
    { id, manifest }: { id: string; manifest: BoundedManifest },
    make: (readShard: ReadShard) => Promise<Made>,
    signal: AbortSignal,
  ): Promise<Made> {
    const { environment, board, quota } = this.#parts;
    board.update({ model: manifest.name });
    await quota.admit(manifest);
    try {
      const made = await make(this.#reader(manifest, signal));
      await rememberModel(environment.store, id);
      return made;
    } finally {
      await quota.save(true).catch(() => {});
      board.update({ download: null, today: { downloadedBytes: quota.downloadedBytes } });
      const diskBytes = await environment.shards.bytes().catch(() => null);
      if (diskBytes !== null) board.update({ diskBytes });
    }
  }

  #reader({ shards }: BoundedManifest, signal: AbortSignal): ReadShard {
    const { environment, board } = this.#parts;
    const total = shards.reduce((sum, { bytes }) => sum + bytes, 0);
    const read = new Set<number>();
    return async (index) => {
      const source = shards[index];
      const before = [...read].reduce((sum, one) => sum + shards[one].bytes, 0);
      const [bytes] = await environment.shards.load([source], {
        signal,
        onProgress: ({ done }) => {
          board.update({ download: { done: before + done, total, remainingMs: null } });
        },
      });
      read.add(index);
      return bytes;
    };
  }
}
