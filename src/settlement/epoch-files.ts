// An epoch's files on disk: proofs by prefix of the address, and a manifest that names each by its
// sha256. They are written into a folder of another name, synced, and named last: a folder of an
// epoch's name is whole. It is trusted only when it was read back against the manifest's digest.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import { checkBooks, type EpochBooks, type Hex, sumBooks } from './epoch-books.ts';
import type { EpochTree } from './epoch-tree.ts';
import { makeProofFiles, type ProofFile, type TreeName } from './proof-file.ts';

/** As the contract's `post` takes it. */
export interface Epoch {
  creditsRoot: Hex;
  creditsTotal: bigint;
  debitsRoot: Hex;
  debitsTotal: bigint;
  logRoot: Hex;
  logSize: bigint;
}

interface Manifest {
  format: 'idlewild-epoch/1';
  number: number;
  /** Amounts are decimal. */
  epoch: Record<keyof Epoch, string>;
  /** Accounts whose credit is as it was in the epoch before: they were spending it. */
  withheld: readonly Hex[];
  files: { name: string; bytes: number; sha256: string }[];
}

export interface WrittenEpoch {
  epoch: Epoch;
  /** sha256 of the manifest. */
  digest: string;
}

const manifestName = 'epoch.json';

export function folderOfEpoch(folder: string, number: number): string {
  return path.join(folder, String(number));
}

export interface EpochToWrite {
  /** Of all epochs. */
  folder: string;
  number: number;
  books: EpochBooks;
  trees: Record<TreeName, EpochTree>;
  checkpoint: { size: number; root: Hex };
  withheld: readonly Hex[];
}

/** Replaces what an earlier attempt left under the epoch's name. */
export async function writeEpochFiles(options: EpochToWrite): Promise<WrittenEpoch> {
  const { folder, number, books, trees, checkpoint, withheld } = options;
  const draft = path.join(folder, `${number}.${randomUUID()}.draft`);
  for (const name of ['credits', 'debits'])
    await mkdir(path.join(draft, name), { recursive: true });
  const files: Manifest['files'] = [];
  for (const { name, file } of makeProofFiles({ epoch: number, books, trees })) {
    const bytes = utf8(JSON.stringify(file));
    await writeSynced(path.join(draft, name), bytes);
    files.push({ name, bytes: bytes.length, sha256: toHex(sha256(bytes)) });
  }
  const { creditsTotal, debitsTotal } = sumBooks(books);
  const epoch: Epoch = {
    creditsRoot: trees.credits.root,
    creditsTotal,
    debitsRoot: trees.debits.root,
    debitsTotal,
    logRoot: checkpoint.root,
    logSize: BigInt(checkpoint.size),
  };
  const format = 'idlewild-epoch/1';
  const manifest: Manifest = { format, number, epoch: toText(epoch), withheld, files };
  const bytes = utf8(JSON.stringify(manifest));
  await writeSynced(path.join(draft, manifestName), bytes);
  for (const name of ['credits', 'debits', '.']) await syncFolder(path.join(draft, name));
  const home = folderOfEpoch(folder, number);
  await rm(home, { recursive: true, force: true });
  await rename(draft, home);
  await syncFolder(folder);
  return { epoch, digest: toHex(sha256(bytes)) };
}

export interface ReadEpoch {
  epoch: Epoch;
  books: EpochBooks;
  withheld: readonly Hex[];
}

/**
 * Reads an epoch's books back, every file against its digest.
 * @param digest that writeEpochFiles gave
 * @throws settlement/files-lost where one is missing or not what was written
 */
export async function readEpochFiles(
  folder: string,
  number: number,
  digest: string,
): Promise<ReadEpoch> {
  const home = folderOfEpoch(folder, number);
  const { epoch, files, withheld } = await readManifest(home, digest);
  const leaves: Record<TreeName, string[][]> = { credits: [], debits: [] };
  for (const file of files) {
    const { tree, values } = JSON.parse(await readChecked(home, file)) as ProofFile;
    for (const { value } of values) leaves[tree].push(value);
  }
  const books: EpochBooks = {
    credits: leaves.credits.map(([account, cumulative]) => ({
      account: account as Hex,
      cumulative: BigInt(cumulative),
    })),
    debits: leaves.debits.map(([requester, order, cumulative]) => ({
      requester: requester as Hex,
      order: order as Hex,
      cumulative: BigInt(cumulative),
    })),
  };
  checkBooks(books);
  return { epoch, books, withheld };
}

/** The same without their leaves: whether what was written is there still. */
export async function checkEpochFiles(
  folder: string,
  number: number,
  digest: string,
): Promise<Epoch> {
  const home = folderOfEpoch(folder, number);
  const { epoch, files } = await readManifest(home, digest);
  for (const file of files) await readChecked(home, file);
  return epoch;
}

async function readManifest(home: string, digest: string) {
  const bytes = await readFile(path.join(home, manifestName)).catch((cause) => {
    throw lost(`${manifestName} cannot be read.`, cause);
  });
  if (toHex(sha256(bytes)) !== digest) throw lost(`${manifestName} is not what was written.`);
  const { epoch, files, withheld } = JSON.parse(bytes.toString('utf8')) as Manifest;
  return { epoch: fromText(epoch), files, withheld };
}

async function readChecked(
  home: string,
  { name, sha256: digest }: Manifest['files'][number],
): Promise<string> {
  const bytes = await readFile(path.join(home, name)).catch((cause) => {
    throw lost(`${name} cannot be read.`, cause);
  });
  if (toHex(sha256(bytes)) !== digest) throw lost(`${name} is not what was written.`);
  return bytes.toString('utf8');
}

function toText(epoch: Epoch): Manifest['epoch'] {
  const entries = Object.entries(epoch).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(entries) as Manifest['epoch'];
}

function fromText(text: Manifest['epoch']): Epoch {
  return {
    creditsRoot: text.creditsRoot as Hex,
    creditsTotal: BigInt(text.creditsTotal),
    debitsRoot: text.debitsRoot as Hex,
    debitsTotal: BigInt(text.debitsTotal),
    logRoot: text.logRoot as Hex,
    logSize: BigInt(text.logSize),
  };
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function lost(what: string, cause?: unknown): IdlewildError {
  return new IdlewildError('settlement/files-lost', `An epoch's files are damaged. ${what}`, {
    metaMessages: ['They are built again from the same books, to the same root.'],
    cause,
  });
}
