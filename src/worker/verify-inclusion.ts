// Whether a receipt is in the log that everybody sees: its proof must lead to a checkpoint that is
// signed by the log and continues the one that this browser remembers.
import { parseCheckpoint } from '#protocol/checkpoint.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import { openEntry, sealedEntry } from '#protocol/log-entry.ts';
import { leafHash } from '#protocol/merkle.ts';
import { verifyInclusion as verifyProof } from '#protocol/merkle-verify.ts';
import { parseNote } from '#protocol/signed-note.ts';
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import { type Look, lookAtLog } from './look-at-log.ts';
import { readShownReceipt, type ShownReceipt } from './receipt-answer.ts';
import type { Subject } from './verify-story.ts';

interface InclusionParts {
  environment: Environment;
  coordinator: Coordinator;
  signal: AbortSignal;
}

type Place = ShownReceipt['log'] & { state: 'logged' };

/** @throws coordinator/... where the log cannot be reached */
export async function verifyInclusion(
  parts: InclusionParts,
  { told, shown }: Subject,
): Promise<Finding> {
  const first = await judge(parts, shown, shown.log);
  if (first.code !== 'inclusion/older') return first;
  // The run may have seen a newer checkpoint since the receipt was fetched: another proof, for that.
  const { receipt, lease } = told;
  const again = readShownReceipt(await parts.coordinator.receipt({ receipt, lease }, parts.signal));
  return judge(parts, shown, again.log);
}

async function judge(
  parts: InclusionParts,
  { payload, salt }: ShownReceipt,
  log: ShownReceipt['log'],
): Promise<Finding> {
  if (log.state === 'waiting') return unchecked('inclusion/waiting', {});
  if (log.state === 'unlogged') return unchecked('inclusion/unlogged', {});
  let look: Look;
  try {
    look = await lookAt(parts, log);
  } catch (thrown) {
    const { code, shortMessage: message } = toIdlewildError(thrown);
    // Tiles that are missing or torn may be a cache's fault.
    if (!code.startsWith('log/') || code.startsWith('log/tile-')) throw thrown;
    return fails('inclusion/log', { code, message });
  }
  if (look !== 'believed') return unchecked(`inclusion/${look}`, {});
  const { index, proof } = log;
  const { size, root } = parseCheckpoint(parseNote(log.checkpoint).text);
  const entry = salt ? sealedEntry(payload, salt) : openEntry(payload);
  if (!verifyProof({ hash: leafHash(entry), index, size, proof, root })) {
    return fails('inclusion/not-included', { index, size });
  }
  return holds(salt ? 'inclusion/holds-sealed' : 'inclusion/holds', { index, size });
}

/** As the run's own looks, but at the very checkpoint that the proof leads to. */
function lookAt({ environment, coordinator, signal }: InclusionParts, place: Place): Promise<Look> {
  const { origin, store } = environment;
  const read = async (path: string) => {
    if (path === '/v1/log/checkpoint') return place.checkpoint;
    return coordinator.read(path, signal).catch((thrown: unknown) => {
      if (toIdlewildError(thrown).code === 'coordinator/http-404') return null;
      throw thrown;
    });
  };
  return lookAtLog({ origin, store, read });
}
