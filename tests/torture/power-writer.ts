// A process that keeps things as the coordinator does, says of each when it is kept, and never ends
// by itself: a test cuts its power.
import path from 'node:path';
import { openKeyFile } from '#coordinator/key-file.ts';
import { openBlobStore } from '#store/blob-store.ts';
import { openDatabase } from '#store/database.ts';
import { makeFolder } from '#store/make-folder.ts';

const [dataFolder, round] = process.argv.slice(2);

/** What is kept, on a line of its own: by then it must be on disk. */
function say(kept: Record<string, string>): void {
  process.stdout.write(`${JSON.stringify(kept)}\n`);
}

await makeFolder(dataFolder);
const pem = await openKeyFile(dataFolder, 'receipt-key.pem');
say({ key: pem });
const database = await openDatabase(dataFolder);
const blobs = await openBlobStore(path.join(dataFolder, 'blobs'));
for (let i = 0; ; i++) {
  const bytes = new TextEncoder().encode(`round ${round}, payload ${i}`.repeat(1 + (i % 500)));
  say({ blob: (await blobs.putStream([bytes] as never, bytes.length)).blob });
  for (const blob of await blobs.packTogether([bytes, bytes.slice(1)])) say({ blob });
  const packed = await Promise.all([blobs.pack(bytes), blobs.pack(bytes.slice(1))]);
  for (const blob of packed) say({ blob });
  const id = `${round}-${i}`;
  const keyHash = new Uint8Array(32);
  new DataView(keyHash.buffer).setUint32(0, Number(round));
  new DataView(keyHash.buffer).setUint32(4, i);
  await database.run('addProject', { id, name: id, words: '', keyHash, now: 1 });
  say({ project: Buffer.from(keyHash).toString('hex'), id });
}
