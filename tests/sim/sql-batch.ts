// A batch of the simulation as the product makes and opens one. Inputs are names; rows cost alike.
import type { Bytes } from '#protocol/bytes.ts';
import { assert } from '#protocol/errors.ts';
import { sha256 } from '#sha256';
import type { BatchTerms } from '#store/batch-operations.ts';
import type { Policy } from '#validator/policy.ts';
import { mainProject } from './projects.ts';
import type { NewBatch } from './queue.ts';
import type { Run } from './sql-context.ts';

export const textBytes = (text: string): Bytes => sha256(new TextEncoder().encode(text));
export const model = textBytes('model');
export const multiplyAddsPerRow = 1_000_000;
const creditsPerTokenUnit = 1_000n;
const dayMs = 24 * 3_600_000;

const exactUnit = {
  kind: 'work',
  rowCostMax: multiplyAddsPerRow,
  linesAlone: 1,
  lengthClass: 0,
} as const;

interface Naming {
  id: string;
  rules: Policy;
  terms: BatchTerms | undefined;
  /** The next input's. */
  nameUnit(): string;
}

export async function addSqlBatch(
  run: Run,
  { units, rows, level, now, project = mainProject }: NewBatch,
  { id, rules, terms, nameUnit }: Naming,
): Promise<void> {
  await run('createBatch', {
    id,
    project,
    inputFile: `file of ${project}`,
    endpoint: '/v1/embeddings',
    completionWindow: '24h',
    metadata: null,
    open: false,
    verification: level,
    access: null,
    now,
    expiresAt: 1_000 * dayMs,
    idempotency: null,
    ...(terms && { terms }),
  });
  const failed = await run('beginBatch', {
    batch: id,
    now,
    rules,
    creditsPerTokenUnit,
    model: 'model',
    planBlob: 'plan',
    requestsTotal: units,
    requestsFailed: 0,
    units: Array.from({ length: units }, () => {
      const inputBlob = nameUnit();
      const digest = textBytes(inputBlob);
      const cost = rows * multiplyAddsPerRow;
      return { ...exactUnit, digest, model, inputBlob, rows, cost };
    }),
  });
  assert(failed === null, `the batch is opened, not ${failed?.code}`);
}
