// A worker for the browser tests: cache, session key and self-test, called over comlink.
import { expose } from 'comlink';
import { createBrowserCache } from '#cache/browser-cache.ts';
import type { ShardSource } from '#cache/fetch-shard.ts';
import { createWebgpuBackend } from '#engine/backend.ts';
import kernelsUrl from '#kernels.wasm?url';
import type { ExactBackend } from '#model/backend.ts';
import { toHex } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import {
  createSessionKey,
  publicPoint,
  type SessionKey,
  signWithSessionKey,
} from '#wallet/session-key.ts';
import { createWasmBackend } from '#wasm/backend.ts';
import { runSelfTest } from '#worker/self-test.ts';
import { lying } from './bad-backends.ts';

interface CacheOptions {
  files?: 'opfs' | 'indexeddb';
  bytesMax?: number;
}

const openCache = (options: CacheOptions = {}) =>
  createBrowserCache({
    url: (sha256) => `/v1/shards/${sha256}`,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        setTimeout(resolve, ms);
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    ...options,
  });

async function openBackend(name: 'webgpu' | 'wasm'): Promise<ExactBackend> {
  if (name === 'webgpu') return createWebgpuBackend(navigator.gpu);
  return createWasmBackend(await (await fetch(kernelsUrl)).arrayBuffer());
}

const lab = {
  /** @returns first byte and length of each shard, or the error's code */
  async load(sources: ShardSource[], options?: CacheOptions) {
    const progress: number[] = [];
    try {
      const shards = await openCache(options).shards.load(sources, {
        signal: new AbortController().signal,
        onProgress: ({ done }) => void progress.push(done),
      });
      return { shards: shards.map((bytes) => [bytes[0], bytes.length]), progress };
    } catch (thrown) {
      return { code: toIdlewildError(thrown).code, progress };
    }
  },
  bytes: () => openCache().shards.bytes(),
  clear: () => openCache().shards.clear(),

  /** Flips a bit of a shard on disk. @returns false where there is no such file */
  async damage(name: string): Promise<boolean> {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('idlewild-shards');
    try {
      const handle = await folder.getFileHandle(name);
      const access = await (handle as unknown as SyncHandle).createSyncAccessHandle();
      access.write(new Uint8Array([255]), { at: 5 });
      access.close();
      return true;
    } catch {
      return false;
    }
  },

  async makeKey(): Promise<string> {
    const key = await createSessionKey();
    await openCache().store.set('lab-key', key);
    return toHex(await publicPoint(key));
  },
  /** What a later visit finds: the public point, whether it can be exported, and a signature. */
  async useKey(message: string) {
    const key = (await openCache().store.get('lab-key')) as SessionKey;
    const exported = await crypto.subtle.exportKey('pkcs8', key.privateKey).then(
      () => true,
      () => false,
    );
    const signature = await signWithSessionKey(key, new TextEncoder().encode(message));
    const { extractable } = key.privateKey;
    return {
      point: toHex(await publicPoint(key)),
      extractable,
      exported,
      signature: toHex(signature),
    };
  },

  /** @returns the digest of the known answers, or the error's code */
  async selfTest(name: 'webgpu' | 'wasm', wrong: boolean): Promise<string> {
    const backend = await openBackend(name);
    try {
      const tested = wrong ? lying(backend) : backend;
      return toHex(await runSelfTest({ backend: tested }));
    } catch (thrown) {
      return toIdlewildError(thrown).code;
    } finally {
      backend.destroy();
    }
  },
};

interface SyncHandle {
  createSyncAccessHandle(): Promise<{
    write(bytes: Uint8Array, options: { at: number }): number;
    close(): void;
  }>;
}

export type LabFace = typeof lab;

expose(lab);
