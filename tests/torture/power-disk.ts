// A disk that remembers what was synced, and nothing else. A file's content counts from the moment its
// file was synced, its name from the moment its folder was; what is unlinked goes with its folder's
// next sync. Kept beside the data folder as the process runs, each step whole, so that the process
// may be killed at any of them:
//
//   IMAGE/files/<node>         content of a file at its last sync
//   IMAGE/folders/<node>.json  names in a folder at its last sync, and their nodes
import {
  type BigIntStats,
  copyFileSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { threadId } from 'node:worker_threads';

interface PowerDisk {
  /** What `fsync` of an open file or folder keeps. */
  sync(fd: number): void;
}

interface Entry {
  kind: 'file' | 'folder';
  node: string;
}

const root = 'root';

/** An inode's number is given again once it is free: with its birth it names one file. */
function nodeOf({ ino, birthtimeNs }: BigIntStats): string {
  return `${ino}-${birthtimeNs}`;
}

function list(folder: string): Record<string, Entry> {
  const entries: Record<string, Entry> = {};
  for (const name of readdirSync(folder)) {
    const stats = lstatSync(path.join(folder, name), { bigint: true });
    if (stats.isDirectory()) entries[name] = { kind: 'folder', node: nodeOf(stats) };
    else if (stats.isFile()) entries[name] = { kind: 'file', node: nodeOf(stats) };
  }
  return entries;
}

interface Place {
  folder: string;
  image: string;
}

/** Whatever lies there already is on the disk. Half an image is none: it gets its name at the end. */
function begin({ folder, image: target }: Place): void {
  const image = `${target}.new`;
  rmSync(image, { recursive: true, force: true });
  mkdirSync(path.join(image, 'files'), { recursive: true });
  mkdirSync(path.join(image, 'folders'), { recursive: true });
  mkdirSync(folder, { recursive: true });
  const keep = (at: string, node: string) => {
    const entries = list(at);
    for (const [name, entry] of Object.entries(entries)) {
      const own = path.join(at, name);
      if (entry.kind === 'folder') keep(own, entry.node);
      else copyFileSync(own, path.join(image, 'files', entry.node));
    }
    writeFileSync(path.join(image, 'folders', `${node}.json`), JSON.stringify(entries));
  };
  keep(folder, root);
  renameSync(image, target);
}

/** @param deaf folders below the data folder whose syncs keep nothing */
export function openPowerDisk(place: Place, deaf: readonly string[]): PowerDisk {
  const { folder, image } = place;
  if (!existsSync(image)) begin(place);
  const rootNode = nodeOf(statSync(folder, { bigint: true }));
  let drafts = 0;
  const draft = () => path.join(image, `draft-${threadId}-${drafts++}`);
  return {
    sync(fd) {
      const at = readlinkSync(`/proc/self/fd/${fd}`);
      const within = path.relative(folder, at);
      if (within.startsWith('..')) return;
      if (deaf.some((name) => within === name || within.startsWith(`${name}/`))) return;
      const stats = fstatSync(fd, { bigint: true });
      const node = nodeOf(stats);
      const fresh = draft();
      if (stats.isDirectory()) {
        writeFileSync(fresh, JSON.stringify(list(at)));
        const home = node === rootNode ? root : node;
        renameSync(fresh, path.join(image, 'folders', `${home}.json`));
      } else {
        copyFileSync(`/proc/self/fd/${fd}`, fresh);
        renameSync(fresh, path.join(image, 'files', node));
      }
    },
  };
}

/** What a disk holds after the cut, as a folder. A file that was never synced has a name at most. */
export function restorePowerDisk(image: string, target: string): void {
  const restore = (node: string, at: string) => {
    mkdirSync(at);
    const file = path.join(image, 'folders', `${node}.json`);
    if (!existsSync(file)) return;
    const entries = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Entry>;
    for (const [name, entry] of Object.entries(entries)) {
      const own = path.join(at, name);
      const content = path.join(image, 'files', entry.node);
      if (entry.kind === 'folder') restore(entry.node, own);
      else if (existsSync(content)) copyFileSync(content, own);
      else writeFileSync(own, '');
    }
  };
  restore(root, target);
}
