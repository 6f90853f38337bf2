// From shader texts to a pipeline, each compiled once per device however many kernels ask for it.
import { IdlewildError } from '#protocol/errors.ts';
import type { EngineDevice } from './device.ts';
import { shaders } from './shaders.ts';

type BindingType = 'uniform' | 'read-only-storage' | 'storage';

export interface Kernel {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

export interface KernelSource {
  entryPoint: string;
  /** Texts that must come before all others. */
  directives?: string[];
  parts: string[];
  /** Storage bindings from 2 on; 0 is the range, 1 the shape. */
  storage: ('read' | 'write')[];
  overrides: Record<string, number>;
  /** `const` lines. */
  constants?: Record<string, number>;
}

/** Appends what an override cannot do: sizes of private and workgroup arrays. */
export function specialize(parts: string[], constants: Record<string, number> = {}): string {
  const lines = Object.entries(constants).map(([name, value]) => `const ${name} = ${value}u;`);
  return [...parts, ...lines, ''].join('\n');
}

export class PipelineCache {
  readonly #engine: EngineDevice;
  readonly #known = new Map<string, Promise<Kernel>>();

  constructor(engine: EngineDevice) {
    this.#engine = engine;
  }

  /** @throws engine/kernel, engine/device-lost */
  get(source: KernelSource): Promise<Kernel> {
    const { directives = [], parts, constants, overrides } = source;
    const code = specialize([...directives, shaders.arithmetic, ...parts], constants);
    const key = `${JSON.stringify(overrides)} ${code}`;
    const known = this.#known.get(key);
    if (known) return known;
    const compiled = this.#engine.wait(compile(this.#engine.device, source, code));
    this.#known.set(key, compiled);
    return compiled;
  }
}

async function compile(device: GPUDevice, source: KernelSource, code: string): Promise<Kernel> {
  const { entryPoint, overrides } = source;
  const types: BindingType[] = ['uniform', 'uniform'];
  for (const access of source.storage) {
    types.push(access === 'read' ? 'read-only-storage' : 'storage');
  }
  const layout = device.createBindGroupLayout({
    label: entryPoint,
    entries: types.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: binding === 0 },
    })),
  });
  // The pipeline's own error says it all; uncaught, this one would be taken for the device's end.
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: entryPoint, code });
  const scope = device.popErrorScope();
  try {
    await scope;
    const pipeline = await device.createComputePipelineAsync({
      label: entryPoint,
      layout: device.createPipelineLayout({ label: entryPoint, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint, constants: overrides },
    });
    return { pipeline, layout };
  } catch (thrown) {
    const { messages } = await module.getCompilationInfo();
    throw new IdlewildError('engine/kernel', `The GPU cannot compile ${entryPoint}.`, {
      metaMessages: [String(thrown), ...messages.map((line) => `${line.lineNum}: ${line.message}`)],
      cause: thrown,
    });
  }
}
