// An origin as it may stand in a frame-ancestors policy. An address may hold characters, such as a
// semicolon, that would end the policy's list: only plain host names pass.
import { limits } from '#protocol/limits.ts';

const plainHost = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/;
const loopback = ['localhost', '127.0.0.1'];
const anyPort = /^http:\/\/(localhost|127\.0\.0\.1):\*$/;

/** @returns it as browsers send it, or null for what is none that a page may have */
export function readOrigin(given: string): string | null {
  const trimmed = given.trim();
  if (trimmed === '*' || anyPort.test(trimmed)) return trimmed;
  if (trimmed.length > limits.originMax || !URL.canParse(trimmed)) return null;
  const { origin, protocol, hostname, href } = new URL(trimmed);
  const bare = href === `${origin}/` && !/[?#]/.test(trimmed);
  if (!bare || !plainHost.test(hostname)) return null;
  const secure = protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname));
  return secure ? origin : null;
}
