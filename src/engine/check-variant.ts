// Asks kernels the problems of known-answers.ts: one submit of a few million multiply-adds, one
// readback. The inputs are uploaded once for all variants.
import { makeExp2Table, makeGeluTable, makeTanhTable } from '#model/tables.ts';
import { toHex } from '#protocol/bytes.ts';
import { sha256 } from '#sha256';
import { BufferSet, headBytes, uniformStride } from './buffers.ts';
import type { EngineDevice } from './device.ts';
import { perColumn, perHead, perTile } from './grids.ts';
import type { Kernels } from './kernels.ts';
import {
  type AttentionProblem,
  type LinearProblem,
  makeAttentionProblem,
  makeLinearProblem,
} from './known-answers.ts';
import { packLinear, packRow } from './pack.ts';
import { epilogues } from './passes.ts';
import { type Dispatch, Recorder, record } from './recorder.ts';

/** One problem on the device. */
interface Question {
  tokens: number;
  answer: string;
  output: GPUBuffer;
  /** Brings the output to what the kernel finds there. */
  reset(): void;
  ask(recorder: Recorder, kernels: Kernels): Promise<Dispatch[]>;
}

interface Problems {
  linear: LinearProblem[];
  attention: AttentionProblem[];
}

/** @returns the first 16 hex digits of the sha256 of the words' bytes */
export function answerDigest(words: Int32Array<ArrayBuffer>): string {
  return toHex(sha256(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))).slice(
    0,
    16,
  );
}

function packScale({ m, e }: { m: number; e: number }): number {
  return m | ((e + 32) << 16);
}

export class Examiner {
  readonly #engine: EngineDevice;
  readonly #buffers: BufferSet;
  readonly #ranges: GPUBuffer;
  readonly #readback: GPUBuffer;
  readonly #questions: Question[];

