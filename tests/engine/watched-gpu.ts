// A GPU whose devices do what they always do, and tell a test, or let it interfere: the engine
// asks it for an adapter as it would ask navigator.gpu.

export interface Watch {
  /** Before each call of a device, its queue or one of its buffers; may destroy the device. */
  onCall?: (name: string, device: GPUDevice) => void;
  /** May alter a shader's text. */
  onShader?: (label: string, code: string) => string;
  /** May put an error in the place of what a scope caught. */
  onScope?: (caught: GPUError | null) => GPUError | null;
  /** What the adapter calls itself, in place of its own name. */
  vendor?: string;
  /** Every buffer that was made. */
  onBuffer?: (buffer: GPUBuffer) => void;
}

const deviceCalls = [
  'createBuffer',
  'createBindGroup',
  'createBindGroupLayout',
  'createPipelineLayout',
  'createShaderModule',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createCommandEncoder',
  'pushErrorScope',
  'popErrorScope',
] as const;

type AnyCalls = Record<string, (...given: never[]) => unknown>;

/** Puts `before` in front of a method of one object. */
function precede(target: object, name: string, before: () => void): void {
  const calls = target as AnyCalls;
  const original = calls[name].bind(target);
  calls[name] = (...given) => {
    before();
    return original(...given);
  };
}

function watchBuffers(device: GPUDevice, { onBuffer, onCall }: Watch): void {
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    precede(buffer, 'mapAsync', () => onCall?.('mapAsync', device));
    onBuffer?.(buffer);
    return buffer;
  };
}

function watchDevice(device: GPUDevice, watch: Watch): GPUDevice {
  const { onCall, onShader, onScope } = watch;
  const createShaderModule = device.createShaderModule.bind(device);
  device.createShaderModule = ({ label = '', code }) =>
    createShaderModule({ label, code: onShader?.(label, code) ?? code });
  const popErrorScope = device.popErrorScope.bind(device);
  device.popErrorScope = async () => {
    const caught = await popErrorScope();
    return onScope ? onScope(caught) : caught;
  };
  watchBuffers(device, watch);
  for (const name of deviceCalls) precede(device, name, () => onCall?.(name, device));
  for (const name of ['submit', 'writeBuffer', 'onSubmittedWorkDone']) {
    precede(device.queue, name, () => onCall?.(name, device));
  }
  return device;
}

export function watchGpu(gpu: GPU, watch: Watch): GPU {
  const requestAdapter: GPU['requestAdapter'] = async (options) => {
    const adapter = await gpu.requestAdapter(options);
    if (!adapter) return null;
    const { vendor } = watch;
    if (vendor) Object.defineProperty(adapter, 'info', { value: { vendor } });
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (given) => watchDevice(await requestDevice(given), watch);
    return adapter;
  };
  return { requestAdapter, wgslLanguageFeatures: gpu.wgslLanguageFeatures } as GPU;
}
