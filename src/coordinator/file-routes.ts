// /v1/files, in OpenAI's shapes.
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import type { StoredBlob } from '#store/blob-store.ts';
import type { FileRow } from '#store/file-operations.ts';
import { fileOf } from '#store/payload-files.ts';
import type { Context } from './context.ts';
import { readExpiry } from './file-expiry.ts';
import { replyOpenAiError } from './http-errors.ts';
import { keepUntil } from './keep-until.ts';
import { type FormPart, readBoundary, readField, readMultipart } from './multipart.ts';
import { projectOf } from './requester-auth.ts';

export interface ListQuery {
  after?: string;
  limit?: string;
  order?: string;
  purpose?: string;
}

type WithId = { Params: { id: string } };

const listPageDefault = 20;
const filenameMax = 255;

function makeFileId(): string {
  return `file-${randomBytes(16).toString('hex')}`;
}

export function toSeconds(ms: number | null): number | null {
  return ms === null ? null : Math.floor(Number(ms) / 1000);
}

export function readPage({ limit, after }: ListQuery): { limit: number; after: string | null } {
  const asked = Number(limit ?? listPageDefault);
  const whole = Number.isInteger(asked) && asked > 0 ? asked : listPageDefault;
  return { limit: Math.min(whole, limits.listPageMax), after: after ?? null };
}

/** @param rows one more than the page where there is a next one */
export function toList<Row extends { id: string }>(
  rows: Row[],
  limit: number,
  toObject: (row: Row) => unknown,
) {
  const page = rows.slice(0, limit);
  return {
    object: 'list',
    data: page.map(toObject),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: rows.length > limit,
  };
}

function toFile(file: FileRow) {
  return {
    id: file.id,
    object: 'file',
    bytes: Number(file.bytes),
    created_at: toSeconds(file.created_at),
    ...(file.expires_at && { expires_at: toSeconds(file.expires_at) }),
    filename: file.filename,
    purpose: file.purpose,
    status: 'processed',
    status_details: null,
  };
}

export function replyNoFile(reply: FastifyReply, id: string): FastifyReply {
  const message = `No such File object: ${id.slice(0, limits.textBytesMax)}`;
  return replyOpenAiError(reply, 404, { message, param: 'id' });
}

export function addFileRoutes(scope: FastifyInstance, context: Context): void {
  const { database, blobs } = context;
  const find = async (request: FastifyRequest<WithId>) => {
    const { id } = request.params;
    const file = await database.run('findFile', { project: projectOf(request).id, id });
    const over = file?.expires_at && Number(file.expires_at) <= context.now();
    return over ? null : file;
  };
  // The body stays a stream: it is read part by part, and limited there.
  scope.addContentTypeParser('multipart/form-data', (_request, payload, done) =>
    done(null, payload),
  );

  scope.post('/v1/files', (request, reply) => upload(context, request, reply));

  scope.get<{ Querystring: ListQuery }>('/v1/files', async (request) => {
    const { limit, after } = readPage(request.query);
    const { purpose = null, order = 'desc' } = request.query;
    const project = projectOf(request).id;
    const rows = await database.run('listFiles', { project, after, limit, purpose, order });
    return toList(rows, limit, toFile);
  });

  scope.get<WithId>('/v1/files/:id', async (request, reply) => {
    const file = await find(request);
    return file ? toFile(file) : replyNoFile(reply, request.params.id);
  });

  scope.get<WithId>('/v1/files/:id/content', async (request, reply) => {
    const file = await find(request);
    if (!file) return replyNoFile(reply, request.params.id);
    return reply
      .type('application/jsonl')
      .header('content-length', Number(file.bytes))
      .send(blobs.stream(file.blob));
  });

  scope.delete<WithId>('/v1/files/:id', async (request, reply) => {
    const { id } = request.params;
    const project = projectOf(request).id;
    const deleted = await database.run('deleteFile', { project, id, now: context.now() });
    return deleted ? { id, object: 'file', deleted: true } : replyNoFile(reply, id);
  });
}

interface Upload {
  purpose: string | null;
  filename: string;
  /** Fields of `expires_after`, by name. */
  expiry: Map<string, string>;
  stored: StoredBlob | null;
}

async function upload(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const boundary = readBoundary(request.headers['content-type'] ?? '');
  const form: Upload = { purpose: null, filename: 'file.jsonl', expiry: new Map(), stored: null };
  try {
    for await (const part of readMultipart(request.body as AsyncIterable<Uint8Array>, boundary)) {
      await takePart(context, form, part);
    }
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError) || thrown.code !== 'blob/too-large') throw thrown;
    // The rest of the upload is not read: the connection ends with the answer.
    reply.header('connection', 'close');
    const message = `The file exceeds ${limits.fileBytesMax} bytes (fileBytesMax).`;
    return replyOpenAiError(reply, 413, { message, param: 'file' });
  }
  if (!form.stored)
    return replyOpenAiError(reply, 400, { message: "'file' is missing.", param: 'file' });
  const expiry = readExpiry(form.expiry);
  const fault =
    form.purpose === 'batch'
      ? expiry.fault
      : { message: "'purpose' must be 'batch'.", param: 'purpose' };
  if (fault) {
    // No row will ever name it.
    await context.blobs.remove([fileOf(form.stored.blob)]);
    return replyOpenAiError(reply, 400, fault);
  }
  const now = context.now();
  const file: FileRow = {
    id: makeFileId(),
    project_id: projectOf(request).id,
    purpose: 'batch',
    filename: form.filename,
    bytes: form.stored.bytes,
    blob: form.stored.blob,
    created_at: now,
    expires_at: keepUntil({ open: false, from: now, wishMs: expiry.ms }, context.waits),
  };
  await context.database.run('insertFile', file);
  return toFile(file);
}

async function takePart({ blobs }: Context, form: Upload, part: FormPart): Promise<void> {
  if (part.name === 'purpose' && part.filename === null) form.purpose = await readField(part);
  if (part.name.startsWith('expires_after[') && part.filename === null) {
    form.expiry.set(part.name, await readField(part));
  }
  if (part.name !== 'file' || form.stored) return;
  if (part.filename) form.filename = part.filename.slice(0, filenameMax).replaceAll('\0', '\ufffd');
  form.stored = await blobs.putStream(part.body, limits.fileBytesMax);
}
