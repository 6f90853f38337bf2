// The checkpoint of an audit: signed by the log's key, the root of the tiles that are served, and, if
// an older one was remembered, a continuation of that.
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { AuditFault } from '#ledger/audit-fault.ts';
import { verifyByNode } from '#ledger/log-signer.ts';
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { followLog } from '#protocol/log-follow.ts';
import { parseNote } from '#protocol/signed-note.ts';
import { openTileTree, type TileTree } from '#protocol/tile-reader.ts';
import type { AuditedCoordinator } from './audit-source.ts';

export type FollowedAudit =
  | {
      state: 'trusted';
      tree: TileTree;
      /** Writes the checkpoint down, for the next audit. */
      keep(): Promise<void>;
    }
  | { state: 'refused'; faults: AuditFault[] };

const refuse = (code: string, message: string): FollowedAudit => ({
  state: 'refused',
  faults: [{ code, leaf: null, message }],
});

/**
 * @param file where the last checkpoint is remembered, if anywhere; one that contradicts it is kept
 * beside it, with `.forked` added: the two together are the evidence
 */
export async function followAudited(
  { readCheckpoint, source, trust }: AuditedCoordinator,
  file: string | undefined,
): Promise<FollowedAudit> {
  const remembered = file === undefined ? null : await readFile(file).catch(() => null);
  const latest = await readCheckpoint();
  try {
    const followed = await followLog({
      remembered: remembered && new Uint8Array(remembered),
      latest,
      trust,
      verify: verifyByNode,
      // By tiles that were traced to the signed root: a proof that fails is the log's own fault.
      prove: async (size1, size) => {
        const { root } = parseCheckpoint(parseNote(latest).text);
        return (await openTileTree(source, { size, root })).consistencyProof(size1);
      },
    });
    if (followed.state === 'refused') {
      if (followed.evidence && file) await writeFile(`${file}.forked`, latest);
      if (followed.code === 'log/unproven') return refuse('log/forked', forked);
      return refuse(followed.code, followed.message);
    }
    const tree = await openTileTree(source, followed.checkpoint);
    return { state: 'trusted', tree, keep: () => keepNote(file, latest) };
  } catch (thrown) {
    const wrong = thrown instanceof IdlewildError && thrown.code.startsWith('log/tile-');
    if (!wrong) throw thrown;
    return refuse(thrown.code, `The tree cannot be read as it was signed: ${thrown.shortMessage}`);
  }
}

const forked =
  'The log has forked: the tree that it shows is not a continuation of the one that it signed before.';

async function keepNote(file: string | undefined, note: Uint8Array): Promise<void> {
  if (file === undefined) return;
  await writeFile(`${file}.new`, note);
  await rename(`${file}.new`, file);
}
