// How long a requester wishes files to be kept, in OpenAI's shape: `expires_after` of an upload, and
// `output_expires_after` of a batch. The operator's own maximum holds beside it (keep-until.ts).
import { z } from 'zod';
import type { OpenAiError } from './http-errors.ts';

/** OpenAI's own: an hour to thirty days. */
const secondsMin = 3_600;
const secondsMax = 2_592_000;
const words = `must be a whole number from ${secondsMin} to ${secondsMax}`;

/** Seconds from the file's own creation, which for an output is its batch's end. */
export const expiresAfter = z.object({
  anchor: z.literal('created_at', { error: "must be 'created_at'" }),
  seconds: z
    .int({ error: words })
    .min(secondsMin, { error: words })
    .max(secondsMax, { error: words }),
});

/** @param fields of a form, such as `expires_after[seconds]` */
export function readExpiry(fields: ReadonlyMap<string, string>): {
  ms: number | null;
  fault: OpenAiError | null;
} {
  if (fields.size === 0) return { ms: null, fault: null };
  const seconds = fields.get('expires_after[seconds]') ?? '';
  const parsed = expiresAfter.safeParse({
    anchor: fields.get('expires_after[anchor]'),
    seconds: /^\d{1,9}$/.test(seconds) ? Number(seconds) : null,
  });
  if (parsed.success) return { ms: parsed.data.seconds * 1000, fault: null };
  const [{ path, message }] = parsed.error.issues;
  const param = `expires_after.${path.join('.')}`;
  return { ms: null, fault: { message: `'${param}' ${message}.`, param } };
}
