// From a group's last layer to its rows of output (norm, section 6): pooled row by row, and where the
// model has a dense layer, the pooled rows of the whole group pass it together.
import { outputSize } from '#model/architecture.ts';
import { denseCost } from '#model/cost.ts';
import type { Dense } from './lane.ts';
import { blocks, type Group, type Machine } from './run-layer.ts';

/**
 * Yields the multiply-adds of each step after it has run; there is none without a dense layer.
 * @param output [rows][outputSize] of all groups; the group's rows are written
 */
export function* poolGroup(machine: Machine, group: Group, output: Int32Array): Generator<number> {
  const { config, weights, buffers } = machine;
  const rows = group.lengths.length;
  const size = outputSize(config);
  const give = (address: number, first: number, count: number) => {
    const words = new Int32Array(machine.kernels.memory.buffer, address, count * size);
    output.set(words, (group.row + first) * size);
  };
  poolRows(machine, group);
  if (!weights.dense) {
    give(buffers.context, 0, rows);
    return;
  }
  for (const [row, count] of blocks(machine, rows)) {
    runDense(machine, weights.dense, { row, count });
    give(buffers.outputs, row, count);
    yield count * denseCost(config);
  }
}

/** Sums, means or first tokens, to where the context was: i32 [rows][hiddenSize]. */
function poolRows({ kernels, config, buffers }: Machine, { lengths }: Group): void {
  const { hiddenSize, pooling, dense } = config;
  let x = buffers.x;
  let pooled = buffers.context;
  for (const length of lengths) {
    // The first token is the sum of one.
    const tokens = pooling === 'cls' ? 1 : length;
    kernels.poolRow(x, tokens, hiddenSize, pooled);
    if (dense) kernels.divideRow(pooled, tokens, hiddenSize);
    x += 4 * hiddenSize * length;
    pooled += 4 * hiddenSize;
  }
}

interface Block {
  row: number;
  count: number;
}

function runDense(machine: Machine, dense: Dense, { row, count }: Block): void {
  const { kernels, config, weights, buffers } = machine;
  dense.quantize(buffers.context + 4 * config.hiddenSize * row, count);
  dense.multiply(buffers.outputs, count, false);
  if (config.dense?.activation === 'tanh') {
    kernels.bendRow(buffers.outputs, count * dense.outputs, weights.tanhs);
  }
}
