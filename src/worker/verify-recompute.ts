// The check that needs nobody's word: the unit computed anew on this machine, to the byte. On WASM in a
// thread of its own, beside whatever the contributor computes; a difference is a claim against
// somebody, so the oracle has to find it as well.
import type { ExactBackend } from '#model/backend.ts';
import { checkRows } from '#model/check-rows.ts';
import { loadEncoder } from '#model/load-encoder.ts';
import type { Manifest } from '#model/manifest.ts';
import { toHex, wordsToBytes } from '#protocol/bytes.ts';
import { outputDigest, type UnitInput } from '#protocol/unit.ts';
import { BOUNDED } from '#protocol/wire.ts';
import type { Environment } from './environment.ts';
import { type Finding, fails, holds, unchecked } from './findings.ts';
import { type Quota, QuotaError } from './quota.ts';
import type { ReceiptUnit } from './receipt-unit.ts';
import { Turn } from './turn.ts';
import type { VerifyCodes } from './verify-steps.ts';
import type { Subject } from './verify-story.ts';

/** Longest rest after a slice: as long as it took, so that half the time is left to others. */
const restMsMax = 200;
/** One unit at a time, however many receipts are being checked. */
const turn = new Turn();

type Running = VerifyCodes['running'];

export interface RecomputeParts {
  environment: Environment;
  quota: Quota;
  signal: AbortSignal;
  /** @param share 0 to 1 */
  report<Code extends keyof Running>(code: Code, values: Running[Code], share: number): void;
}

interface Computed {
  digest: string;
  bytes: number;
  backend: string;
}

/** @throws coordinator/..., manifest/..., shard/..., cache/..., engine/..., unit/malformed */
export async function verifyRecompute(
  parts: RecomputeParts,
  subject: Subject,
  unit: ReceiptUnit,
): Promise<Finding> {
  const { statement } = subject;
  if (statement.arithmetic === BOUNDED) {
    const { verifyBoundedClass } = await import('./verify-bounded.ts');
    return verifyBoundedClass(subject, unit);
  }
  const fetched = await unit.input();
  if (fetched.state === 'gone') return unchecked('recompute/input-gone', {});
  if (fetched.state === 'other') {
    const { computed } = fetched;
    return fails('recompute/other-input', { stated: toHex(statement.unit), computed });
  }
  const { input } = fetched;
  const [stated, model] = [toHex(statement.model), toHex(input.model)];
  if (stated !== model) return fails('recompute/other-model', { stated, computed: model });
  try {
    const manifest = await unit.manifest();
    const recompute = () => compute(parts, manifest, { input, expected: toHex(statement.digest) });
    return judge(await turn.take(parts.signal, recompute), statement, input.rows.length);
  } catch (thrown) {
    if (!(thrown instanceof QuotaError)) throw thrown;
    return unchecked('recompute/capped', { model: (await unit.manifest()).name });
  }
}

function judge(
  { digest: computed, bytes, backend }: Computed,
  { digest, kind }: Subject['statement'],
  rows: number,
): Finding {
  const stated = toHex(digest);
  if (stated === computed) return holds('recompute/holds', { rows, bytes, backend });
  if (kind === 'voided') return holds('recompute/holds-void', { rows, bytes, backend });
  return fails('recompute/other-digest', { stated, computed });
}

/** By WASM; by the oracle where there is none, and where WASM finds another digest. */
async function compute(
  parts: RecomputeParts,
  manifest: Manifest,
  { input, expected }: { input: UnitInput; expected: string },
): Promise<Computed> {
  const { environment, quota, signal, report } = parts;
  checkRows(manifest.config, input.rows);
  const { name: model } = manifest;
  await quota.open();
  await quota.admit(manifest);
  report('recompute/loading', { model }, 0);
  const files = await environment.shards.load(manifest.shards, {
    signal,
    onProgress: ({ done, total }) => report('recompute/loading', { model }, done / total),
  });
  await quota.save(true);
  const on = async (backend: ExactBackend): Promise<Computed> => {
    try {
      return await encode(parts, backend, { manifest, files, input });
    } finally {
      backend.destroy();
    }
  };
  const kernels = await environment.crew.create().catch(() => null);
  const first = kernels && (await on(kernels).catch(() => null));
  return first?.digest === expected ? first : on(await environment.createOracle());
}

interface Work {
  manifest: Manifest;
  files: Parameters<typeof loadEncoder>[1];
  input: UnitInput;
}

async function encode(
  { environment, signal, report }: RecomputeParts,
  backend: ExactBackend,
  { manifest, files, input }: Work,
): Promise<Computed> {
  const { clock } = environment;
  const { name: model } = manifest;
  const rows = input.rows.length;
  const tell = (share: number) => report('recompute/computing', { model, rows }, share);
  tell(0);
  const encoder = await backend.createEncoder(loadEncoder(manifest, files));
  try {
    let begunAt = clock.now();
    const words = await encoder.encode(input.rows, {
      onSlice: async ({ done, total }) => {
        signal.throwIfAborted();
        tell(done / total);
        await clock.sleep(Math.min(restMsMax, clock.now() - begunAt), signal);
        begunAt = clock.now();
      },
    });
    const output = wordsToBytes(words);
    const digest = toHex(outputDigest(output, rows));
    return { digest, bytes: output.length, backend: backend.name };
  } finally {
    encoder.destroy();
  }
}
