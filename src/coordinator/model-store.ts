// The models that this coordinator serves: folders DATA/models/<id> of manifest, files and shards,
// each byte checked against its digest when it was registered.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AnyManifest, isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import type { BoundedManifest } from '#model/bounded-manifest.ts';
import { type Manifest, manifestId } from '#model/manifest.ts';
import { openTokenizer, type Tokenizer } from '#model/tokenizer.ts';
import { type Bytes, fromHex, toHex } from '#protocol/bytes.ts';
import { assert, IdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { sha256 } from '#sha256';
import { makeFolder } from '#store/make-folder.ts';
import { syncFolder } from '#store/sync-folder.ts';
import { syncTree } from '#store/sync-tree.ts';

interface Registered {
  /** Hex sha256 of the manifest. */
  id: string;
  digest: Bytes;
  name: string;
  manifestBytes: Bytes;
  folder: string;
}

export interface ExactModel extends Registered {
  kind: 'exact';
  manifest: Manifest;
  tokenizer: Tokenizer;
  /** Longest row, in tokens. */
  tokensMax: number;
}

export interface BoundedModel extends Registered {
  kind: 'bounded';
  manifest: BoundedManifest;
}

export type ServedModel = ExactModel | BoundedModel;

/** What a requester may name. */
export type ModelChoice = Pick<ModelStore, 'list' | 'find'>;

/** @param ids of those that a project may use; none: any */
export function choiceOf(models: ModelStore, ids: readonly string[]): ModelChoice {
  if (ids.length === 0) return models;
  const list = models.list().filter(({ id }) => ids.includes(id));
  return { list: () => list, find: (nameOrId) => findIn(list, nameOrId) };
}

function findIn(models: readonly ServedModel[], nameOrId: string): ServedModel | undefined {
  return models.find(({ id, name }) => id === nameOrId || name === nameOrId);
}

/** The model of a unit. */
export function findExact(models: ModelChoice, digest: Uint8Array): ExactModel {
  const model = models.find(toHex(digest));
  assert(model?.kind === 'exact', 'an exact unit is of an exact model that is served');
  return model;
}

export function findBounded(models: ModelChoice, digest: Uint8Array): BoundedModel {
  const model = models.find(toHex(digest));
  assert(model?.kind === 'bounded', 'a bounded unit is of a bounded model that is served');
  return model;
}

export interface ModelStore {
  list(): ServedModel[];
  /** By name, or by id in hex. */
  find(nameOrId: string): ServedModel | undefined;
  /** The file of a shard of any model. */
  shard(sha256: string): { file: string; bytes: number } | undefined;
}

const shardsFolder = 'shards';
/** Longer than any copy takes. */
const draftMsMax = 60 * 60_000;

async function readChecked(file: string, expected: { sha256: string; bytes: number }) {
  const bytes = new Uint8Array(await readFile(file));
  if (bytes.length !== expected.bytes || toHex(sha256(bytes)) !== expected.sha256) {
    throw new IdlewildError('model/digest-mismatch', `${path.basename(file)} is not as named.`, {
      metaMessages: ['Import the model again.'],
    });
  }
  return bytes;
}

/** Copies a model made by the importer into the data folder, unless it is there. */
async function register(source: string, home: string): Promise<void> {
  const bytes = await readFile(path.join(source, 'manifest.json')).catch((cause) => {
    throw new IdlewildError('model/no-manifest', 'A model folder holds no manifest.json.', {
      cause,
    });
  });
  const manifest = parseAnyManifest(bytes);
  const folder = path.join(home, manifestId(bytes));
  if (await isRegistered(folder)) return;
  // Of its own, though another replica may be at the same: whoever is first gives it the name.
  const fresh = `${folder}.new-${randomBytes(8).toString('hex')}`;
  await mkdir(fresh);
  try {
    await copyModel({ source, fresh, manifest, bytes });
    await rename(fresh, folder);
  } catch (thrown) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await isRegistered(folder))) throw thrown;
  }
  await syncFolder(home);
}

async function isRegistered(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}

/** What a crash has left of a copy; a young one may be another replica's, which is at it. */
async function clearDrafts(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!/^[0-9a-f]{64}\.new/.test(name)) continue;
    const draft = path.join(home, name);
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Date.now() }));
    if (mtimeMs < Date.now() - draftMsMax) await rm(draft, { recursive: true, force: true });
  }
}

interface ModelCopy {
  source: string;
  fresh: string;
  manifest: AnyManifest;
  /** Of the manifest. */
  bytes: Uint8Array;
}

async function copyModel({ source, fresh, manifest, bytes }: ModelCopy): Promise<void> {
  await mkdir(path.join(fresh, shardsFolder));
  for (const shard of blobsOf(manifest)) {
    await writeFile(
      shardFile(fresh, shard.sha256),
      await readChecked(shardFile(source, shard.sha256), shard),
    );
  }
  if (!isBounded(manifest)) {
    const tokenizer = await readChecked(path.join(source, 'tokenizer.json'), manifest.tokenizer);
    await writeFile(path.join(fresh, 'tokenizer.json'), tokenizer);
  }
  await writeFile(path.join(fresh, 'manifest.json'), bytes);
  // Else a power cut could leave a model of empty files, or none at all.
  await syncTree(fresh);
}

/** Shards, and a bounded model's files, which lie among them. */
function blobsOf(manifest: AnyManifest): Manifest['shards'] {
  const { shards } = manifest;
  return isBounded(manifest) ? [...shards, ...Object.values(manifest.files)] : shards;
}

async function load(folder: string): Promise<ServedModel> {
  const manifestBytes = new Uint8Array(await readFile(path.join(folder, 'manifest.json')));
  const manifest = parseAnyManifest(manifestBytes);
  const id = manifestId(manifestBytes);
  if (id !== path.basename(folder)) {
    throw new IdlewildError('model/digest-mismatch', `The manifest in ${id} is not as named.`);
  }
  const registered = { id, digest: fromHex(id), name: manifest.name, manifestBytes, folder };
  if (isBounded(manifest)) return { ...registered, kind: 'bounded', manifest };
  const tokenizer = await readChecked(path.join(folder, 'tokenizer.json'), manifest.tokenizer);
  return {
    ...registered,
    kind: 'exact',
    manifest,
    tokenizer: openTokenizer(tokenizer),
    tokensMax: Math.min(manifest.config.tokensMax, limits.tokensMax),
  };
}

export function shardFile(folder: string, digest: string): string {
  return path.join(folder, shardsFolder, digest);
}

/**
 * @param home DATA/models
 * @param sources folders written by `idlewild model import`, to be copied in
 */
export async function openModelStore(home: string, sources: string[]): Promise<ModelStore> {
  await makeFolder(home, 0o777);
  await clearDrafts(home);
  for (const source of sources) await register(source, home);
  const names = (await readdir(home)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  const models = await Promise.all(names.map((name) => load(path.join(home, name))));
  const shards = new Map<string, { file: string; bytes: number }>();
  for (const { manifest, folder } of models) {
    for (const { sha256: digest, bytes } of blobsOf(manifest)) {
      shards.set(digest, { file: shardFile(folder, digest), bytes });
    }
  }
  return {
    list: () => models,
    find: (nameOrId) => findIn(models, nameOrId),
    shard: (digest) => shards.get(digest),
  };
}
