// One model on one device: rows are concatenated into groups, groups run in slices, and pooled
// sums are read back once per group. docs/exact-arithmetic.md, section 6, is what it computes.
import type { EncodeOptions, Encoder } from '#model/backend.ts';
import { rowCost } from '#model/cost.ts';
import type { EncoderConfig, EncoderWeights } from '#model/encoder.ts';
import { IdlewildError } from '#protocol/errors.ts';
import {
  type ActivationBuffers,
  BufferSet,
  createActivations,
  type GroupMax,
  uniformStride,
  uploadWeights,
} from './buffers.ts';
import type { EngineDevice } from './device.ts';
import type { Kernels } from './kernels.ts';
import type { Pace } from './pace.ts';
import { createPasses, type Passes } from './passes.ts';
import { cutGroups, Plan, type Slice, type Step } from './plan.ts';

interface Parts {
  engine: EngineDevice;
  pace: Pace;
  config: EncoderConfig;
  groupMax: GroupMax;
  buffers: BufferSet;
  activations: ActivationBuffers;
  passes: Passes;
}

interface Group {
  /** Index of the group's first row in the call. */
  row: number;
  rows: readonly Uint32Array[];
  /** First token of each row, and past-last of the last. */
  starts: number[];
}

/** @throws engine/bad-row for what the model cannot take */
function checkRows(rows: readonly Uint32Array[], config: EncoderConfig): void {
  rows.forEach((row, index) => {
    if (row.length === 0 || row.length > config.tokensMax) {
      throw new IdlewildError('engine/bad-row', `Row ${index} has ${row.length} tokens.`, {
        metaMessages: [`This model takes 1 to ${config.tokensMax} (tokensMax).`],
      });
    }
    const token = row.find((id) => id >= config.vocabularySize);
    if (token !== undefined) {
      throw new IdlewildError('engine/bad-row', `Row ${index} holds token ${token}.`, {
        metaMessages: [`This model has ${config.vocabularySize} tokens (vocabularySize).`],
      });
    }
  });
}

export class WebgpuEncoder implements Encoder {
  readonly #parts: Parts;
  /** Calls take turns: they share the activations. */
  #turn: Promise<unknown> = Promise.resolve();
  #isDestroyed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  encode(rows: readonly Uint32Array[], options: EncodeOptions = {}) {
    const result = this.#turn
      .then(() => this.#encode(rows, options))
      .catch((thrown) => {
        // Buffers destroyed under a running call fail in many ways; this says the one cause.
        this.#check();
        throw thrown;
      });
    this.#turn = result.catch(() => {});
    return result;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#parts.buffers.destroy();
  }

