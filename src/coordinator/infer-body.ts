// Bodies of /v1/infer: tensors by name in, tensors by name out. Of one request, which is run alone.
import { z } from 'zod';
import { checkRequest } from '#model/check-request.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { type TensorJson, tensorsFromJson, tensorsToJson } from '#protocol/tensor-json.ts';
import type { BoundedModel, ModelChoice } from './model-store.ts';
import { type FaultyBody, fault, noModel } from './request-lines.ts';

export type ReadInfer = { ok: true; model: BoundedModel; request: TensorMap } | FaultyBody;

const bodySchema = z.looseObject({
  model: z.string(),
  inputs: z.record(z.string(), z.unknown()),
});

export function readInferBody(body: unknown, models: ModelChoice): ReadInfer {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue.path.map(String).join('.') || null;
    return fault(`Invalid body${param ? `, '${param}'` : ''}: ${issue.message}.`, param);
  }
  const model = models.find(parsed.data.model);
  if (!model) return noModel(parsed.data.model);
  if (model.kind !== 'bounded') {
    return fault('This model takes text: ask /v1/embeddings.', 'model', 'model_mismatch');
  }
  try {
    const request = tensorsFromJson(parsed.data.inputs);
    checkRequest(model.manifest, request);
    return { ok: true, model, request };
  } catch (thrown) {
    if (!(thrown instanceof IdlewildError)) throw thrown;
    return fault(thrown.shortMessage, 'inputs', 'invalid_tensor');
  }
}

export interface InferBody {
  object: 'inference';
  model: string;
  outputs: Record<string, TensorJson>;
  /** Its floats are equal to another machine's nearly, not to the byte. */
  x_class: 'bounded';
}

export function makeInferBody(model: string, outputs: TensorMap): InferBody {
  return { object: 'inference', model, outputs: tensorsToJson(outputs), x_class: 'bounded' };
}
