// Pages that the coordinator writes into as it sends them: compressed for whoever takes it, once
// for as long as what is written stays the same.
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Pages kept compressed: a frame for each project that is embedded, and the page itself. */
const pagesKeptMax = 64;

const encodings = { br: promisify(brotliCompress), gzip: promisify(gzip) };

type Encoding = keyof typeof encodings;

/** Of what a browser takes, the smaller. */
function chooseEncoding(accepted: string | undefined): Encoding | null {
  const taken = (accepted ?? '').split(',').map((one) => one.replaceAll(' ', '').toLowerCase());
  const isTaken = (name: Encoding) =>
    taken.some((one) => one === name || (one.startsWith(`${name};`) && !/;q=0(\.0*)?$/.test(one)));
  if (isTaken('br')) return 'br';
  return isTaken('gzip') ? 'gzip' : null;
}

export type SendHtml = (
  request: FastifyRequest,
  reply: FastifyReply,
  html: string,
) => Promise<FastifyReply>;

export function createSendHtml(): SendHtml {
  const kept = new Map<string, Promise<Buffer>>();
  const compress = (encoding: Encoding, html: string) => {
    const key = `${encoding} ${html}`;
    const bytes = kept.get(key) ?? encodings[encoding](html);
    // The one asked for last is the last to go.
    kept.delete(key);
    kept.set(key, bytes);
    for (const oldest of kept.keys()) {
      if (kept.size > pagesKeptMax) kept.delete(oldest);
      else break;
    }
    return bytes;
  };
  return async (request, reply, html) => {
    const encoding = chooseEncoding(request.headers['accept-encoding']);
    const bytes = encoding && (await compress(encoding, html));
    reply.type('text/html; charset=utf-8').header('vary', 'accept-encoding');
    if (encoding) reply.header('content-encoding', encoding);
    return reply.send(bytes ?? html);
  };
}
