// The entry of a thread that computes bounded units: onnxruntime-web, which nothing can interrupt,
// where ending it ends all that it does. It knows no lease, no key and no network but its own code's.
import * as Comlink from 'comlink';
import type { BoundedBackend, BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { BoundedHooks, BoundedMemberFace } from './bounded-face.ts';
import { carryErrors } from './transfer-errors.ts';

/**
 * A lane hears of progress, and may pace or end the unit, so often. With a way there and back for
 * every request, and copies of all tensors, a unit of eight lines of text at 60 ms each took 4 to 5 %
 * more CPU than onnxruntime alone; so 0 to 2 % (Chromium, medians of 20 to 40 pairs).
 */
const tellMs = 100;

const models = new Map<number, BoundedModel>();
let backend: BoundedBackend | null = null;
let hooks: BoundedHooks | null = null;
let made = 0;

function opened(): { backend: BoundedBackend; hooks: BoundedHooks } {
  if (backend && hooks) return { backend, hooks };
  throw new IdlewildError('internal/assertion', 'Not opened.');
}

/** @returns whether `tellMs` have passed since it last said so */
function startTicking(): () => boolean {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < tellMs) return false;
    last = now;
    return true;
  };
}

const face: BoundedMemberFace = {
  async open(name, given) {
    hooks = given;
    backend = await createOnnxBackend({ backend: name });
    return backend.adapterClass;
  },
  async createModel(manifest) {
    const { backend, hooks } = opened();
    // What is aborted ends this thread.
    const { signal } = new AbortController();
    const model = await backend.createModel(manifest, (index) => hooks.readShard(index), signal);
    models.set(++made, model);
    return { number: made, bytes: model.bytes };
  },
  async run(number, input) {
    const { hooks } = opened();
    const model = models.get(number);
    if (!model) throw new IdlewildError('engine/destroyed', 'This model was destroyed.');
    const [isRequestDue, isStepDue] = [startTicking(), startTicking()];
    const rows = await model.run(input, {
      // The last one is told by the rows themselves.
      onRequest: (done, total) => {
        return done < total && isRequestDue() ? hooks.onRequest(done, total) : undefined;
      },
      onStep: () => (isStepDue() ? hooks.onStep() : undefined),
    });
    return Comlink.transfer(
      rows,
      rows.map(({ buffer }) => buffer),
    );
  },
  async destroyModel(number) {
    const model = models.get(number);
    models.delete(number);
    await model?.destroy();
  },
};

carryErrors();
Comlink.expose(face);
