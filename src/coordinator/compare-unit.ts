// The outputs of a bounded unit, compared with each other, with what the unit was done on, and with
// the coordinator's own where it is asked to compute the unit. The store rules on what comes out.
import {
  boundedDigest,
  decodeBoundedInput,
  decodeBoundedOutput,
  decodeRowOutput,
  encodeBoundedOutput,
} from '#protocol/bounded-unit.ts';
import type { Bytes } from '#protocol/bytes.ts';
import type { Comparison } from '#protocol/comparison.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import type { BoundedJob } from '#store/partner-operations.ts';
import type { Recomputed } from '#store/settlement.ts';
import { agree } from '#validator/compare-outputs.ts';
import type { Context } from './context.ts';
import { findBounded } from './model-store.ts';
import { readInputBytes, readOutput } from './read-payloads.ts';

export async function compareUnit(context: Context, job: BoundedJob): Promise<void> {
  const { id, answers, settledBlob } = job;
  const { compare } = findBounded(context.models, job.model).manifest;
  const outputs: [string, TensorMap[]][] = [];
  for (const { lease, outputBlob } of answers) {
    outputs.push([lease, decodeRows(await readOutput(context, outputBlob))]);
  }
  const own = job.run ? await computeUnit(context, job) : null;
  const settled = settledBlob === null ? null : decodeRows(await readOutput(context, settledBlob));
  const like = (truth: TensorMap[] | null) =>
    truth && outputs.flatMap(([lease, rows]) => (agree(compare, rows, truth) ? [lease] : []));
  await context.database.run('settleCompared', {
    unit: id,
    compared: {
      leases: answers.map(({ lease }) => lease),
      pairs: findPairs(compare, outputs),
      withCoordinator: like(own?.rows ?? null),
      withSettled: like(settled),
      own: own?.recomputed ?? null,
    },
    ...context.verdicts(),
  });
}

function decodeRows(output: Bytes): TensorMap[] {
  return decodeBoundedOutput(output).map(decodeRowOutput);
}

function findPairs(compare: Comparison, outputs: readonly [string, TensorMap[]][]) {
  return outputs.flatMap(([lease, rows], index) =>
    outputs
      .slice(index + 1)
      .filter(([, others]) => agree(compare, rows, others))
      .map(([other]): [string, string] => [lease, other]),
  );
}

/** The unit by the coordinator itself, kept as an output. */
export async function computeUnit(
  context: Context,
  { model, inputBlob }: Pick<BoundedJob, 'model' | 'inputBlob'>,
): Promise<{ rows: TensorMap[]; recomputed: Recomputed }> {
  const { blobs, models, partner } = context;
  const { requests } = decodeBoundedInput(await readInputBytes(context, inputBlob));
  const rows = await partner.infer(findBounded(models, model).folder, requests);
  const outputBlob = await blobs.pack(encodeBoundedOutput(rows));
  return {
    rows: rows.map(decodeRowOutput),
    recomputed: { digest: boundedDigest(rows), outputBlob },
  };
}
