// /v1/batches, in OpenAI's shapes, with `x_units` beside its own counts.
import { createHash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { equalBytes, utf8 } from '#protocol/bytes.ts';
import { limits } from '#protocol/limits.ts';
import type { BatchRow } from '#store/batch-operations.ts';
import { levels } from '#validator/policy.ts';
import { readTerms, termsFields, toPayment } from './batch-terms.ts';
import type { Context } from './context.ts';
import { expiresAfter } from './file-expiry.ts';
import { type ListQuery, readPage, replyNoFile, toList, toSeconds } from './file-routes.ts';
import { replyOpenAiError } from './http-errors.ts';
import { keepInputsUntil } from './keep-until.ts';
import { isPlainText } from './plain-text.ts';
import { endpoints } from './plan-batch.ts';
import { replyIssue } from './reply-issue.ts';
import { projectOf } from './requester-auth.ts';

type WithId = { Params: { id: string } };

const byteLength = (text: string) => utf8(text).length;
const plain = z.string().refine(isPlainText, { error: 'holds a character that is no text' });

const metadata = z
  .record(
    plain.refine((key) => byteLength(key) <= limits.metadataKeyBytesMax, {
      error: `a key exceeds ${limits.metadataKeyBytesMax} bytes (metadataKeyBytesMax)`,
    }),
    plain.refine((value) => byteLength(value) <= limits.metadataValueBytesMax, {
      error: `a value exceeds ${limits.metadataValueBytesMax} bytes (metadataValueBytesMax)`,
    }),
  )
  .refine((all) => Object.keys(all).length <= limits.metadataKeysMax, {
    error: `more than ${limits.metadataKeysMax} keys (metadataKeysMax)`,
  });

const createSchema = z.looseObject({
  input_file_id: plain.min(1),
  endpoint: z.enum(Object.keys(endpoints), {
    error: `must be one of ${Object.keys(endpoints).join(', ')}`,
  }),
  completion_window: z.literal('24h', { error: "must be '24h'" }),
  metadata: metadata.nullish(),
  /** Its payloads are kept so long after its end at most; those of an open batch but its files. */
  output_expires_after: expiresAfter.nullish(),
  /** Anyone may read the batch's inputs and receipts, and recompute it. */
  x_open: z.boolean({ error: 'must be true or false' }).nullish(),
  /**
   * How much is checked: rows, every unit by two, or everything by the coordinator. Unsaid, it is as
   * the project's.
   */
  x_verification: z.enum(levels, { error: `must be one of ${levels.join(', ')}` }).nullish(),
  /** Contributors that may compute the batch; everybody where it is missing. */
  x_accounts: z
    .array(z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'must be 0x and 40 hex digits'))
    .min(1)
    .max(limits.batchAccountsMax)
    .nullish(),
  ...termsFields,
});

/** Equal lists have equal ids, whatever their order. */
function toAccess(accounts: string[] | null | undefined) {
  if (!accounts) return null;
  const sorted = [...new Set(accounts.map((account) => account.toLowerCase()))].sort();
  return { id: createHash('sha256').update(sorted.join(' ')).digest('hex'), accounts: sorted };
}

function toBatch({ waits }: Context, batch: BatchRow) {
  const { open, ended_at: from, output_expires_ms: wishMs } = batch;
  return {
    id: batch.id,
    object: 'batch',
    endpoint: batch.endpoint,
    model: batch.model,
    errors: batch.errors ? { object: 'list', data: batch.errors } : null,
    input_file_id: batch.input_file_id,
    completion_window: batch.completion_window,
    status: batch.status,
    output_file_id: batch.output_file_id,
    error_file_id: batch.error_file_id,
    created_at: toSeconds(batch.created_at),
    in_progress_at: toSeconds(batch.in_progress_at),
    expires_at: toSeconds(batch.expires_at),
    finalizing_at: toSeconds(batch.finalizing_at),
    completed_at: toSeconds(batch.completed_at),
    failed_at: toSeconds(batch.failed_at),
    expired_at: toSeconds(batch.expired_at),
    cancelling_at: toSeconds(batch.cancelling_at),
    cancelled_at: toSeconds(batch.cancelled_at),
    request_counts: {
      total: batch.requests_total,
      completed: batch.requests_completed,
      failed: batch.requests_failed,
    },
    metadata: batch.metadata,
    x_open: open,
    x_verification: batch.verification,
    x_units: {
      total: batch.units_total,
      completed: batch.units_done,
      being_checked: batch.units_held,
    },
    x_payment: toPayment(batch),
    // Its inputs: its files have an `expires_at` of their own.
    x_retention: {
      kept_until: from && toSeconds(keepInputsUntil({ open, from, wishMs }, waits)),
      deleted_at: toSeconds(batch.payloads_deleted_at),
    },
  };
}

