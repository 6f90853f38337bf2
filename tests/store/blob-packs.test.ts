// Payloads packed many to a file: what was put is read back whole, and what was spoilt is told.
import { mkdtemp, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRandom } from '#model/synthetic.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { packMsMax } from '#store/blob-packs.ts';
import { type BlobStore, openBlobStore } from '#store/blob-store.ts';
import { fileOf } from '#store/payload-files.ts';

let folder: string;
let blobs: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'idlewild-packs-'));
  blobs = await openBlobStore(folder);
});
afterEach(async () => {
  await blobs.close();
  await rm(folder, { recursive: true });
});

const packsOf = () => readdir(path.join(folder, 'packs'));
const random = makeRandom(7);
const payload = (length: number) => Uint8Array.from({ length }, () => random(256));

async function readStream(blob: string, range?: { start: number; end: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blobs.stream(blob, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('payloads of all lengths come back, from one file', async () => {
  const payloads = [0, 1, 4096, 70_000, 3].map(payload);
  const names = await Promise.all(payloads.map((bytes) => blobs.pack(bytes)));
  names.push(await blobs.pack(payloads[1]));
  expect(new Set(names).size).toBe(6);
  for (const [i, bytes] of [...payloads, payloads[1]].entries()) {
    expect(Buffer.from(await blobs.read(names[i]))).toEqual(Buffer.from(bytes));
  }
  expect(await packsOf()).toHaveLength(1);
  expect(await readStream(names[3])).toEqual(Buffer.from(payloads[3]));
  const part = await readStream(names[3], { start: 10, end: 19 });
  expect(part).toEqual(Buffer.from(payloads[3].subarray(10, 20)));
});

test('what is put together has a file of its own, which goes whole', async () => {
  const shared = await blobs.pack(payload(10));
  const names = await blobs.packTogether(Array.from({ length: 2_500 }, (_, i) => payload(i % 7)));
  expect(new Set(names.map(fileOf)).size).toBe(1);
  for (const [i, name] of names.entries()) expect(await blobs.read(name)).toHaveLength(i % 7);
  await blobs.remove([fileOf(names[0]), fileOf(names[0])]);
  await expect(blobs.read(names[9])).rejects.toMatchObject({ code: 'blob/damaged' });
  expect(await blobs.read(shared)).toHaveLength(10);
  await expect(blobs.read('deleted')).rejects.toMatchObject({ code: 'blob/deleted' });
});

test('a pack that another coordinator removed is let go of', async () => {
  const name = await blobs.pack(payload(10));
  const other = await openBlobStore(folder);
  expect(await other.read(name)).toHaveLength(10);
  // The one that is written to is not among those that may be orphans; to others it is young.
  expect(await blobs.listFiles()).toEqual([]);
  expect(await other.listFiles()).toEqual([fileOf(name)]);
  expect((await other.look(fileOf(name)))?.ageMs).toBeLessThan(packMsMax);
  await blobs.remove([fileOf(name)]);
  await other.rest();
  await expect(other.read(name)).rejects.toMatchObject({ code: 'blob/damaged' });
  await other.close();
});

test('another store on the folder reads them, and writes a file of its own', async () => {
  const name = await blobs.pack(payload(100));
  const other = await openBlobStore(folder);
  const theirs = await other.pack(payload(200));
  expect(await other.read(name)).toHaveLength(100);
  expect(await blobs.read(theirs)).toHaveLength(200);
  expect(await packsOf()).toHaveLength(2);
  await other.close();
});

test('a name says where it lies and what it must be', async () => {
  const name = await blobs.pack(payload(100));
  const [pack, offset, length, digest] = name.split('-');
  const file = path.join(folder, 'packs', pack);
  expect((await stat(file)).size).toBe(100);
  const lies = [
    [pack, '1', length, digest],
    [pack, offset, '99', digest],
    [pack, offset, length, digest.replace(/./, (first) => (first === '0' ? '1' : '0'))],
    ['0123456789abcdef', offset, length, digest],
    [pack, '1000', length, digest],
  ];
  for (const lie of lies) {
    await expect(blobs.read(lie.join('-'))).rejects.toMatchObject({ code: 'blob/damaged' });
  }
  // A name that climbs out of the folder is none.
  await expect(blobs.read(`../../${name}`)).rejects.toThrow();
});

test('a spoilt or torn pack fails its own payloads alone', async () => {
  const names = [await blobs.pack(payload(50)), await blobs.pack(payload(50))];
  const file = path.join(folder, 'packs', names[0].split('-')[0]);
  const handle = await open(file, 'r+');
  await handle.write(new Uint8Array([1, 2, 3]), 0, 3, 10);
  await handle.close();
  await expect(blobs.read(names[0])).rejects.toMatchObject({ code: 'blob/damaged' });
  expect(await blobs.read(names[1])).toHaveLength(50);
  await truncate(file, 70);
  await expect(blobs.read(names[1])).rejects.toMatchObject({ code: 'blob/damaged' });
});

test('those read ahead are the same, over the edges of what is kept and past what has grown', async () => {
  const payloads = Array.from({ length: 40 }, (_, i) => payload(10_000 + i));
  const names = await Promise.all(payloads.map((bytes) => blobs.pack(bytes)));
  const readAll = async () => {
    for (const [i, name] of names.entries()) {
      expect(equalBytes(await blobs.readAhead(name), payloads[i])).toBe(true);
    }
  };
  await readAll();
  payloads.push(payload(300_000), payload(20), payload(30));
  for (const bytes of payloads.slice(40)) names.push(await blobs.pack(bytes));
  await readAll();
  const alone = await blobs.putStream([payload(10)] as never, 10);
  expect(await blobs.readAhead(alone.blob)).toHaveLength(10);
});

test('what is kept is never given for what it is not, nor a spoilt pack for a right one', async () => {
  const names = [await blobs.pack(payload(50)), await blobs.pack(payload(50))];
  expect(await blobs.readAhead(names[0])).toHaveLength(50);
  const [pack, offset, length] = names[1].split('-');
  const lie = [pack, offset, length, names[0].split('-')[3]].join('-');
  await expect(blobs.readAhead(lie)).rejects.toMatchObject({ code: 'blob/damaged' });
  const beyond = [pack, '1000', length, names[0].split('-')[3]].join('-');
  await expect(blobs.readAhead(beyond)).rejects.toMatchObject({ code: 'blob/damaged' });
  const other = await openBlobStore(folder);
  await truncate(path.join(folder, 'packs', pack), 70);
  await expect(other.readAhead(names[1])).rejects.toMatchObject({ code: 'blob/damaged' });
  expect(await other.readAhead(names[0])).toHaveLength(50);
  await other.close();
});

test('what is half-written stays while it may be another coordinator’s', async () => {
  const temporary = path.join(folder, 'temporary');
  const young = await open(path.join(temporary, 'young'), 'w');
  const old = await open(path.join(temporary, 'old'), 'w');
  await old.utimes(0, 0);
  await young.close();
  await old.close();
  await (await openBlobStore(folder)).close();
  expect(await readdir(temporary)).toEqual(['young']);
});
