// Audit units are made here: rows drawn from finished units, gathered by the store for an auditor
// who is there, become a unit like any other.

import { rowCost } from '#model/cost.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import { encodeUnitInput, unitDigest } from '#protocol/unit.ts';
import type { GatheredRow, NewAudit } from '#store/compose-operations.ts';
import { idsOf } from '#store/partner-operations.ts';
import type { Context } from './context.ts';
import type { Step } from './loops.ts';
import { findExact } from './model-store.ts';
import { readRows } from './read-units.ts';

/** @returns whether anything was made, or put aside; many rows are best gathered at once */
export async function composeAudits(context: Context): Promise<Step> {
  const { database, waits, laboratory, losses } = context;
  const verdicts = context.verdicts();
  const except = idsOf(losses.waiting(), 'row');
  const gathered = await database.run('gatherAudits', { ...verdicts, waits, laboratory, except });
  if (gathered.length === 0) return false;
  const made = await Promise.all(
    gathered.map(({ model, rows }) => makeAudit(context, model, rows)),
  );
  const audits = made.filter((audit) => audit !== null);
  const added = await database.run('addAudits', { audits, now: verdicts.now });
  return added > 0 || audits.length < made.length ? 'rest' : false;
}

/** @returns null where a row cannot be read: the others are gathered again without it */
async function makeAudit(
  context: Context,
  model: Uint8Array,
  rows: readonly GatheredRow[],
): Promise<NewAudit | null> {
  const { blobs, models } = context;
  const served = findExact(models, model);
  const read = await readRows(context, rows);
  if (read.length < rows.length) return null;
  const tokens = read.map(({ tokens }) => tokens);
  const input = encodeUnitInput({ model: served.digest, rows: tokens });
  const costs = tokens.map((row) => rowCost(served.manifest.config, row.length));
  return {
    model,
    digest: unitDigest(input),
    inputBlob: await blobs.pack(input),
    cost: costs.reduce((sum, cost) => sum + cost, 0),
    expected: merkleRoot(read.map(({ digest }) => digest)),
    rows: read.map(({ id, digest }, place) => ({ id, digest, cost: costs[place] })),
  };
}
