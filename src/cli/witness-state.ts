// What a witness must not forget: its key, and for each log the key that it began with and the
// checkpoint cosigned last. On disk before an answer is sent; else a crash could make it cosign two
// histories.
import { createPrivateKey } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { makeNoteSigner, type NoteSigner } from '#ledger/log-signer.ts';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { noteTypes } from '#protocol/signed-note-key.ts';
import { sha256 } from '#sha256';

export interface KeptLog {
  origin: string;
  /** Verifier key that the log began with, as it was when this witness first saw it. */
  key: string;
  /** The checkpoint cosigned last, a signed note; null for none. */
  checkpoint: string | null;
}

export interface WitnessState {
  signer: NoteSigner;
  read(origin: string): Promise<KeptLog | null>;
  write(log: KeptLog): Promise<void>;
  /** Notes that contradict what was cosigned. @returns the file */
  keepEvidence(origin: string, note: Uint8Array): Promise<string>;
}

async function writeDurably(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(
    draft,
    constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
    0o600,
  );
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  const folder = await open(path.dirname(file), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function readText(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw thrown;
  });
}

/** @param name the witness's own, such as witness.example/idlewild */
export async function openWitnessState(folder: string, name: string): Promise<WitnessState> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const keyFile = path.join(folder, 'witness-key.pem');
  const known = await readText(keyFile);
  const pem = known ?? makeReceiptKey();
  if (known === null) await writeDurably(keyFile, pem);
  const fileOf = (origin: string) => path.join(folder, `log-${toHex(sha256(utf8(origin)))}`);
  return {
    signer: makeNoteSigner(name, noteTypes.cosignature, createPrivateKey(pem)),
    async read(origin) {
      const text = await readText(`${fileOf(origin)}.json`);
      return text === null ? null : (JSON.parse(text) as KeptLog);
    },
    write: (log) => writeDurably(`${fileOf(log.origin)}.json`, JSON.stringify(log)),
    async keepEvidence(origin, note) {
      const file = `${fileOf(origin)}.${toHex(sha256(note)).slice(0, 16)}.evidence`;
      await writeDurably(file, note);
      return file;
    },
  };
}
