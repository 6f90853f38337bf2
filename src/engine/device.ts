// The adapter and device that everything else in this area works on: what it is in words, what it
// can do, and how its loss or lack of memory reaches a caller as an IdlewildError.
import { IdlewildError } from '#protocol/errors.ts';

/** Names under which adapters that run on the CPU are known. */
const softwareAdapter = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i;

/** Firefox finishes GPU work on a 100 ms poll; an empty submit makes it look. */
const nudgeMs = 1;

/** How long a failure waits for the loss that may have caused it. */
const lossMsMax = 200;

export class EngineDevice {
  readonly device: GPUDevice;
  /** The adapter in words, for the record only. */
  readonly adapter: string;
  readonly isSoftware: boolean;
  /** Whether WGSL here has dot4I8Packed. */
  readonly hasPackedDot: boolean;
  readonly hasSubgroups: boolean;
  readonly #nudges: boolean;
  readonly #lost: Promise<never>;
  #failure: IdlewildError | null = null;

  constructor(device: GPUDevice, info: GPUAdapterInfo, features?: WGSLLanguageFeatures) {
    this.device = device;
    this.adapter = describe(info);
    this.isSoftware = info.isFallbackAdapter || softwareAdapter.test(this.adapter);
    this.hasPackedDot = features?.has('packed_4x8_integer_dot_product') ?? false;
    const { navigator } = globalThis as { navigator?: { userAgent?: string } };
    this.hasSubgroups = device.features.has('subgroups');
    this.#nudges = navigator?.userAgent?.includes('Firefox') ?? false;
    this.#lost = device.lost.then((loss) => {
      this.#failure = new IdlewildError('engine/device-lost', 'The GPU device was lost.', {
        retryable: true,
        metaMessages: [`${loss.reason}: ${loss.message}`, 'A new device can be requested.'],
      });
      throw this.#failure;
    });
    // Awaited only inside races; a loss while idle is told by the next call.
    this.#lost.catch(() => {});
    device.addEventListener('uncapturederror', (event) => {
      this.#failure ??= toEngineError((event as GPUUncapturedErrorEvent).error);
    });
  }

  /** @throws what has befallen the device: engine/device-lost, engine/out-of-memory, ... */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Waits for GPU work, and throws as soon as the device is lost instead of waiting for ever. */
  async wait<T>(work: Promise<T>): Promise<T> {
    const timer = this.#nudges
      ? setInterval(() => this.device.queue.submit([]), nudgeMs)
      : undefined;
    try {
      return await Promise.race([work, this.#lost]);
    } catch (thrown) {
      if (!(thrown instanceof IdlewildError)) await this.#awaitLoss();
      this.check();
      throw toEngineError(thrown);
    } finally {
      clearInterval(timer);
      this.check();
    }
  }

  /** A device that goes takes its buffers with it, and says so only a moment after they fail. */
  async #awaitLoss(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, lossMsMax);
    });
    await Promise.race([pause, this.#lost.catch(() => {})]);
    clearTimeout(timer);
  }

  /** Runs `create` inside error scopes. @throws engine/out-of-memory (retryable) */
  async allocate<T>(create: () => T): Promise<T> {
    this.check();
    const { device } = this;
    device.pushErrorScope('validation');
    device.pushErrorScope('out-of-memory');
    let created: T;
    let scopes: Promise<(GPUError | null)[]>;
    try {
      created = create();
    } finally {
      scopes = Promise.all([device.popErrorScope(), device.popErrorScope()]);
      // Told by `wait` below, unless `create` threw first.
      scopes.catch(() => {});
    }
    const errors = await this.wait(scopes);
    for (const error of errors) if (error) throw toEngineError(error);
    return created;
  }
}

function describe(info: GPUAdapterInfo): string {
  const words = [info.vendor, info.architecture, info.device, info.description];
  return words.filter((word) => word).join(' ') || 'a GPU that does not name itself';
}

function toEngineError(thrown: unknown): IdlewildError {
  if (thrown instanceof IdlewildError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String((thrown as GPUError).message);
  const isMemory =
    globalThis.GPUOutOfMemoryError !== undefined && thrown instanceof GPUOutOfMemoryError;
  if (isMemory || /out of memory/i.test(message)) {
    return new IdlewildError('engine/out-of-memory', 'The GPU has no memory left for this.', {
      retryable: true,
      metaMessages: [message, 'Close other tabs that use the GPU, or compute with WASM.'],
      cause: thrown,
    });
  }
  return new IdlewildError('engine/gpu-error', 'The GPU refused a command.', {
    metaMessages: [message],
    cause: thrown,
  });
}

function noAdapter(why: string, cause?: unknown): IdlewildError {
  return new IdlewildError('engine/no-adapter', 'No GPU is available to this page.', {
    metaMessages: [
      why,
      'WebGPU needs a secure page (https or localhost) and hardware acceleration switched on;',
      'headless Chromium needs --enable-unsafe-webgpu. WASM computes the same bytes without it.',
    ],
    cause,
  });
}

/** @throws engine/no-adapter, with what to do */
export async function openDevice(gpu: GPU | undefined): Promise<EngineDevice> {
  if (!gpu) throw noAdapter('This browser or page has no navigator.gpu.');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw noAdapter('requestAdapter() found nothing.');
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  try {
    const device = await adapter.requestDevice({
      label: 'idlewild',
      requiredFeatures: adapter.features.has('subgroups') ? ['subgroups'] : [],
      requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
    });
    return new EngineDevice(device, adapter.info, gpu.wgslLanguageFeatures);
  } catch (thrown) {
    throw noAdapter(`requestDevice() failed: ${String(thrown)}`, thrown);
  }
}
