// The known-answer self-test of a backend, before its first model: drivers do miscompile kernels, and
// who finds out by being rejected has computed for nothing.
import { decodeRowOutput } from '#protocol/bounded-unit.ts';
import { IdlewildError, toIdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';
import type { BoundedBackend } from './bounded-backend.ts';
import { knownAnswer, manifest, request, shards } from './known-answer.ts';

/**
 * Of the largest element. Floats of any order are within a hundredth of it; what is computed wrongly
 * is not.
 */
const tolerance = 1e-3;

/**
 * 20 ms on wasm, most of them for the session (Node 20).
 * @throws self-test/wrong-answer where it computes something else, or nothing; engine/...
 */
export async function testBackend(backend: BoundedBackend): Promise<void> {
  const found = await answerOf(backend).catch((thrown: unknown) => {
    const { code, shortMessage } = toIdlewildError(thrown);
    // A device that is lost, or full, is another matter: the next one may do.
    throw code.startsWith('engine/') ? thrown : wrongAnswer(backend, shortMessage, thrown);
  });
  for (const [name, expected] of Object.entries(knownAnswer())) {
    const elements = readElements(found[name]);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // A comparison that NaN fails too.
    const isClose = expected.every((value, at) => {
      return Math.abs(elements[at] - value) <= tolerance * largest;
    });
    if (!isClose) throw wrongAnswer(backend, `Its ${name} are not the known ones.`);
  }
}

async function answerOf(backend: BoundedBackend): Promise<TensorMap> {
  const { signal } = new AbortController();
  const model = await backend.createModel(manifest, async (index) => shards[index], signal);
  try {
    const [row] = await model.run({ model: new Uint8Array(32), requests: [request] });
    return decodeRowOutput(row);
  } finally {
    await model.destroy();
  }
}

function wrongAnswer({ adapterClass }: BoundedBackend, why: string, cause?: unknown) {
  const message = `onnxruntime-web on ${adapterClass} fails its self-test.`;
  return new IdlewildError('self-test/wrong-answer', message, {
    metaMessages: [why, 'A newer driver or browser may mend it.'],
    cause,
  });
}
