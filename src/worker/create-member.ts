// One further worker as a backend of the exact arithmetic: its encoders live in a thread of their
// own. When that thread dies, whatever was asked of it fails as a lost device does.
import * as Comlink from 'comlink';
import type { EncodeOptions, ExactBackend, SliceProgress } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { MemberFace } from './member-face.ts';

/** @throws engine/device-lost where such a worker cannot be had */
export async function createMember(): Promise<ExactBackend> {
  const worker = new Worker(new URL('./member.ts', import.meta.url), {
    type: 'module',
    name: 'idlewild crew member',
  });
  const remote = Comlink.wrap<MemberFace>(worker);
  let end = (_error: IdlewildError) => {};
  const ended = new Promise<never>((_, reject) => {
    end = reject;
  });
  ended.catch(() => {});
  worker.addEventListener('error', (event) => {
    // Its error is told to whoever waits for it, and is none of this worker's own.
    event.preventDefault();
    worker.terminate();
    end(new IdlewildError('engine/device-lost', 'A worker that computes was lost.'));
  });
  /** Whoever waits for a worker that is gone hears so. */
  const or = <T>(answer: Promise<T>): Promise<T> => Promise.race([answer, ended]);

  // A member computes one unit at a time.
  let listen: EncodeOptions['onSlice'];
  const tell = async (progress: SliceProgress) => listen?.(progress);
  const adapter = await or(remote.open(Comlink.proxy(tell)));
  return {
    name: 'wasm',
    adapter,
    async createEncoder(weights) {
      const encoder = await or(remote.createEncoder(weights));
      return {
        async encode(rows, options = {}) {
          listen = options.onSlice;
          return or(remote.encode(encoder, rows, listen !== undefined));
        },
        destroy: () => void or(remote.destroyEncoder(encoder)).catch(() => {}),
      };
    },
    destroy() {
      worker.terminate();
      end(new IdlewildError('engine/destroyed', 'This worker was ended.'));
    },
  };
}
