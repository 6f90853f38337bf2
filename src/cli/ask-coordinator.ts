// Whether what listens on an address is a coordinator, and how it says it is. Its certificate is not
// judged: it names the world's address, and this asks on the machine itself.
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { z } from 'zod';

const readinessSchema = z.object({
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), words: z.string() })),
});

type Readiness = z.infer<typeof readinessSchema>;

const answerMs = 5_000;
const answerBytesMax = 64 << 10;

/** Listening on every address is listening on this one. */
function nameOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function parse(text: string): Readiness | null {
  try {
    return readinessSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** @returns null where no coordinator answers */
export function askCoordinator(
  host: string,
  port: number,
  secure: boolean,
): Promise<Readiness | null> {
  const options = { host: nameOf(host), port, path: '/readyz', timeout: answerMs, agent: false };
  return new Promise((resolve) => {
    const request = secure
      ? getSecure({ ...options, rejectUnauthorized: false })
      : getPlain(options);
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', () => resolve(null));
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > answerBytesMax) response.destroy();
      });
      response.once('error', () => resolve(null));
      response.once('close', () => resolve(parse(text)));
    });
  });
}