  private constructor(engine: EngineDevice, buffers: BufferSet, problems: Problems) {
    const { UNIFORM, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#engine = engine;
    this.#buffers = buffers;
    const tables = {
      gelu: buffers.upload('gelu', makeGeluTable()),
      tanh: buffers.upload('tanh', makeTanhTable()),
    };
    const exp2 = buffers.upload('exp2', makeExp2Table());
    this.#questions = [
      ...problems.linear.map((problem) => this.#linear(problem, tables)),
      ...problems.attention.map((problem) => this.#attention(problem, exp2)),
    ];
    const slots = new Uint32Array((this.#questions.length * uniformStride) / 4);
    this.#questions.forEach(({ tokens }, slot) => {
      slots.set([0, tokens], (slot * uniformStride) / 4);
    });
    this.#ranges = buffers.upload('ranges', slots, UNIFORM);
    const bytes = this.#questions.reduce((sum, { output }) => sum + output.size, 0);
    this.#readback = buffers.create('readback', bytes, MAP_READ | COPY_DST);
  }

  /** @throws engine/out-of-memory, engine/device-lost */
  static async open(engine: EngineDevice, problems: Problems): Promise<Examiner> {
    const buffers = new BufferSet(engine);
    try {
      return await engine.allocate(() => new Examiner(engine, buffers, problems));
    } catch (thrown) {
      buffers.destroy();
      throw thrown;
    }
  }

  /** Whether these kernels give every known answer. @throws engine/device-lost */
  async passes(kernels: Kernels): Promise<boolean> {
    const { device } = this.#engine;
    const shapes = new BufferSet(this.#engine);
    try {
      const recorder = new Recorder(this.#engine, this.#ranges);
      const asked: Dispatch[][] = [];
      for (const question of this.#questions) asked.push(await question.ask(recorder, kernels));
      await recorder.finish(shapes);
      for (const question of this.#questions) question.reset();
      await this.#engine.allocate(() => {
        const encoder = device.createCommandEncoder({ label: 'known answers' });
        const pass = encoder.beginComputePass({ label: 'known answers' });
        asked.forEach((dispatches, slot) => {
          const { tokens } = this.#questions[slot];
          for (const dispatch of dispatches) record(pass, dispatch, slot, tokens);
        });
        pass.end();
        let offset = 0;
        for (const { output } of this.#questions) {
          encoder.copyBufferToBuffer(output, 0, this.#readback, offset, output.size);
          offset += output.size;
        }
        device.queue.submit([encoder.finish()]);
      });
      return await this.#isRight();
    } finally {
      shapes.destroy();
    }
  }

  destroy(): void {
    this.#buffers.destroy();
  }

  async #isRight(): Promise<boolean> {
    await this.#engine.wait(this.#readback.mapAsync(GPUMapMode.READ));
    const words = new Int32Array(this.#readback.getMappedRange()).slice();
    this.#readback.unmap();
    let offset = 0;
    return this.#questions.every(({ output, answer }) => {
      const part = words.subarray(offset, offset + output.size / 4);
      offset += part.length;
      return answerDigest(part) === answer;
    });
  }

  #linear(problem: LinearProblem, tables: Record<'gelu' | 'tanh', GPUBuffer>): Question {
    const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const { queue } = this.#engine.device;
    const buffers = this.#buffers;
    const { tokens, outputs, answer, isShifted } = problem;
    const { weights, rows, present } = makeLinearProblem(problem);
    const packed = packLinear(weights, isShifted);
    const q = new Int8Array(16 * packed.vectors * tokens);
    rows.forEach((row, token) => {
      q.set(packRow(row.q, weights.outliers, isShifted), 16 * packed.vectors * token);
    });
    const output = buffers.create('known', present.byteLength, STORAGE | COPY_DST | COPY_SRC);
    const storage = [
      buffers.upload('known', q),
      buffers.upload('known', Uint32Array.from(rows, packScale)),
      buffers.upload('known', packed.weights),
      buffers.upload('known', packed.channels),
      problem.epilogue === 'tanh' ? tables.tanh : tables.gelu,
      output,
    ];
    const shape = [packed.vectors, packed.planes, outputs, packed.shift];
    shape.push(epilogues[problem.epilogue]);
    return {
      tokens,
      answer,
      output,
      reset: () => queue.writeBuffer(output, 0, present),
      ask: async (recorder, kernels) => [
        recorder.add(kernels.get('linear'), shape, storage, perTile(kernels, outputs)),
      ],
    };
  }

  #attention(problem: AttentionProblem, exp2: GPUBuffer): Question {
    const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const { queue } = this.#engine.device;
    const buffers = this.#buffers;
    const { heads, headWords, lengths, tokensMax, answer } = problem;
    const { qkv, hiddenSize, tokens, attention, bias } = makeAttentionProblem(problem);
    const starts = lengths.map((_, row) => lengths.slice(0, row).reduce((a, b) => a + b, 0));
    const spans = lengths.flatMap((length, row) =>
      Array.from({ length }, (_, position) => [0, position, starts[row], starts[row] + length]),
    );
    const wide = new Int32Array(tokens * 3 * hiddenSize);
    for (const [token, row] of qkv.entries()) wide.set(row, token * row.length);
    const context = new Int32Array(tokens * hiddenSize);
    const quantized = buffers.create(
      'known',
      3 * tokens * heads * headBytes(4 * headWords),
      STORAGE,
    );
    const scales = buffers.create('known', 12 * tokens * heads, STORAGE);
    const values = buffers.upload('known', wide);
    const spanWords = buffers.upload('known', Uint32Array.from(spans.flat()));
    const biases = buffers.upload('known', bias);
    const output = buffers.create('known', context.byteLength, STORAGE | COPY_DST | COPY_SRC);
    return {
      tokens,
      answer,
      output,
      reset: () => queue.writeBuffer(output, 0, context),
      ask: async (recorder, kernels) => [
        recorder.add(
          kernels.get('heads'),
          [heads, headWords],
          [values, quantized, scales],
          perColumn(kernels, 3 * heads),
        ),
        recorder.add(
          await kernels.attend(problem),
          [heads, attention.mantissa, attention.shift, 2 * tokensMax - 1],
          [spanWords, quantized, scales, exp2, biases, output],
          perHead(kernels, heads),
        ),
      ],
    };
  }
}
