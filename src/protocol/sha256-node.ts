// SHA-256 where node:crypto exists. Chosen by the "#sha256" entry of package.json's imports.
import { createHash, hash } from 'node:crypto';

export function sha256(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  // In one call where it can be: 0.75 µs against 1.22 of a short message.
  if (parts.length === 1) return new Uint8Array(hash('sha256', parts[0], 'buffer'));
  const running = createHash('sha256');
  for (const part of parts) running.update(part);
  return new Uint8Array(running.digest());
}