function replyNoBatch(reply: FastifyReply, id: string): FastifyReply {
  const message = `No batch found with id '${id.slice(0, limits.textBytesMax)}'.`;
  return replyOpenAiError(reply, 404, { message, param: null });
}

export function addBatchRoutes(scope: FastifyInstance, context: Context): void {
  const { database } = context;

  scope.post('/v1/batches', { bodyLimit: limits.requestBodyBytesMax }, (request, reply) =>
    create(context, request, reply),
  );

  scope.get<{ Querystring: ListQuery }>('/v1/batches', async (request) => {
    const { limit, after } = readPage(request.query);
    const project = projectOf(request).id;
    const rows = await database.run('listBatches', { project, after, limit });
    return toList(rows, limit, (row) => toBatch(context, row));
  });

  scope.get<WithId>('/v1/batches/:id', async (request, reply) => {
    const { id } = request.params;
    const batch = await database.run('findBatch', { project: projectOf(request).id, id });
    return batch ? toBatch(context, batch) : replyNoBatch(reply, id);
  });

  scope.post<WithId>('/v1/batches/:id/cancel', async (request, reply) => {
    const { id } = request.params;
    const project = projectOf(request).id;
    const cancelled = await database.run('cancelBatch', { project, id, now: context.now() });
    if (!cancelled) return replyNoBatch(reply, id);
    const { batch, moved } = cancelled;
    if (!moved) {
      const message = `Cannot cancel a batch with status '${batch.status}'.`;
      return replyOpenAiError(reply, 409, { message });
    }
    context.wake();
    return toBatch(context, batch);
  });
}

async function create(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const parsed = createSchema.safeParse(request.body);
  if (!parsed.success) return replyIssue(reply, parsed.error);
  const read = readTerms(parsed.data);
  if (!read.ok) return replyOpenAiError(reply, 400, read);
  const idempotency = readIdempotency(request);
  if (idempotency === 'too-long') {
    const message = `'Idempotency-Key' exceeds ${limits.textBytesMax} characters (textBytesMax).`;
    return replyOpenAiError(reply, 400, { message });
  }
  const { input_file_id: inputFile, endpoint, completion_window, metadata } = parsed.data;
  const { x_open, x_verification, x_accounts, output_expires_after: expiry } = parsed.data;
  const project = projectOf(request);
  const created = await context.database.run('createBatch', {
    id: `batch_${randomBytes(16).toString('hex')}`,
    project: project.id,
    inputFile,
    endpoint,
    completionWindow: completion_window,
    metadata: metadata ?? null,
    open: x_open ?? false,
    verification: x_verification ?? project.verification,
    access: toAccess(x_accounts),
    outputExpiresMs: expiry ? expiry.seconds * 1000 : null,
    terms: read.terms,
    now: context.now(),
    expiresAt: context.now() + context.waits.batchMs,
    idempotency,
  });
  if (created.kind === 'no-file') return replyNoFile(reply, inputFile);
  if (created.kind === 'wrong-purpose') {
    const message = "The input file's purpose must be 'batch'.";
    return replyOpenAiError(reply, 400, { message, param: 'input_file_id' });
  }
  if (created.kind === 'order') {
    const { code, message } = created.fault;
    return replyOpenAiError(reply, 400, { message, param: 'x_order', code });
  }
  const { batch } = created;
  const known = batch.idempotency_hash;
  if (created.kind === 'repeated' && known && !equalBytes(known, idempotency!.hash)) {
    const message = 'This Idempotency-Key was used before with another body.';
    return replyOpenAiError(reply, 409, { message, code: 'idempotency_key_in_use' });
  }
  context.wake();
  return toBatch(context, batch);
}

/** Bodies are compared by their parsed form: spaces and the order of keys do not matter. */
function readIdempotency(request: FastifyRequest) {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') return null;
  if (key.length > limits.textBytesMax) return 'too-long' as const;
  const body = request.body as Record<string, unknown>;
  const sorted = Object.fromEntries(
    Object.entries(body).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest();
  return { key, hash: new Uint8Array(hash) };
}
