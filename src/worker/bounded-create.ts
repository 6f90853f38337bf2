// A thread of its own as a backend of bounded inference. A run of the runtime cannot be interrupted:
// whatever is aborted in the middle of one ends the thread, and with it every model in it.
import * as Comlink from 'comlink';
import type {
  BoundedBackend,
  BoundedBackendName,
  BoundedModel,
  BoundedRunOptions,
  ReadShard,
} from '#onnx/bounded-backend.ts';
import type { BoundedUnitInput } from '#protocol/bounded-unit.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { abortable } from './bell.ts';
import type { BoundedHooks, BoundedMemberFace, MadeModel } from './bounded-face.ts';

/** @throws engine/device-lost where such a thread cannot be had, engine/no-adapter, ... */
export async function createBoundedMember(name: BoundedBackendName): Promise<BoundedBackend> {
  return new Thread().open(name);
}

class Thread {
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<BoundedMemberFace>;
  #end = (_error: IdlewildError) => {};
  readonly #ended: Promise<never>;
  // One model is made, and one unit computed, at a time.
  #readShard: ReadShard | null = null;
  #options: BoundedRunOptions = {};

  constructor() {
    this.#worker = new Worker(new URL('./bounded-member.ts', import.meta.url), {
      type: 'module',
      name: 'idlewild bounded',
    });
    this.#ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {});
    this.#worker.addEventListener('error', (event) => {
      // Its error is told to whoever waits for it, and is none of this worker's own.
      event.preventDefault();
      this.#stop(new IdlewildError('engine/device-lost', 'A worker that computes was lost.'));
    });
    this.#remote = Comlink.wrap<BoundedMemberFace>(this.#worker);
  }

  async open(name: BoundedBackendName): Promise<BoundedBackend> {
    try {
      const hooks = Comlink.proxy(this.#hooks());
      const adapterClass = await this.#or(this.#remote.open(name, hooks));
      return {
        name,
        adapterClass,
        createModel: (manifest, readShard, signal) => {
          this.#readShard = readShard;
          return this.#endedBy(signal, async () => {
            return this.#wrap(await this.#remote.createModel(manifest));
          });
        },
        destroy: () => this.#destroy(),
      };
    } catch (thrown) {
      this.#destroy();
      throw thrown;
    }
  }

  #hooks(): BoundedHooks {
    return {
      readShard: async (index) => {
        if (!this.#readShard) throw new IdlewildError('internal/assertion', 'No model is made.');
        const bytes = await this.#readShard(index);
        return Comlink.transfer(bytes, [bytes.buffer]);
      },
      onRequest: async (done, total) => this.#options.onRequest?.(done, total),
      onStep: async () => this.#options.onStep?.(),
    };
  }

  #wrap({ number, bytes }: MadeModel): BoundedModel {
    return {
      bytes,
      run: (input, options = {}) => {
        this.#options = options;
        const run = async () => {
          const rows = await this.#remote.run(number, handOver(input));
          await options.onRequest?.(rows.length, rows.length);
          return rows;
        };
        return options.signal ? this.#endedBy(options.signal, run) : this.#or(run());
      },
      destroy: () => this.#or(this.#remote.destroyModel(number)).catch(() => {}),
    };
  }

  /** Whoever waits for a thread that is gone hears so. */
  #or<Result>(answer: Promise<Result>): Promise<Result> {
    return Promise.race([answer, this.#ended]);
  }

  /** An abort need not wait for what cannot be interrupted. */
  async #endedBy<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    try {
      return await abortable(this.#or(work()), signal);
    } catch (thrown) {
      if (signal.aborted) this.#destroy();
      throw thrown;
    }
  }

  #destroy(): void {
    this.#stop(new IdlewildError('engine/destroyed', 'This worker was ended.'));
  }

  #stop(why: IdlewildError): void {
    this.#worker.terminate();
    this.#end(why);
  }
}

/** Its tensors go to the thread as they are: a page's pixels may be eleven megabytes. */
function handOver(input: BoundedUnitInput): BoundedUnitInput {
  const tensors = input.requests.flatMap((request) => Object.values(request));
  // What is a part of a larger buffer would take that along, and is copied.
  const whole = tensors.filter(({ data }) => data.byteLength === data.buffer.byteLength);
  return Comlink.transfer(input, [...new Set(whole.map(({ data }) => data.buffer))]);
}
