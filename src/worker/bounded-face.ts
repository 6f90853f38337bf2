// What comlink carries between a lane and the thread that computes its bounded units. Types only.
import type { ProxyMarked } from 'comlink';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import type { BoundedBackendName } from '#onnx/bounded-backend.ts';
import type { BoundedUnitInput } from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';

/** What the thread asks of its lane; each is awaited, and what one throws ends the call. */
export interface BoundedHooks {
  readShard(index: number): Promise<Bytes>;
  /** Now and then, and not of the last one. */
  onRequest(done: number, total: number): Promise<void>;
  /** Now and then. */
  onStep(): Promise<void>;
}

export interface MadeModel {
  number: number;
  bytes: number;
}

export interface BoundedMemberFace {
  /** @returns the adapter class */
  open(backend: BoundedBackendName, hooks: BoundedHooks & ProxyMarked): Promise<string>;
  createModel(manifest: BoundedManifest): Promise<MadeModel>;
  run(model: number, input: BoundedUnitInput): Promise<Bytes[]>;
  destroyModel(model: number): Promise<void>;
}
