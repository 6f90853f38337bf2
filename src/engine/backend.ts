// The WebGPU backend of the exact arithmetic: the door of this area. The worker hands in
// navigator.gpu; Dawn in Node does as well.
import type { ExactBackend } from '#model/backend.ts';
import { type EngineDevice, openDevice } from './device.ts';
import { createWebgpuEncoder } from './encoder.ts';
import { createKernels, type Tuning } from './kernels.ts';
import { Pace } from './pace.ts';

export interface WebgpuOptions extends Partial<Tuning> {
  /** Tokens that go through the layers together, at least the longest row; activations are sized so. */
  groupTokensMax?: number;
  /** What one submit should take. */
  sliceMs?: number;
}

export interface WebgpuBackend extends ExactBackend {
  /** For tests and measurements: the device under it. */
  readonly device: GPUDevice;
  readonly tuning: Tuning;
}

const groupTokensMaxDefault = 2048;
const groupRowsMax = 64;
const sliceMsDefault = 40;

/** SwiftShader runs four invocations to a thread and pays dearly for barriers among more. */
function chooseTuning(engine: EngineDevice, options: WebgpuOptions): Tuning {
  const { isSoftware, hasPackedDot } = engine;
  const packedDot = hasPackedDot && (options.packedDot ?? !isSoftware);
  return {
    packedDot,
    rowLanes: options.rowLanes ?? (isSoftware ? 4 : 64),
    lanes: options.lanes ?? (isSoftware ? 16 : 64),
    groupColumns: options.groupColumns ?? (isSoftware ? 8 : 16),
    groupRows: options.groupRows ?? 4,
  };
}

/**
 * @param gpu navigator.gpu, or what stands for it
 * @throws engine/no-adapter, engine/kernel, engine/device-lost (retryable)
 */
export async function createWebgpuBackend(
  gpu: GPU | undefined,
  options: WebgpuOptions = {},
): Promise<WebgpuBackend> {
  const engine = await openDevice(gpu);
  const tuning = chooseTuning(engine, options);
  const kernels = await createKernels(engine, tuning);
  const pace = new Pace(options.sliceMs ?? sliceMsDefault);
  const groupTokens = options.groupTokensMax ?? groupTokensMaxDefault;
  return {
    name: 'webgpu',
    adapter: engine.adapter,
    device: engine.device,
    tuning,
    createEncoder(weights) {
      const tokens = Math.max(groupTokens, weights.config.tokensMax);
      const groupMax = { tokens, rows: groupRowsMax };
      return createWebgpuEncoder(engine, kernels, { weights, groupMax, pace });
    },
    destroy() {
      engine.device.destroy();
    },
  };
}
