// Where shards lie on a visitor's disk: whole files by name. OPFS has them, or IndexedDB.
import type { Bytes } from '#protocol/bytes.ts';
import type { Database } from './database.ts';

export interface ShardFiles {
  readonly kind: 'opfs' | 'indexeddb';
  /** Null where there is none; the caller checks the digest. */
  read(name: string): Promise<Bytes | null>;
  write(name: string, bytes: Bytes): Promise<void>;
  remove(name: string): Promise<void>;
}

/** The fallback where OPFS is missing or shut, as in some private windows. */
export function indexedDbShardFiles(open: () => Promise<Database>): ShardFiles {
  return {
    kind: 'indexeddb',
    async read(name) {
      const bytes = await (await open()).get('blobs', name);
      return bytes ? new Uint8Array(bytes) : null;
    },
    async write(name, bytes) {
      await (await open()).put('blobs', bytes, name);
    },
    async remove(name) {
      await (await open()).delete('blobs', name);
    },
  };
}
