// Bytes from a coordinator or a mirror that is not trusted: bounded, patient where it is busy, and
// never waiting for ever.
import { IdlewildError } from '#protocol/errors.ts';

export interface FetchBytesOptions {
  bytesMax: number;
  /** Of the request; GET without a body by default. */
  init?: RequestInit;
  /** Before another attempt; a test waits for nothing. */
  pauseMs?: number;
}

const attemptsMax = 6;
const attemptMs = 30_000;
const pauseMsDefault = 2_000;

/**
 * @returns null where the server has no such thing (404, 410)
 * @throws fetch/unreachable, fetch/refused, fetch/too-large
 */
export async function fetchBytes(
  url: URL,
  { bytesMax, init = {}, pauseMs = pauseMsDefault }: FetchBytesOptions,
): Promise<Uint8Array<ArrayBuffer> | null> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(attemptMs) }).catch(
      (cause: Error) => {
        if (attempt < attemptsMax) return null;
        throw new IdlewildError('fetch/unreachable', `No answer from ${url.host}.`, { cause });
      },
    );
    if (response?.ok) return readBody(response, url, bytesMax);
    await response?.body?.cancel();
    if (response?.status === 404 || response?.status === 410) return null;
    const busy = !response || response.status === 429 || response.status >= 500;
    if (!busy || attempt === attemptsMax) {
      const message = `${url.host} answers ${url.pathname} with ${response?.status}.`;
      throw new IdlewildError('fetch/refused', message, { retryable: busy });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function readBody(response: Response, url: URL, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) {
      const message = `${url.pathname} gives more than ${bytesMax} bytes.`;
      throw new IdlewildError('fetch/too-large', message);
    }
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export async function fetchJson(url: URL, bytesMax: number): Promise<unknown> {
  const bytes = await fetchBytes(url, { bytesMax });
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new IdlewildError('fetch/refused', `${url.pathname} gives no JSON.`, { cause });
  }
}
