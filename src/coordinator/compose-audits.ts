// Audit units are made here: rows drawn from finished units, gathered by the store for an auditor
// who is there, become a unit like any other.

import { rowCost } from '#model/cost.ts';
import { toHex } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { merkleRoot } from '#protocol/merkle.ts';
import { decodeUnitInput, encodeUnitInput, rowDigest, unitDigest } from '#protocol/unit.ts';
import type { GatheredRow } from '#store/compose-operations.ts';
import type { Context } from './context.ts';

/** @returns whether anything was made */
export async function composeAudits(context: Context): Promise<boolean> {
  const { database, waits, laboratory } = context;
  const verdicts = context.verdicts();
  const gathered = await database.run('gatherAudits', { ...verdicts, waits, laboratory });
  if (gathered.length === 0) return false;
  const audits = await Promise.all(
    gathered.map(({ model, rows }) => makeAudit(context, model, rows)),
  );
  return (await database.run('addAudits', { audits, now: verdicts.now })) > 0;
}

async function makeAudit(context: Context, model: Uint8Array, rows: readonly GatheredRow[]) {
  const { blobs, models } = context;
  const served = models.find(toHex(model));
  assert(served, 'a unit is of a model that is served');
  const read = await Promise.all(rows.map((row) => readRow(context, row)));
  const tokens = read.map(({ tokens }) => tokens);
  const input = encodeUnitInput({ model: served.digest, rows: tokens });
  return {
    model,
    digest: unitDigest(input),
    inputBlob: await blobs.pack(input),
    cost: tokens.reduce((sum, row) => sum + rowCost(served.manifest.config, row.length), 0),
    expected: merkleRoot(read.map(({ digest }) => digest)),
    rows: read.map(({ digest }, place) => ({ id: rows[place].id, digest })),
  };
}

/** A row of a finished unit: its input, and the digest of its output. */
export async function readRow({ blobs }: Context, { place, inputBlob, outputBlob }: GatheredRow) {
  const [input, output] = await Promise.all([blobs.read(inputBlob), blobs.read(outputBlob)]);
  const { rows } = decodeUnitInput(input);
  const rowBytes = output.length / rows.length;
  const bytes = output.subarray(place * rowBytes, (place + 1) * rowBytes);
  return { tokens: rows[place], digest: rowDigest(bytes) };
}
