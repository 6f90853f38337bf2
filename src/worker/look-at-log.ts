// One look at the coordinator's log: its checkpoint must be signed by the key that this browser knows
// and continue the one that it saw last. What it saw is kept in the store, from visit to visit.
import type { Store } from '#cache/store.ts';
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { type Followed, followLog } from '#protocol/log-follow.ts';
import { keysAt, openKeyChain } from '#protocol/log-rotation.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { fromBase64 } from '#protocol/signed-note-base64.ts';
import { parseVerifierKey } from '#protocol/signed-note-key.ts';
import { verifyByWebCrypto } from '#protocol/signed-note-webcrypto.ts';
import { openTileTree } from '#protocol/tile-reader.ts';

const storeKey = 'log';
/** The two signed notes that do not go together, for whoever wants to show them. */
const evidenceKey = 'log-evidence';

interface Remembered {
  /** Verifier key that the log began with. */
  key: string;
  /** The checkpoint believed last, a signed note. */
  checkpoint: Uint8Array;
}

/** `unseen`: nothing was shown to judge by. `unsupported`: this browser has no Ed25519. */
export type Look = 'believed' | 'unseen' | 'older' | 'unsupported';

export interface LookOptions {
  origin: string;
  store: Store;
  /** Bytes of a path of the coordinator; null where it answers that there are none. */
  read(path: string): Promise<Uint8Array | null>;
}

/**
 * @throws log/other-log, log/forked, log/bad-keys, and a refusal of the checkpoint: with any of
 * them this coordinator is not to be worked for; what `read` throws says nothing of it
 */
export async function lookAtLog({ origin, store, read }: LookOptions): Promise<Look> {
  const kept = (await store.get(storeKey)) as Partial<Remembered> | undefined;
  const remembered = kept?.key && kept.checkpoint ? (kept as Remembered) : null;
  const keys = readKeys(await read('/v1/log/keys'));
  const latest = await read('/v1/log/checkpoint');
  if (!keys || !latest) return 'unseen';
  if (remembered && remembered.key !== keys.first) throw stop('other-log', otherLog(origin));
  const key = parseVerifierKey(keys.first);
  const chain = await openKeyChain({ origin: key.name, key }, keys.rotations, verifyByWebCrypto);
  if (chain.state === 'refused') {
    if (chain.code === 'log/unsupported') return 'unsupported';
    throw stop('bad-keys', `The keys of its log do not hold: ${chain.message}`);
  }
  const reader = { read: (path: string) => read(`/v1/log/${path}`) };
  const followed = await followLog({
    remembered: remembered?.checkpoint ?? null,
    latest,
    trust: { origin: key.name, keysAt: (size) => keysAt(chain.chain, size) },
    verify: verifyByWebCrypto,
    // By tiles that were traced to the signed root: a proof that fails is then the log's own fault.
    prove: async (size1, size) => {
      const { root } = parseCheckpoint(parseNote(latest).text);
      return (await openTileTree(reader, { size, root })).consistencyProof(size1);
    },
  });
  if (followed.state === 'refused') return refuse(followed, store);
  const remember: Remembered = { key: keys.first, checkpoint: followed.remember };
  await store.set(storeKey, remember);
  return 'believed';
}

async function refuse(followed: Followed & { state: 'refused' }, store: Store): Promise<Look> {
  const { code, message, evidence } = followed;
  if (code === 'log/unsupported') return 'unsupported';
  if (code === 'log/older') return 'older';
  if (evidence) await store.set(evidenceKey, evidence);
  if (code === 'log/unproven') throw stop('forked', forked);
  throw stop(code.replace('log/', ''), message);
}

function readKeys(bytes: Uint8Array | null): { first: string; rotations: Uint8Array[] } | null {
  if (!bytes) return null;
  try {
    const { first, rotations } = JSON.parse(new TextDecoder().decode(bytes)) as Record<
      string,
      unknown
    >;
    if (typeof first !== 'string' || !Array.isArray(rotations)) return null;
    const notes = rotations.map((note) => fromBase64(String(note)));
    return notes.includes(null) ? null : { first, rotations: notes as Uint8Array[] };
  } catch {
    return null;
  }
}

const forked =
  'The log of its receipts does not continue the one that this browser saw before: it has forked.';

const otherLog = (origin: string) =>
  `${origin} shows another log of its receipts than it did at your last visit.`;

function stop(what: string, why: string): IdlewildError {
  return new IdlewildError(`log/${what}`, `Stopped: ${why}`, {
    metaMessages: [
      'It may be hiding or changing what it credited to you or to others. Ask whoever runs it.',
      "If it was set up anew, and you believe that, clear this site's data in your browser.",
    ],
  });
}
