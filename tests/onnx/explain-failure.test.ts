// Texts that onnxruntime-web and the engines throw, and who is at fault: collected from what they
// really said.
import { expect, test } from 'vitest';
import { adapterClass } from '#onnx/adapter-class.ts';
import { explainFailure, explainLoad, isCrash } from '#onnx/explain-failure.ts';
import { IdlewildError } from '#protocol/errors.ts';

test.each([
  ['failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc'],
  ["Can't create a session. ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc"],
  ['Array buffer allocation failed'],
  ['Invalid typed array length: 4294967296'],
])('memory: %s', (text) => {
  const error = explainFailure(new RangeError(text), 'run', 'model');
  expect(error).toMatchObject({ code: 'engine/out-of-memory', retryable: true });
});

test('a device that is lost may come back', () => {
  const error = explainFailure(new Error('The device was lost: unknown'), 'create', 'model');
  expect(error).toMatchObject({ code: 'engine/device-lost', retryable: true });
});

test('what else is said is the fault of the model, without the paths of who built the runtime', () => {
  const text =
    'failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: ' +
    '/mnt/azure/_work/1/s/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:86 size != 0';
  const run = explainFailure(new Error(text), 'run', 'model');
  expect(run).toMatchObject({ code: 'onnx/run', retryable: false });
  expect(run.message).toContain('providers/cpu/tensor/reshape_helper.h');
  expect(run.message).not.toContain('/mnt/');
  expect(explainFailure('no', 'create', 'decoder').code).toBe('onnx/session');
});

test('an error of ours stays what it is', () => {
  const error = new IdlewildError('lease/returned', 'Handed back.');
  expect(explainFailure(error, 'run', 'model')).toBe(error);
});

test('a trap of the wasm, or an abort, is the end of the runtime', () => {
  const trap = new Error('unreachable');
  trap.name = 'RuntimeError';
  expect(isCrash(trap)).toBe(true);
  expect(isCrash(new Error('Aborted(OOM)'))).toBe(true);
  expect(isCrash(new Error('std::bad_alloc'))).toBe(false);
  expect(isCrash('text')).toBe(false);
});

test('an adapter’s class holds only what a class may hold, and never nothing', () => {
  expect(adapterClass({ vendor: 'NVIDIA', architecture: 'Hopper' })).toBe(
    'webgpu:nvidia:hopper:float32',
  );
  expect(adapterClass({ vendor: '', architecture: 'RDNA 3/é' })).toBe(
    'webgpu:unknown:rdna-3-:float32',
  );
  const long = adapterClass({ vendor: 'v'.repeat(99), architecture: 'a'.repeat(99) });
  expect(long.length).toBeLessThanOrEqual(80);
  expect(long).toMatch(/^[a-z0-9:._-]{1,80}$/);
});

test('a runtime that is not installed is said to be, with the line that mends it', () => {
  const message = "Cannot find package 'onnxruntime-web' imported from load-runtime.ts";
  const missing = Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
  expect(explainLoad(missing)).toMatchObject({
    code: 'engine/unavailable',
    retryable: false,
    metaMessages: ['Bounded models need it: npm install --include=optional'],
  });
  const dropped = explainLoad(new TypeError('Failed to fetch dynamically imported module'));
  expect(dropped).toMatchObject({ code: 'engine/unavailable', retryable: true });
});
