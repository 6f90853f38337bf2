// How a reader follows a log: it keeps the last checkpoint that it believed and believes the next
// one only if that continues it. The contributor's page does so, a witness does, an auditor does.
import { sha256 } from '#sha256';
import { equalBytes } from './bytes.ts';
import {
  type Checkpoint,
  type CheckpointRefusal,
  type LogTrust,
  openCheckpoint,
  parseCheckpoint,
  type TreeHead,
} from './checkpoint.ts';
import { assert } from './errors.ts';
import { verifyConsistency } from './merkle-verify.ts';
import { parseNote } from './signed-note.ts';
import type { NoteSigned, VerifyEd25519 } from './signed-note-verify.ts';

/**
 * `forked`: two roots of one size, which no honest log signs. `unproven`: the proof does not hold,
 * whether by a wrong proof or a wrong log. `older`: nothing to learn from it.
 */
export type HeadRelation = 'same' | 'grown' | 'older' | 'forked' | 'unproven';

/** A tree without leaves has one root only. */
export function isPossibleHead({ size, root }: TreeHead): boolean {
  return size > 0 || equalBytes(root, sha256());
}

export function compareHeads(
  previous: TreeHead,
  next: TreeHead,
  proof: readonly Uint8Array[],
): HeadRelation {
  if (!isPossibleHead(next)) return 'forked';
  if (next.size < previous.size) return 'older';
  if (next.size === previous.size) {
    return equalBytes(previous.root, next.root) ? 'same' : 'forked';
  }
  const claim = { size1: previous.size, root1: previous.root };
  const consistent = verifyConsistency({ ...claim, size2: next.size, root2: next.root, proof });
  return consistent ? 'grown' : 'unproven';
}

export interface FollowOptions {
  /** The checkpoint believed last, as bytes of a signed note; null at the first visit. */
  remembered: Uint8Array | null;
  /** What the log serves now. */
  latest: Uint8Array;
  trust: LogTrust;
  verify: VerifyEd25519;
  /** Such as TileTree.consistencyProof, or a fetch of the coordinator's. */
  prove(size1: number, size2: number): Promise<readonly Uint8Array[]>;
}

export type Followed =
  | {
      state: 'trusted';
      checkpoint: Checkpoint;
      cosignedBy: NoteSigned[];
      /** The latest, to be kept for the next visit. */
      remember: Uint8Array;
    }
  | {
      state: 'refused';
      code: CheckpointRefusal | 'log/older' | 'log/forked' | 'log/unproven';
      message: string;
      /** The two signed notes that do not go together, to be kept and shown. */
      evidence: [Uint8Array, Uint8Array] | null;
    };

const messages = {
  older: 'The log shows a smaller tree than it did before.',
  forked: 'The log signed two different trees of one size: it has forked.',
  unproven: 'The log cannot show that its tree continues the one seen before.',
};

/** @throws what `prove` throws, such as log/tile-missing or log/tile-mismatch */
export async function followLog(options: FollowOptions): Promise<Followed> {
  const { remembered, latest, trust, verify, prove } = options;
  const opened = await openCheckpoint(latest, trust, verify);
  if (opened.state === 'refused') return { ...opened, evidence: null };
  const { checkpoint, cosignedBy } = opened;
  // Its own memory needs no second check of the signature: the key may have been rotated since.
  const previous = remembered && parseCheckpoint(parseNote(remembered).text);
  assert(!previous || previous.origin === trust.origin, 'each log has a memory of its own');
  let relation: HeadRelation = isPossibleHead(checkpoint) ? 'grown' : 'forked';
  if (previous) {
    const growing = previous.size > 0 && previous.size < checkpoint.size;
    const proof = growing ? await prove(previous.size, checkpoint.size) : [];
    relation = compareHeads(previous, checkpoint, proof);
  }
  if (relation === 'same' || relation === 'grown') {
    return { state: 'trusted', checkpoint, cosignedBy, remember: latest };
  }
  // A stale mirror serves an older tree in all honesty.
  const evidence: [Uint8Array, Uint8Array] | null =
    remembered && relation !== 'older' ? [remembered, latest] : null;
  return { state: 'refused', code: `log/${relation}`, message: messages[relation], evidence };
}
