// Which backend is tried first on which machine, and the words that say why.
import { expect, test } from 'vitest';
import { describeAdapter, orderBackends } from '#worker/choose-backend.ts';

const hardware = describeAdapter({ info: { vendor: 'nvidia', architecture: 'hopper' } });
const software = describeAdapter({ info: { vendor: 'google', architecture: 'swiftshader' } });
const none = describeAdapter(null);

const names = (...args: Parameters<typeof orderBackends>) =>
  orderBackends(...args).map(({ name }) => name);

test('adapters in software are told by name or by the browser', () => {
  expect(hardware.kind).toBe('hardware');
  expect(software.kind).toBe('software');
  expect(describeAdapter({ info: { description: 'llvmpipe (LLVM 15)' } }).kind).toBe('software');
  expect(describeAdapter({ isFallbackAdapter: true, info: {} }).kind).toBe('software');
  expect(describeAdapter({ info: { isFallbackAdapter: true } }).kind).toBe('software');
  expect(none.kind).toBeNull();
});

test('auto takes a GPU, and WASM where WebGPU would run on the CPU', () => {
  expect(names('auto', hardware)).toEqual(['webgpu', 'wasm']);
  expect(names('auto', software)).toEqual(['wasm']);
  expect(names('auto', none)).toEqual(['wasm']);
  expect(orderBackends('auto', software)[0].why).toContain('about 45 times faster');
});

test('a choice is kept, and refused where it cannot be', () => {
  expect(names('wasm', hardware)).toEqual(['wasm']);
  expect(names('webgpu', software)).toEqual(['webgpu']);
  expect(() => orderBackends('webgpu', none)).toThrowError(
    expect.objectContaining({ code: 'engine/no-adapter' }),
  );
});
