// A contributor's own check of a receipt, in the browser: seven checks, one after the other, each told
// as it goes. What could not be looked at is `unchecked` with its reason: nothing is claimed for it.
import type { Coordinator } from './coordinator.ts';
import type { Environment } from './environment.ts';
import { type Finding, obstructed, unchecked } from './findings.ts';
import type { Quota } from './quota.ts';
import { ReceiptUnit } from './receipt-unit.ts';
import type { Told } from './told-receipts.ts';
import { verifyCredit } from './verify-credit.ts';
import { verifyInclusion } from './verify-inclusion.ts';
import { verifyRecompute } from './verify-recompute.ts';
import { verifySignature } from './verify-signature.ts';
import { verifyResult, verifyWallet } from './verify-signers.ts';
import type { VerifyCheck, VerifyReport, VerifyStep } from './verify-steps.ts';
import { type Subject, verifyStory } from './verify-story.ts';

export interface VerifyParts {
  environment: Environment;
  coordinator: Coordinator;
  quota: Quota;
}

export interface VerifyTask {
  lease: string;
  /** What this visit was told of it; null for nothing. */
  told: Told | null;
  listener(step: VerifyStep): void;
}

type Check = Exclude<VerifyCheck, 'receipt'>;

/** Never rejects. */
export async function verifyReceipt(parts: VerifyParts, task: VerifyTask): Promise<VerifyReport> {
  const { told, lease, listener } = task;
  const { signal } = new AbortController();
  const steps: VerifyStep[] = [];
  const begin = (check: VerifyCheck) =>
    listener({ check, outcome: 'running', code: `${check}/running`, values: {}, share: null });
  const end = (check: VerifyCheck, finding: Finding) => {
    const step = { check, ...finding, share: null };
    steps.push(step);
    listener(step);
  };
  begin('receipt');
  const { finding, subject } = await verifyStory(parts.coordinator, told, { lease, signal }).catch(
    (thrown: unknown) => ({ finding: obstructed('receipt', thrown), subject: null }),
  );
  end('receipt', finding);
  const checks = subject && checksOf({ ...parts, signal, listener }, subject);
  for (const check of order) {
    begin(check);
    const failed = (thrown: unknown) => obstructed(check, thrown);
    end(
      check,
      checks ? await checks[check]().catch(failed) : unchecked(`${check}/not-reached`, {}),
    );
  }
  return { steps, outcome: sumUp(steps) };
}

const order: readonly Check[] = [
  'signature',
  'inclusion',
  'result',
  'wallet',
  'credit',
  'recompute',
];

function checksOf(
  parts: VerifyParts & { signal: AbortSignal; listener(step: VerifyStep): void },
  subject: Subject,
): Record<Check, () => Promise<Finding>> {
  const { environment, coordinator, signal, listener } = parts;
  const { store, origin } = environment;
  const unit = new ReceiptUnit(coordinator, subject, signal);
  const report = (code: VerifyStep['code'], values: VerifyStep['values'], share: number) =>
    listener({ check: 'recompute', outcome: 'running', code, values, share });
  return {
    signature: () => verifySignature({ store, coordinator, signal }, subject),
    inclusion: () => verifyInclusion(parts, subject),
    result: () => verifyResult(subject),
    wallet: () => verifyWallet(subject, origin),
    credit: () => verifyCredit(subject, unit),
    recompute: () => verifyRecompute({ ...parts, report }, subject, unit),
  };
}

function sumUp(steps: readonly VerifyStep[]): VerifyReport['outcome'] {
  if (steps.some(({ outcome }) => outcome === 'fails')) return 'fails';
  return steps.every(({ outcome }) => outcome === 'holds') ? 'holds' : 'unchecked';
}
