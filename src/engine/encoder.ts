// One model on one device: rows are concatenated into groups, groups run in slices, and the rows'
// outputs are read back once per group, while the next group is already computed.
// docs/exact-arithmetic.md, section 6, is what it computes.
import { outputSize } from '#model/architecture.ts';
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
import { Flight, type Landed } from './flight.ts';
import { describeSlice, type Group, GroupLoader } from './group.ts';
import type { Kernels } from './kernels.ts';
import type { Pace } from './pace.ts';
import { createPasses, type Passes } from './passes.ts';
import { cutGroups, Plan, type Slice, type Step, stepsMax } from './plan.ts';
import { record } from './recorder.ts';

interface Parts {
  engine: EngineDevice;
  pace: Pace;
  config: EncoderConfig;
  groupMax: GroupMax;
  buffers: BufferSet;
  activations: ActivationBuffers;
  passes: Passes;
  loader: GroupLoader;
}

/** A call of `encode`. */
interface Call {
  output: Int32Array<ArrayBuffer>;
  done: number;
  total: number;
  onSlice: EncodeOptions['onSlice'];
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
  readonly #flight: Flight;
  readonly #ranges = new Uint32Array((stepsMax * uniformStride) / 4);
  /** Calls take turns: they share the activations. */
  #turn: Promise<unknown> = Promise.resolve();
  #isDestroyed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#flight = new Flight(parts.engine);
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
    const { config } = this.#parts;
    this.#check();
    checkRows(rows, config);
    const total = rows.reduce((sum, { length }) => sum + rowCost(config, length), 0);
    const output = new Int32Array(rows.length * outputSize(config));
    try {
      await this.#run(rows, { output, done: 0, total, onSlice });
    } finally {
      await this.#flight.drain();
    }
    return output;
  }

  async #run(rows: readonly Uint32Array[], call: Call): Promise<void> {
    const { engine, config, groupMax, pace, activations, loader } = this.#parts;
    const lengths = rows.map((row) => row.length);
    for (const [index, cut] of cutGroups(lengths, groupMax).entries()) {
      const end = cut.row + cut.rows;
      const group = loader.load(engine.device.queue, cut.row, rows.slice(cut.row, end));
      const plan = new Plan(config, lengths.slice(cut.row, end));
      while (!plan.done) {
        const slice = plan.next(pace.budget);
        // At most one submit is still flying here, so the readback of two groups ago is free.
        this.#submit(slice, group, plan.done ? activations.readbacks[index % 2] : null);
        while (this.#flight.isFull) await this.#land(call);
      }
    }
    while (!this.#flight.isEmpty) await this.#land(call);
  }

  /** Submits one slice; the last of a group also copies the rows' outputs out. */
  #submit(slice: Slice, group: Group, readback: GPUBuffer | null): void {
    const { engine, activations, config } = this.#parts;
    const { device } = engine;
    const { steps } = slice;
    const encoder = device.createCommandEncoder({ label: 'slice' });
    const pass = encoder.beginComputePass({ label: 'slice' });
    steps.forEach((step, slot) => {
      this.#record(pass, step, slot, group);
    });
    pass.end();
    const bytes = 4 * group.rows * outputSize(config);
    if (readback) encoder.copyBufferToBuffer(activations.output, 0, readback, 0, bytes);
    const words = (steps.length * uniformStride) / 4;
    device.queue.writeBuffer(activations.ranges, 0, this.#ranges, 0, words);
    this.#flight.submit(encoder.finish(), { slice, group, readback }, bytes);
  }

  #record(pass: GPUComputePassEncoder, step: Step, slot: number, group: Group): void {
    const { passes } = this.#parts;
    const { kind, layer } = step;
    const dispatches =
      kind === 'embed' || kind === 'pool' ? passes[kind] : passes.layers[layer][kind];
    const [start, end] = kind === 'pool' ? [0, group.rows] : [step.start, step.end];
    this.#ranges[(slot * uniformStride) / 4] = start;
    this.#ranges[(slot * uniformStride) / 4 + 1] = end;
    for (const dispatch of dispatches) record(pass, dispatch, slot, end - start);
  }

  /** Waits for the oldest slice, keeps what it computed, and lets the caller pace or stop. */
  async #land(call: Call): Promise<void> {
    const { pace } = this.#parts;
    const landed = await this.#flight.land();
    const { slice, group, elapsedMs } = landed;
    pace.record(slice.cost, elapsedMs);
    this.#keep(landed, call);
    call.done += slice.multiplyAdds;
    const { done, total, onSlice } = call;
    if (onSlice) {
      const start = performance.now();
      await onSlice({ done, total, ...describeSlice(slice, group) });
      this.#flight.note(performance.now() - start);
    }
    this.#check();
  }

  #keep({ readback, group }: Landed, { output }: Call): void {
    if (!readback) return;
    const size = outputSize(this.#parts.config);
    const bytes = 4 * group.rows * size;
    output.set(new Int32Array(readback.getMappedRange(0, bytes)), group.row * size);
    readback.unmap();
  }
}

/** Uploads a model and makes all that its forward pass needs. @throws engine/... */
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
    const loader = new GroupLoader(source, groupMax, activations);
    const shared = { engine, pace, config, groupMax };
    return new WebgpuEncoder({ ...shared, buffers, activations, passes, loader });
  } catch (thrown) {
    buffers.destroy();
    throw thrown;
  }
}
