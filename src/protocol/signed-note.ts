// Signed notes (C2SP signed-note): a text that people can read, an empty line, and signatures, one
// a line. Checkpoints, cosignatures and key rotations travel in them. Only the form is checked
// here; signed-note-verify.ts checks who signed.
import { type Bytes, concatBytes, utf8 } from './bytes.ts';
import { IdlewildError } from './errors.ts';
import { logLimits } from './log-limits.ts';
import { fromBase64, toBase64 } from './signed-note-base64.ts';
import { isKeyName } from './signed-note-key.ts';

export interface NoteSignature {
  name: string;
  /** uint32; with the name it says which key of which type. */
  keyId: number;
  /** What the type defines: 64 bytes of Ed25519, or a timestamp before them. */
  signature: Bytes;
}

export interface SignedNote {
  /** Ends in a newline. */
  text: string;
  /** In their order, those of unknown keys included. */
  signatures: NoteSignature[];
}

function malformed(message: string): IdlewildError {
  return new IdlewildError('log/note-malformed', message);
}

function decodeText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('The note is not valid UTF-8.');
  }
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 0x20 && text[i] !== '\n') {
      throw malformed(`The note has a control character at position ${i}.`);
    }
  }
  return text;
}

export function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, keyId);
  return `— ${name} ${toBase64(concatBytes(id, signature))}\n`;
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, encoded, ...rest] = line.split(' ');
  if (dash !== '—' || encoded === undefined || rest.length > 0 || !isKeyName(name)) {
    throw malformed('A signature line is not an em dash, a key name and base64.');
  }
  const bytes = fromBase64(encoded);
  if (!bytes) throw malformed(`The signature of ${name} is not base64.`);
  if (bytes.length < 5) throw malformed(`The signature of ${name} is too short.`);
  return { name, keyId: new DataView(bytes.buffer).getUint32(0), signature: bytes.slice(4) };
}

/**
 * The lines that a witness answers with, or that end a note.
 * @throws log/note-malformed
 */
export function parseSignatureLines(text: string): NoteSignature[] {
  if (!text.endsWith('\n')) throw malformed('The note does not end in a newline.');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > logLimits.noteSignaturesMax) {
    const limit = `noteSignaturesMax (${logLimits.noteSignaturesMax})`;
    throw malformed(`${lines.length} signatures are above ${limit}.`);
  }
  return lines.map(parseSignatureLine);
}

/** Refused before anything is decoded. */
function checkLength(bytes: Uint8Array): void {
  if (bytes.length > logLimits.noteBytesMax) {
    const limit = `noteBytesMax (${logLimits.noteBytesMax})`;
    throw malformed(`A note of ${bytes.length} bytes is above ${limit}.`);
  }
}

/** @throws log/note-malformed */
export function parseNote(bytes: Uint8Array): SignedNote {
  checkLength(bytes);
  const whole = decodeText(bytes);
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw malformed('The note has no empty line before its signatures.');
  return {
    text: whole.slice(0, split + 1),
    signatures: parseSignatureLines(whole.slice(split + 2)),
  };
}

/**
 * Checked by reading it back, so that nothing is written that a strict reader refuses.
 * @throws log/note-malformed
 */
export function formatNote({ text, signatures }: SignedNote): Bytes {
  if (!text.endsWith('\n')) throw malformed('The text of a note ends in a newline.');
  const bytes = utf8(`${text}\n${signatures.map(formatSignatureLine).join('')}`);
  if (parseNote(bytes).text !== text) throw malformed('The text of the note is not valid Unicode.');
  return bytes;
}
