// What a caller is told when the coordinator itself failed: what to do, and nothing of where or why.
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { replyFailure } from '#coordinator/http-errors.ts';
import { IdlewildError } from '#protocol/errors.ts';

async function answerTo(thrown: Error) {
  const server = Fastify();
  server.setErrorHandler((error, request, reply) => replyFailure(request.url, reply, error));
  server.get('/v1/x', async () => {
    throw thrown;
  });
  const { statusCode, body } = await server.inject({ url: '/v1/x' });
  await server.close();
  return { statusCode, body };
}

test.each([
  ['coordinator/database-died', 503, 'The database stopped; try again.'],
  ['coordinator/database', 500, 'The coordinator failed; try again later.'],
  ['internal/unexpected', 500, 'The coordinator failed; try again later.'],
])('%s is %i', async (code, status, words) => {
  const secret = "ENOENT: no such file or directory, open '/srv/idlewild/database'";
  const { statusCode, body } = await answerTo(new IdlewildError(code, secret));
  expect(statusCode).toBe(status);
  expect(body).toContain(words);
  expect(body).not.toContain('/srv');
});
