// Shards as files of the origin-private file system. A write that is cut short leaves a file that
// fails its digest at the next read, and is fetched again: no rename is needed.
import type { ShardFiles } from './shard-files.ts';

const folderName = 'idlewild-shards';

/** Deletes the folder and all in it. @throws whatever the browser says */
export async function eraseOpfsFiles(): Promise<void> {
  // A browser that has none, or shuts it, keeps nothing there.
  const root = await navigator.storage.getDirectory().catch(() => null);
  await root?.removeEntry(folderName, { recursive: true }).catch((cause: unknown) => {
    if ((cause as Error).name !== 'NotFoundError') throw cause;
  });
}

/** @throws whatever the browser says where OPFS is missing or shut */
export async function opfsShardFiles(): Promise<ShardFiles> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  const missing = (cause: unknown) => {
    if ((cause as Error).name === 'NotFoundError') return null;
    throw cause;
  };
  return {
    kind: 'opfs',
    async read(name) {
      const handle = await folder.getFileHandle(name).catch(missing);
      if (!handle) return null;
      // A File, not an access handle: those are exclusive, and two tabs may read at once.
      return new Uint8Array(await (await handle.getFile()).arrayBuffer());
    },
    async write(name, bytes) {
      const handle = await folder.getFileHandle(name, { create: true });
      if (typeof handle.createSyncAccessHandle === 'function') {
        const access = await handle.createSyncAccessHandle();
        try {
          access.truncate(0);
          const written = access.write(bytes, { at: 0 });
          if (written !== bytes.length) throw new DOMException('short write', 'QuotaExceededError');
          access.flush();
        } finally {
          access.close();
        }
        return;
      }
      const stream = await handle.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
    async remove(name) {
      await folder.removeEntry(name).catch(missing);
    },
  };
}
