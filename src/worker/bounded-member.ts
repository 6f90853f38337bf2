// The entry of a thread that computes bounded units: onnxruntime-web, which nothing can interrupt,
// where ending it ends all that it does. It knows no lease, no key and no network but its own code's.
import * as Comlink from 'comlink';
import type { BoundedBackend, BoundedModel } from '#onnx/bounded-backend.ts';
import { createOnnxBackend } from '#onnx/create-backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { BoundedHooks, BoundedMemberFace } from './bounded-face.ts';
import { carryErrors } from './transfer-errors.ts';

const models = new Map<number, BoundedModel>();
let backend: BoundedBackend | null = null;
let hooks: BoundedHooks | null = null;
let made = 0;

function opened(): { backend: BoundedBackend; hooks: BoundedHooks } {
  if (backend && hooks) return { backend, hooks };
  throw new IdlewildError('internal/assertion', 'Not opened.');
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
    const rows = await model.run(input, {
      onRequest: (done, total) => hooks.onRequest(done, total),
      onStep: () => hooks.onStep(),
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
