// The WebGPU backend of the exact arithmetic: the door of this area. The worker hands in
// navigator.gpu; Dawn in Node does as well.
import type { ExactBackend } from '#model/backend.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { checkHeads } from './check-heads.ts';
import {
  type Choice,
  chooseVariant,
  type Layout,
  type TuningMemory,
  variantTuning,
} from './choose-variant.ts';
import { PipelineCache } from './compile.ts';
import { type EngineDevice, openDevice } from './device.ts';
import { createWebgpuEncoder } from './encoder.ts';
import { createKernels, type Kernels, type Tuning } from './kernels.ts';
import { Pace } from './pace.ts';
import { canRun, type Variant, variants } from './variants.ts';

export type { TuningMemory } from './choose-variant.ts';

/** Any part of a tuning that says how `linear` multiplies is taken as it is; else the device is tuned. */
export interface WebgpuOptions extends Partial<Tuning> {
  /** One variant by its name: no tuning, and no question whether it computes correctly. */
  variant?: string;
  /** Spares a device that was tuned before the tuning. */
  memory?: TuningMemory;
  /** Any other is tuned when its `tune` is called, and begins with the likeliest variant. */
  isHasty?: boolean;
  /** Tokens that go through the layers together, at least the longest row; activations are sized so. */
  groupTokensMax?: number;
  /** What one submit should take. */
  sliceMs?: number;
}

export interface WebgpuBackend extends ExactBackend {
  /** For tests and measurements: the device under it. */
  readonly device: GPUDevice;
  readonly tuning: Tuning;
  /** How the variant came about; null where the caller gave it. */
  readonly choice: Choice | null;
}

const groupTokensMaxDefault = 2048;
const groupRowsMax = 256;
const sliceMsDefault = 40;

/** SwiftShader runs four invocations to a thread and pays dearly for barriers among more. */
function chooseLayout({ isSoftware }: EngineDevice, options: WebgpuOptions): Layout {
  return {
    rowLanes: options.rowLanes ?? (isSoftware ? 4 : 64),
    lanes: options.lanes ?? (isSoftware ? 16 : 64),
  };
}

/** The variant that the caller asks for, or null where the device is to choose. */
function findVariant(engine: EngineDevice, options: WebgpuOptions): Variant | null {
  const { variant, linear, packedDot } = options;
  if (variant !== undefined) {
    const named = variants.find(({ name }) => name === variant);
    if (named) return named;
    throw new IdlewildError('engine/no-variant', `There is no variant named ${variant}.`, {
      metaMessages: [`Known: ${variants.map(({ name }) => name).join(', ')}.`],
    });
  }
  if (linear === undefined && packedDot === undefined) return null;
  const kind = linear ?? (packedDot && engine.hasPackedDot ? 'packed' : 'unpacked');
  return variants.find((one) => one.linear === kind)!;
}

async function openKernels(
  engine: EngineDevice,
  options: WebgpuOptions,
): Promise<{ kernels: Kernels; choice: Choice | null }> {
  const layout = chooseLayout(engine, options);
  const variant = findVariant(engine, options);
  if (!variant) return chooseVariant(engine, layout, options);
  const { linear } = variant;
  if (!canRun(engine, linear)) {
    throw new IdlewildError('engine/no-variant', `${engine.adapter} cannot run ${variant.name}.`);
  }
  const tuning = variantTuning(variant, layout);
  tuning.groupColumns = options.groupColumns ?? tuning.groupColumns;
  tuning.groupRows = options.groupRows ?? tuning.groupRows;
  return { kernels: await createKernels(new PipelineCache(engine), tuning), choice: null };
}

/**
 * @param gpu navigator.gpu, or what stands for it
 * @throws engine/no-adapter, engine/wrong-bytes, engine/kernel, engine/device-lost (retryable)
 */
export async function createWebgpuBackend(
  gpu: GPU | undefined,
  options: WebgpuOptions = {},
): Promise<WebgpuBackend> {
  const engine = await openDevice(gpu);
  try {
    let { kernels, choice } = await openKernels(engine, options);
    const pace = new Pace(options.sliceMs ?? sliceMsDefault);
    const groupTokens = options.groupTokensMax ?? groupTokensMaxDefault;
    return {
      name: 'webgpu',
      adapter: engine.adapter,
      device: engine.device,
      get tuning() {
        return kernels.tuning;
      },
      get choice() {
        return choice;
      },
      async createEncoder(weights) {
        if (choice) await checkHeads(engine, kernels, weights.config);
        const tokens = Math.max(groupTokens, weights.config.tokensMax);
        const groupMax = { tokens, rows: groupRowsMax };
        return createWebgpuEncoder(engine, kernels, { weights, groupMax, pace });
      },
      async tune() {
        if (!choice || choice.isTuned) return false;
        const before = choice.variant;
        ({ kernels, choice } = await openKernels(engine, { ...options, isHasty: false }));
        return choice?.variant !== before;
      },
      destroy() {
        engine.device.destroy();
      },
    };
  } catch (thrown) {
    engine.device.destroy();
    throw thrown;
  }
}
