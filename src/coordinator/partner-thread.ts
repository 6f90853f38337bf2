// A thread of the coordinator's own computing: questions go in, answers come out in the order of their
// arrival. It starts when it is first needed, and again after it has died of something.
import type { Worker } from 'node:worker_threads';
import { assert, IdlewildError, type WireError } from '#protocol/errors.ts';
import { startWorker } from '#store/start-worker.ts';

export type ThreadReply<Answer> = { id: number; answer: Answer } | { id: number; error: WireError };

export interface PartnerThread<Question, Answer> {
  /** @throws coordinator/busy, coordinator/closed, partner/ended (retryable), what the thread says */
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

interface Waiter<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const partnerWaitingMax = 256;

/** @param file of the thread, which answers each `{ id, question }` with a ThreadReply */
export function createPartnerThread<Question, Answer>(
  file: URL,
  data: unknown,
): PartnerThread<Question, Answer> {
  const waiters = new Map<number, Waiter<Answer>>();
  let worker: Worker | null = null;
  let closed = false;
  let nextId = 0;

  function settle(reply: ThreadReply<Answer>): void {
    const waiter = waiters.get(reply.id);
    assert(waiter, 'a reply of the partner has a waiter');
    waiters.delete(reply.id);
    if ('error' in reply) waiter.reject(IdlewildError.fromWire(reply.error));
    else waiter.resolve(reply.answer);
  }

  function end(message: string, cause?: unknown): void {
    worker = null;
    const error = new IdlewildError('partner/ended', message, { retryable: true, cause });
    for (const waiter of waiters.values()) waiter.reject(error);
    waiters.clear();
  }

  function start(): Worker {
    const started = startWorker(file, data);
    started.unref();
    started.on('message', settle);
    started.on('error', (cause) => end(`The coordinator's backend died: ${cause.message}`, cause));
    started.on('exit', () => {
      if (worker === started) end("The coordinator's backend is closed.");
    });
    return started;
  }

  return {
    ask(question) {
      if (closed) return Promise.reject(new IdlewildError('coordinator/closed', 'It is closed.'));
      if (waiters.size >= partnerWaitingMax) {
        const message = `${partnerWaitingMax} calls wait to be computed (partnerWaitingMax).`;
        const busy = new IdlewildError('coordinator/busy', message, { retryable: true });
        return Promise.reject(busy);
      }
      worker ??= start();
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiters.set(id, { resolve, reject });
        worker?.postMessage({ id, question });
      });
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
