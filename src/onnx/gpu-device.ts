// The GPU device that onnxruntime computes on: opened here and handed to it, so that its loss and
// its lack of memory are seen, and its class is known, before the first session.
import { IdlewildError } from '#protocol/errors.ts';
import { adapterClass } from './adapter-class.ts';

/** What its kernels ask for; a device without some of them runs other kernels. */
const featuresWanted = ['shader-f16', 'subgroups', 'timestamp-query'] as const;
const limitsWanted = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxStorageBuffersPerShaderStage',
] as const;

export interface GpuDevice {
  device: GPUDevice;
  adapterClass: string;
  /** Why it computes no more; null while it does. */
  readonly failure: IdlewildError | null;
  /** Rejects when it is lost, and never resolves. */
  lost: Promise<never>;
  destroy(): void;
}

function noAdapter(why: string, cause?: unknown): IdlewildError {
  return new IdlewildError('engine/no-adapter', 'No GPU is available to this page.', {
    metaMessages: [why, 'The wasm backend runs the same models without it.'],
    cause,
  });
}

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredFeatures = featuresWanted.filter((name) => adapter.features.has(name));
  const requiredLimits = Object.fromEntries(
    limitsWanted.map((name) => [name, adapter.limits[name]]),
  );
  try {
    return await adapter.requestDevice({
      label: 'idlewild bounded',
      requiredFeatures,
      requiredLimits,
    });
  } catch (cause) {
    throw noAdapter(`requestDevice() failed: ${String(cause)}`, cause);
  }
}

/** @throws engine/no-adapter */
export async function openGpuDevice(gpu: GPU | undefined): Promise<GpuDevice> {
  if (!gpu) throw noAdapter('There is no navigator.gpu.');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw noAdapter('requestAdapter() found nothing.');
  const device = await requestDevice(adapter);
  let failure: IdlewildError | null = null;
  let reject = (_error: IdlewildError) => {};
  const lost = new Promise<never>((_, fail) => {
    reject = fail;
  });
  lost.catch(() => {});
  const fail = (error: IdlewildError) => {
    failure ??= error;
    reject(failure);
  };
  // What ran out of memory goes on with garbage: nothing that it computes counts any more.
  device.addEventListener('uncapturederror', ({ error }) => {
    if (error instanceof GPUOutOfMemoryError) fail(gpuOutOfMemory(error.message));
  });
  void device.lost.then(({ reason, message }) => fail(deviceLost(reason, message)));
  return {
    device,
    adapterClass: adapterClass(adapter.info),
    get failure() {
      return failure;
    },
    lost,
    destroy: () => device.destroy(),
  };
}

function deviceLost(reason: string, message: string): IdlewildError {
  return new IdlewildError('engine/device-lost', `The GPU was lost: ${reason}.`, {
    retryable: true,
    metaMessages: [message || 'The browser gives no reason.'],
  });
}

function gpuOutOfMemory(message: string): IdlewildError {
  return new IdlewildError('engine/out-of-memory', 'The GPU ran out of memory.', {
    retryable: true,
    metaMessages: [message, 'Close other tabs that use the GPU.'],
  });
}
