// The two checks of a receipt that a bounded unit answers otherwise: its cost is counted from its
// tensors' shapes, and there are no bytes to compute again. Fetched with the first such receipt.
import { isBounded, parseAnyManifest } from '#model/any-manifest.ts';
import { boundedCost, shapesOf } from '#model/bounded-cost.ts';
import { decodeBoundedInput } from '#protocol/bounded-unit.ts';
import { toHex } from '#protocol/bytes.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import type { ReceiptUnit } from './receipt-unit.ts';
import type { Subject } from './verify-story.ts';

/** @throws coordinator/..., manifest/..., unit/malformed */
export async function verifyBoundedCost(
  { statement: { cost, credit } }: Subject,
  unit: ReceiptUnit,
): Promise<Finding> {
  const fetched = await unit.inputBytes();
  const manifest = parseAnyManifest(await unit.manifestBytes());
  if (fetched.state !== 'whole' || !isBounded(manifest)) {
    return unchecked('credit/no-input', { cost, credit });
  }
  const { requests } = decodeBoundedInput(fetched.bytes as Uint8Array<ArrayBuffer>);
  const computed = requests.reduce((sum, one) => sum + boundedCost(manifest, shapesOf(one)), 0);
  if (computed !== cost) return fails('credit/other-cost', { stated: cost, computed });
  return holds('credit/holds', { cost, credit });
}

/**
 * An exact model's bytes must not hide behind the other word.
 * @throws coordinator/..., manifest/...
 */
export async function verifyBoundedClass(
  { statement }: Subject,
  unit: ReceiptUnit,
): Promise<Finding> {
  if (isBounded(parseAnyManifest(await unit.manifestBytes()))) {
    return unchecked('recompute/bounded', {});
  }
  return fails('recompute/other-class', { model: toHex(statement.model) });
}
