// The coordinator's keys as files of its data folder, made at the first start and readable by their
// owner alone. A key is on disk, name and all, before anything is signed by it.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { makeReceiptKey } from '#ledger/receipt-key.ts';
import { syncFolder } from '#store/sync-folder.ts';

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readKeyFile(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null;
    throw thrown;
  });
}

/** An Ed25519 key as PKCS #8 PEM. Of several replicas that begin at once, one makes it. */
export async function openKeyFile(dataFolder: string, name: string): Promise<string> {
  const file = path.join(dataFolder, name);
  const known = await readKeyFile(file);
  if (known !== null) {
    // Its name may be another replica's of this very moment.
    await syncFolder(dataFolder);
    return known;
  }
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  await writeSynced(draft, makeReceiptKey());
  // Unlike a rename, a link never takes the place of what another has made meanwhile.
  await link(draft, file).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw thrown;
  });
  await unlink(draft);
  await syncFolder(dataFolder);
  return readFile(file, 'utf8');
}

/** A move that is on disk when it resolves. */
export async function moveKeyFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(path.dirname(to));
}
