// What is wrong with a requester's body, in OpenAI's shape: the first field that is.
import type { FastifyReply } from 'fastify';
import type { ZodError } from 'zod';
import { replyOpenAiError } from './http-errors.ts';

export function replyIssue(reply: FastifyReply, { issues: [issue] }: ZodError): FastifyReply {
  const param = issue.path.map(String).join('.') || null;
  const message = `'${param ?? 'body'}': ${issue.message}.`;
  return replyOpenAiError(reply, 400, { message, param });
}
