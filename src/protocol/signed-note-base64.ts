// Base64 as RFC 4648 section 4 has it, padded, and only in its canonical spelling: signed notes are
// compared byte by byte, so one value must have one text.
import type { Bytes } from './bytes.ts';

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Null for anything but canonical base64: no spaces, no missing padding, no stray bits. */
export function fromBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}
