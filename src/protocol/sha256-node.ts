// SHA-256 where node:crypto exists. Chosen by the "#sha256" entry of package.json's imports.
import { createHash } from 'node:crypto';

export function sha256(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
