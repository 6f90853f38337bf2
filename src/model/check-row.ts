// A bounded unit's row held against its model's outputs, before it is compared or delivered.
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap } from '#protocol/tensor.ts';
import { type BoundedManifest, rowPorts } from './bounded-manifest.ts';

/**
 * Every output once, with its type, its number of dimensions and its fixed lengths.
 * @throws unit/output, naming the output
 */
export function checkRow(
  manifest: Pick<BoundedManifest, 'runner' | 'graphs'>,
  row: TensorMap,
): void {
  const ports = rowPorts(manifest);
  const refuse = (name: string, why: string) =>
    new IdlewildError('unit/output', `Output ${JSON.stringify(name.slice(0, 80))}: ${why}.`);
  const stranger = Object.keys(row).find((name) => !ports.some((port) => port.name === name));
  if (stranger !== undefined) throw refuse(stranger, 'the model has no such output');
  for (const { name, dtype, shape } of ports) {
    if (!Object.hasOwn(row, name)) throw refuse(name, 'is missing');
    const tensor = row[name];
    const fits =
      tensor.dtype === dtype &&
      tensor.shape.length === shape.length &&
      shape.every((length, at) => typeof length === 'string' || length === tensor.shape[at]);
    if (!fits) {
      const given = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
      throw refuse(name, `${given}, expected ${dtype} [${shape.join(', ')}]`);
    }
  }
}
