// multipart/form-data as it streams in (RFC 7578): an upload goes to disk chunk by chunk, whatever
// its size. Small, so that no library stands between a stranger's bytes and us.
import { IdlewildError } from '#protocol/errors.ts';

export interface FormPart {
  name: string;
  /** Null for a plain field. */
  filename: string | null;
  /** To be read to its end before the next part. */
  body: AsyncIterable<Uint8Array>;
}

const headerBytesMax = 8 << 10;
const partsMax = 32;
const fieldBytesMax = 4 << 10;

function refuse(message: string): IdlewildError {
  return new IdlewildError('multipart/malformed', `The form cannot be read: ${message}.`);
}

/** @throws multipart/malformed */
export function readBoundary(contentType: string): string {
  const match = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType,
  );
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw refuse('its content type names no boundary');
  return boundary;
}

/** Bytes with a look ahead for a delimiter that may lie across chunks. */
function createReader(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  // The first boundary has no line break before it.
  let buffer: Buffer = Buffer.from('\r\n');
  async function fill(): Promise<boolean> {
    const { done, value } = await source.next();
    if (!done) buffer = Buffer.concat([buffer, value]);
    return !done;
  }
  return {
    async take(length: number): Promise<Buffer> {
      while (buffer.length < length) if (!(await fill())) throw refuse('it ends too soon');
      const taken = buffer.subarray(0, length);
      buffer = buffer.subarray(length);
      return taken;
    },
    async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
      for (;;) {
        const at = buffer.indexOf(delimiter);
        if (at >= 0) {
          const found = buffer.subarray(0, at);
          buffer = buffer.subarray(at + delimiter.length);
          if (found.length > 0) yield found;
          return;
        }
        const safe = buffer.length - delimiter.length + 1;
        if (safe > 0) {
          const passed = buffer.subarray(0, safe);
          buffer = buffer.subarray(safe);
          yield passed;
        }
        if (!(await fill())) throw refuse('it ends too soon');
      }
    },
  };
}

async function collect(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > bytesMax) throw refuse(`a field or header exceeds ${bytesMax} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

export function readField(part: FormPart): Promise<string> {
  return collect(part.body, fieldBytesMax);
}

/** @throws multipart/malformed */
export async function* readMultipart(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<FormPart> {
  const reader = createReader(chunks);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const drain = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const _ of bytes);
  };
  await drain(reader.until(delimiter));
  for (let count = 0; ; count++) {
    const mark = (await reader.take(2)).toString('latin1');
    if (mark === '--') return;
    if (mark !== '\r\n') throw refuse('a boundary is followed by something else');
    if (count === partsMax) throw refuse(`it has more than ${partsMax} parts`);
    const headers = await collect(reader.until(Buffer.from('\r\n\r\n')), headerBytesMax);
    const body = reader.until(delimiter);
    yield { ...readDisposition(headers), body };
    await drain(body);
  }
}

function readDisposition(headers: string): { name: string; filename: string | null } {
  const line = headers.split('\r\n').find((header) => /^content-disposition\s*:/i.test(header));
  const value = (field: string) => {
    const match = new RegExp(`;\\s*${field}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(line ?? '');
    return match ? match[1].replace(/\\(.)/g, '$1').replace(/%22/g, '"') : null;
  };
  const name = value('name');
  if (name === null) throw refuse('a part has no name');
  return { name, filename: value('filename') };
}
