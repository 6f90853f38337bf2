// The known answer of attention for a model's kind of head, before the model is used: each is a
// pipeline of its own, compiled when a model needs it.
import type { EncoderConfig } from '#model/encoder.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { Examiner } from './check-variant.ts';
import type { EngineDevice } from './device.ts';
import { type HeadKind, headKind, type Kernels, usualHead } from './kernels.ts';
import { attentionProblem } from './known-answers.ts';

/** Kinds of heads that these kernels have got right. */
const known = new WeakMap<Kernels, Set<string>>();

/** @throws engine/wrong-bytes, engine/out-of-memory, engine/device-lost */
export async function checkHeads(
  engine: EngineDevice,
  kernels: Kernels,
  config: EncoderConfig,
): Promise<void> {
  const kind = headKind(config);
  // Every variant has been asked about the usual one.
  const right = known.get(kernels) ?? new Set([nameOf(usualHead)]);
  known.set(kernels, right);
  if (right.has(nameOf(kind))) return;
  const problems = { linear: [], attention: [await attentionProblem(kind)] };
  const examiner = await Examiner.open(engine, problems);
  try {
    if (!(await examiner.passes(kernels))) throw wrongHeads(engine, kind);
    right.add(nameOf(kind));
  } finally {
    examiner.destroy();
  }
}

function nameOf({ headWords, isBiased }: HeadKind): string {
  return `heads of ${4 * headWords}${isBiased ? ' with a bias' : ''}`;
}

function wrongHeads({ adapter }: EngineDevice, kind: HeadKind): IdlewildError {
  return new IdlewildError(
    'engine/wrong-bytes',
    `This GPU computes attention wrongly for ${nameOf(kind)}.`,
    { metaMessages: [`${adapter}. WASM computes the same models.`] },
  );
}
