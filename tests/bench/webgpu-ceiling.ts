// How many integer-dot operations a second an adapter can do at all: the yardstick that our forward
// pass is held against, since onnxruntime has no integer path on a GPU to compare with.
/// <reference types="vite/client" />
import text from '/tests/bench/webgpu-ceiling.wgsl?raw';
import type { CpuClock } from './race.ts';

const lanes = 64;
const turns = 1024;
/** Four steps a turn, four dots a step, a dot being four products and four sums. */
const operationsOfInvocation = turns * 4 * 4 * 8;
const groupsMax = 65_535;
/** Long against the clock's tick and a submit; short against the two seconds that drivers allow. */
const longEnoughMs = 400;
const rounds = 3;

/** @returns operations a second in units of 10^9, by the given clock */
export async function measureCeiling(device: GPUDevice, clockMs: CpuClock): Promise<number> {
  const pipeline = await device.createComputePipelineAsync({
    label: 'ceiling',
    layout: 'auto',
    compute: {
      module: device.createShaderModule({ label: 'ceiling', code: text }),
      entryPoint: 'ceiling',
      constants: { lanes, turns },
    },
  });
  const sink = device.createBuffer({ label: 'sink', size: 4, usage: GPUBufferUsage.STORAGE });
  const group = device.createBindGroup({
    label: 'ceiling',
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: sink } }],
  });
  const time = async (groups: number): Promise<number> => {
    const start = await clockMs();
    const encoder = device.createCommandEncoder({ label: 'ceiling' });
    const pass = encoder.beginComputePass({ label: 'ceiling' });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (await clockMs()) - start;
  };
  // The first dispatch also pays for what drivers put off at compilation.
  await time(1);
  let groups = 16;
  while (groups < groupsMax && (await time(groups)) < longEnoughMs) {
    groups = Math.min(groupsMax, 2 * groups);
  }
  let leastMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) leastMs = Math.min(leastMs, await time(groups));
  sink.destroy();
  return (groups * lanes * operationsOfInvocation) / leastMs / 1e6;
}
