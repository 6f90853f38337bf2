// Whether a receipt credits what its unit is worth: the cost counted anew from the input's rows, the
// credit by the ledger's own rule.
import { rowCost } from '#model/cost.ts';
import { creditDue } from '#protocol/receipt-story.ts';
import { BOUNDED } from '#protocol/wire.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import type { ReceiptUnit } from './receipt-unit.ts';
import type { Subject } from './verify-story.ts';

/** @throws coordinator/..., manifest/..., unit/malformed */
export async function verifyCredit(subject: Subject, unit: ReceiptUnit): Promise<Finding> {
  const { statement, told } = subject;
  const { cost, credit } = statement;
  const computed = creditDue(statement);
  if (credit !== computed) return fails('credit/other-credit', { stated: credit, computed });
  if (told.state === 'accepted' && told.credit !== credit) {
    return fails('credit/other-than-told', { stated: credit, told: told.credit });
  }
  if (statement.arithmetic === BOUNDED) {
    const { verifyBoundedCost } = await import('./verify-bounded.ts');
    return verifyBoundedCost(subject, unit);
  }
  const fetched = await unit.input();
  if (fetched.state !== 'whole') return unchecked('credit/no-input', { cost, credit });
  const { config } = await unit.manifest();
  const counted = fetched.input.rows.reduce((sum, row) => sum + rowCost(config, row.length), 0);
  if (counted !== cost) return fails('credit/other-cost', { stated: cost, computed: counted });
  return holds('credit/holds', { cost, credit });
}
