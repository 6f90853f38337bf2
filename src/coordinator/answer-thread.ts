// The thread's side of partner-thread.ts: one question after the other.
import { parentPort } from 'node:worker_threads';
import { assert, toIdlewildError } from '#protocol/errors.ts';
import type { ThreadReply } from './partner-thread.ts';

export function answerQuestions<Question, Answer>(
  answer: (question: Question) => Promise<Answer>,
): void {
  const port = parentPort;
  assert(port, 'this file runs as a worker');
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, question }: { id: number; question: Question }) => {
    last = last.then(async () => {
      let reply: ThreadReply<Answer>;
      try {
        reply = { id, answer: await answer(question) };
      } catch (thrown) {
        reply = { id, error: toIdlewildError(thrown, 'partner/failed').toWire() };
      }
      port.postMessage(reply);
    });
  });
}