  #check(): void {
    this.#parts.engine.check();
    if (this.#isDestroyed) {
      throw new IdlewildError('engine/destroyed', 'This encoder was destroyed.');
    }
  }

  async #encode(rows: readonly Uint32Array[], { onSlice }: EncodeOptions) {
    const { config, groupMax, pace } = this.#parts;
    this.#check();
    checkRows(rows, config);
    const lengths = rows.map((row) => row.length);
    const total = lengths.reduce((sum, length) => sum + rowCost(config, length), 0);
    const output = new Int32Array(rows.length * config.hiddenSize);
    let done = 0;
    for (const { row, rows: count } of cutGroups(lengths, groupMax)) {
      const group = this.#load(row, rows.slice(row, row + count));
      const plan = new Plan(config, lengths.slice(row, row + count));
      while (!plan.done) {
        const slice = plan.next(pace.budget);
        await this.#run(slice, group, plan.done);
        done += slice.multiplyAdds;
        await onSlice?.({ done, total, ...describeSlice(slice, group) });
        this.#check();
      }
      output.set(await this.#read(count), row * config.hiddenSize);
    }
    return output;
  }

  /** Sends a group's tokens to the device. */
  #load(row: number, rows: readonly Uint32Array[]): Group {
    const { engine, activations } = this.#parts;
    const starts = [0];
    for (const { length } of rows) starts.push(starts[starts.length - 1] + length);
    const spans = new Uint32Array(4 * starts[rows.length]);
    const bounds = new Uint32Array(2 * rows.length);
    rows.forEach((tokens, index) => {
      const [start, end] = [starts[index], starts[index + 1]];
      bounds.set([start, end], 2 * index);
      tokens.forEach((token, position) => {
        spans.set([token, position, start, end], 4 * (start + position));
      });
    });
    engine.device.queue.writeBuffer(activations.spans, 0, spans);
    engine.device.queue.writeBuffer(activations.rows, 0, bounds);
    return { row, rows, starts };
  }

  /** Submits one slice and waits for it; the last of a group also copies the pooled sums out. */
  async #run({ steps, cost }: Slice, group: Group, isLast: boolean): Promise<void> {
    const { engine, pace, activations, config } = this.#parts;
    const { device } = engine;
    const ranges = new Uint32Array((steps.length * uniformStride) / 4);
    steps.forEach((step, slot) => {
      const range = step.kind === 'pool' ? [0, group.rows.length] : [step.start, step.end];
      ranges.set(range, (slot * uniformStride) / 4);
    });
    const encoder = device.createCommandEncoder({ label: 'slice' });
    const pass = encoder.beginComputePass({ label: 'slice' });
    steps.forEach((step, slot) => {
      this.#record(pass, step, slot, group);
    });
    pass.end();
    if (isLast) {
      const bytes = 4 * group.rows.length * config.hiddenSize;
      encoder.copyBufferToBuffer(activations.pooled, 0, activations.readback, 0, bytes);
    }
    const start = performance.now();
    device.queue.writeBuffer(activations.ranges, 0, ranges);
    device.queue.submit([encoder.finish()]);
    await engine.wait(device.queue.onSubmittedWorkDone());
    pace.record(cost, performance.now() - start);
  }

  #record(pass: GPUComputePassEncoder, step: Step, slot: number, group: Group): void {
    const { passes } = this.#parts;
    const isWhole = step.kind === 'embed' || step.kind === 'pool';
    const dispatches = isWhole
      ? passes[step.kind as 'embed' | 'pool']
      : passes.layers[step.layer][step.kind as 'keys' | 'mix'];
    const count = step.kind === 'pool' ? group.rows.length : step.end - step.start;
    for (const { pipeline, group: bindings, grid } of dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings, [slot * uniformStride]);
      pass.dispatchWorkgroups(...grid(count));
    }
  }

  async #read(rows: number): Promise<Int32Array> {
    const { engine, activations, config } = this.#parts;
    const bytes = 4 * rows * config.hiddenSize;
    await engine.wait(activations.readback.mapAsync(GPUMapMode.READ, 0, bytes));
    const words = new Int32Array(activations.readback.getMappedRange(0, bytes)).slice();
    activations.readback.unmap();
    return words;
  }
}

/** The layer just computed, and the rows that the slice touched. */
function describeSlice({ steps }: Slice, { row, starts }: Group) {
  const first = Math.min(...steps.map((step) => step.start));
  const last = Math.max(...steps.map((step) => step.end)) - 1;
  const rowOf = (token: number) => starts.findLastIndex((start) => start <= token);
  const layer = steps[steps.length - 1].layer;
  return { layer, row: row + rowOf(first), rows: rowOf(last) - rowOf(first) + 1 };
}

/** Uploads a model and makes all that its forward pass needs. @throws engine/out-of-memory */
export async function createWebgpuEncoder(
  engine: EngineDevice,
  kernels: Kernels,
  options: { weights: EncoderWeights; groupMax: GroupMax; pace: Pace },
): Promise<WebgpuEncoder> {
  const { weights: source, groupMax, pace } = options;
  const { config } = source;
  const buffers = new BufferSet(engine);
  try {
    const weights = await uploadWeights(engine, buffers, source);
    const activations = await createActivations(engine, buffers, config, groupMax);
    const model = { source, buffers, weights, activations };
    const passes = await createPasses(engine, kernels, model);
    return new WebgpuEncoder({ engine, pace, config, groupMax, buffers, activations, passes });
  } catch (thrown) {
    buffers.destroy();
    throw thrown;
  }
}
