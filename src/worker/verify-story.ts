// The first check of a receipt, on which all others rest: it is the one that was named, it decodes, and
// it is about this lease and this account.
import { toHex } from '#protocol/bytes.ts';
import { toIdlewildError } from '#protocol/errors.ts';
import type { ReceiptPayload } from '#protocol/receipt.ts';
import { findContradiction } from '#protocol/receipt-story.ts';
import type { ResultPayload } from '#protocol/wire.ts';
import { sha256 } from '#sha256';
import type { Coordinator } from './coordinator.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import { readShownReceipt, readStatement, type ShownReceipt } from './receipt-answer.ts';
import type { Told } from './told-receipts.ts';

/** A receipt that is what it says it is. */
export interface Subject {
  told: Told;
  shown: ShownReceipt;
  statement: ReceiptPayload;
  result: ResultPayload;
}

/** Answers by which a coordinator says that it has no such receipt, or shows it to others only. */
const withheldCodes = [401, 403, 404, 410].map((status) => `coordinator/http-${status}`);
const malformedCodes = ['coordinator/malformed', 'cbor/malformed'];

/** @returns the receipt as well where it holds @throws coordinator/... where it cannot be reached */
export async function verifyStory(
  coordinator: Coordinator,
  told: Told | null,
  { lease, signal }: { lease: string; signal: AbortSignal },
): Promise<{ finding: Finding; subject: Subject | null }> {
  const found = (finding: Finding, subject: Subject | null = null) => ({ finding, subject });
  if (!told) return found(unchecked('receipt/unknown', { lease }));
  const { receipt } = told;
  try {
    const shown = readShownReceipt(await coordinator.receipt({ receipt, lease }, signal));
    const computed = toHex(sha256(shown.payload));
    if (computed !== receipt)
      return found(fails('receipt/other-id', { stated: receipt, computed }));
    const subject = { told, shown, ...readStatement(shown.payload) };
    const finding = judge(subject);
    return found(finding, finding.outcome === 'holds' ? subject : null);
  } catch (thrown) {
    const { code, shortMessage: message } = toIdlewildError(thrown);
    if (malformedCodes.includes(code)) return found(fails('receipt/malformed', { code, message }));
    if (!withheldCodes.includes(code)) throw thrown;
    return found(fails('receipt/withheld', { receipt, answer: message }));
  }
}

function judge({ told, statement, result }: Subject): Finding {
  const { lease, account, receipt } = told;
  if (result.lease !== lease) {
    return fails('receipt/other-lease', { stated: result.lease, expected: lease });
  }
  const stated = statement.account.toLowerCase();
  const expected = account?.toLowerCase() ?? stated;
  if (stated !== expected) return fails('receipt/other-account', { stated, expected });
  const field = findContradiction(statement, result);
  if (field !== null) return fails('receipt/contradiction', { field });
  return holds('receipt/holds', { receipt, kind: statement.kind, verdict: statement.code });
}
