// Random exact units computed again, to the byte, on this machine's own WASM kernels: what no
// signature can show, that the results themselves are right.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPartner } from '#coordinator/partner.ts';
import type { AuditFault } from '#ledger/audit-fault.ts';
import type { VerifiedReceipt } from '#ledger/verify-receipt.ts';
import { manifestId, parseManifest } from '#model/manifest.ts';
import { equalBytes, toHex, wordsToBytes } from '#protocol/bytes.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import { limits } from '#protocol/limits.ts';
import { encodeReceipt } from '#protocol/receipt.ts';
import { decodeUnitInput, outputDigest, unitDigest } from '#protocol/unit.ts';
import { sha256 } from '#sha256';
import type { AuditedCoordinator } from './audit-source.ts';
import { readKernels, relaxedKernels } from './build-kernels.ts';

export interface SampledUnit {
  leaf: number;
  payload: VerifiedReceipt['payload'];
}

export interface Recomputation {
  /** Units whose output was computed and compared. */
  recomputed: number;
  /** Units whose input nobody has any more. */
  withoutInput: number;
  faults: AuditFault[];
}

export interface RecomputeOptions {
  units: readonly SampledUnit[];
  /** By hex digest of the unit: inputs that the auditor brought. */
  inputs: ReadonlyMap<string, Uint8Array>;
  onProgress(done: number): void;
}

export async function recompute(
  coordinator: AuditedCoordinator,
  { units, inputs, onProgress }: RecomputeOptions,
): Promise<Recomputation> {
  const done: Recomputation = { recomputed: 0, withoutInput: 0, faults: [] };
  if (units.length === 0) return done;
  const folder = await mkdtemp(path.join(tmpdir(), 'idlewild-audit-'));
  const [kernels, relaxed] = [await readKernels(), await readKernels(relaxedKernels)];
  const partner = createPartner({ kernels, relaxed });
  try {
    for (const [index, { leaf, payload }] of units.entries()) {
      const input = inputs.get(toHex(payload.unit)) ?? (await readInput(coordinator, payload));
      if (!input) done.withoutInput++;
      else {
        const model = await readModel(coordinator, folder, toHex(payload.model));
        const { rows } = decodeUnitInput(input);
        const output = wordsToBytes(await partner.encode(model, rows));
        done.recomputed++;
        if (!equalBytes(outputDigest(output, rows.length), payload.digest)) {
          const message = `Leaf ${leaf}: unit ${toHex(payload.unit)} gives other bytes than were credited.`;
          done.faults.push({ code: 'unit/wrong-result', leaf, message });
        }
      }
      onProgress(index + 1);
    }
    return done;
  } finally {
    await partner.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws audit/wrong-input where the coordinator gives another unit's */
async function readInput(
  { read }: AuditedCoordinator,
  payload: SampledUnit['payload'],
): Promise<Uint8Array | null> {
  const { id } = encodeReceipt(payload);
  const input = await read(`/v1/receipts/${id}/input`, limits.unitBytesMax).catch((thrown) => {
    if (toIdlewildError(thrown).code === 'fetch/refused') return null;
    throw thrown;
  });
  if (input && !equalBytes(unitDigest(input), payload.unit)) {
    throw new IdlewildError('audit/wrong-input', `The input of receipt ${id} is another unit's.`);
  }
  return input;
}

/** The model in a folder of its own, every byte checked. @returns the folder */
async function readModel({ read }: AuditedCoordinator, home: string, id: string): Promise<string> {
  const folder = path.join(home, id);
  const made = await mkdir(path.join(folder, 'shards'), { recursive: true });
  if (made === undefined) return folder;
  const bytes = await read(`/v1/manifests/${id}`, limits.manifestBytesMax);
  if (!bytes || manifestId(bytes) !== id) throw noModel(id);
  for (const shard of parseManifest(bytes).shards) {
    const content = await read(`/v1/shards/${shard.sha256}`, limits.shardBytesMax);
    if (!content || toHex(sha256(content)) !== shard.sha256) throw noModel(id);
    await writeFile(path.join(folder, 'shards', shard.sha256), content);
  }
  await writeFile(path.join(folder, 'manifest.json'), bytes);
  return folder;
}

function noModel(id: string): IdlewildError {
  const message = `Model ${id} cannot be had whole: nothing of it can be recomputed.`;
  return new IdlewildError('audit/no-model', message);
}
