// Bodies of the operator's calls: read by a schema, refused with the field that is wrong.
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { limits } from '#protocol/limits.ts';
import { replyOpenAiError } from './http-errors.ts';
import { isPlainText } from './plain-text.ts';

export const text = z
  .string('must be text')
  .max(limits.textBytesMax, `exceeds ${limits.textBytesMax} characters (textBytesMax)`)
  .refine(isPlainText, { error: 'holds a character that is no text' });
export const named = text.trim().min(1, 'must not be empty');

export type WithId = { Params: { id: string } };

/** @returns null where the reply has told what is wrong */
export function readBody<Body>(
  schema: z.ZodType<Body>,
  body: unknown,
  reply: FastifyReply,
): Body | null {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue.path.map(String).join('.') || null;
  replyOpenAiError(reply, 400, { message: `'${param ?? 'body'}': ${issue.message}.`, param });
  return null;
}

export function notFound(reply: FastifyReply, what: string, id: string): FastifyReply {
  const message = `No ${what} found with id '${id.slice(0, limits.textBytesMax)}'.`;
  return replyOpenAiError(reply, 404, { message });
}
