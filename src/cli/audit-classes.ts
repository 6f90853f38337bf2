// A receipt that calls itself bounded claims no bytes, and nothing of it is computed again. So its model
// must be a bounded one: else a coordinator could hide wrong bytes behind the word.
import type { AuditFault } from '#ledger/audit-fault.ts';
import { isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import { manifestId } from '#model/manifest.ts';
import { limits } from '#protocol/limits.ts';
import type { AuditedCoordinator } from './audit-source.ts';

/** @param models by hex id, each with a leaf that names it */
export async function checkClasses(
  { read }: AuditedCoordinator,
  models: ReadonlyMap<string, number>,
): Promise<AuditFault[]> {
  const faults: AuditFault[] = [];
  for (const [id, leaf] of models) {
    const bytes = await read(`/v1/manifests/${id}`, limits.manifestBytesMax).catch(() => null);
    if (bytes && manifestId(bytes) === id && isBounded(parseAnyManifest(bytes))) continue;
    const message = `Leaf ${leaf}: its result calls itself bounded, and its model ${id} does not.`;
    faults.push({ code: 'unit/wrong-class', leaf, message });
  }
  return faults;
}
