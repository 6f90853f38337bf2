// Requests that the import makes up: of the shapes that were given, filled alike on every machine,
// so that importing twice gives one manifest.
import type { Port } from '#model/bounded-manifest.ts';
import { IdlewildError } from '#protocol/errors.ts';
import { checkShape, elementCount, type TensorMap, type TensorValue } from '#protocol/tensor.ts';
import { tensorFromJson } from '#protocol/tensor-json.ts';

/** By input. */
export type Shapes = Record<string, number[]>;

/** Lowest and highest value, by input. */
export type Ranges = Record<string, readonly [number, number]>;

/**
 * The shapes given, held against the ports; 1 for a first axis that is open, where none was given.
 * @throws onnx/example naming the input and the option
 */
export function chooseShapes(ports: readonly Port[], given: Shapes): Shapes {
  const stranger = Object.keys(given).find((name) => !ports.some((port) => port.name === name));
  if (stranger !== undefined) {
    const names = ports.map(({ name }) => name).join(', ');
    throw refuse(`The model has no input ${stranger}: it has ${names}.`);
  }
  return Object.fromEntries(ports.map((port) => [port.name, chooseShape(port, given[port.name])]));
}

function chooseShape({ name, shape, dtype }: Port, given: number[] | undefined): number[] {
  const wanted = `[${shape.join(', ')}]`;
  if (given) {
    const fits =
      given.length === shape.length &&
      shape.every((length, axis) => typeof length === 'string' || length === given[axis]);
    if (!fits) throw refuse(`Input ${name} is ${wanted}, the example [${given.join(', ')}].`);
    checkShape(given, dtype, name);
    return given;
  }
  return shape.map((length, axis) => {
    if (typeof length === 'number') return length;
    if (axis === 0) return 1;
    const example = shape.map((each, at) => (typeof each === 'number' ? each : at === 0 ? 1 : 64));
    throw refuse(`Input ${name} is ${wanted}: its lengths are open.`, [
      `Say a usual request's: --example ${name}=${example.join(',')}`,
    ]);
  });
}

function refuse(message: string, metaMessages: string[] = []): IdlewildError {
  return new IdlewildError('onnx/example', message, { metaMessages });
}

/** The shapes with one open axis twice as long, everywhere it stands; null where none is open. */
export function growShapes(ports: readonly Port[], shapes: Shapes): Shapes | null {
  const axis = ports
    .flatMap(({ shape }) => shape.filter((part) => typeof part === 'string'))
    .at(-1);
  if (axis === undefined) return null;
  return Object.fromEntries(
    ports.map(({ name, shape }) => [
      name,
      shapes[name].map((length, at) => (shape[at] === axis ? 2 * length : length)),
    ]),
  );
}

/** Mulberry32: the same numbers everywhere, in [0, 1). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface ExampleOptions {
  shapes: Shapes;
  ranges: Ranges;
  seed: number;
}

export function shapesOf(request: TensorMap): Shapes {
  return Object.fromEntries(Object.entries(request).map(([name, { shape }]) => [name, shape]));
}

/** Floats from -1 to 1 and integers 0 or 1, unless a range says otherwise. */
export function makeExample(
  ports: readonly Port[],
  { shapes, ranges, seed }: ExampleOptions,
): TensorMap {
  const random = createRandom(seed);
  return Object.fromEntries(
    ports.map((port): [string, TensorValue] => {
      const { name, dtype } = port;
      const isFloat = dtype.startsWith('float');
      const [least, most] = ranges[name] ?? (isFloat ? [-1, 1] : [0, 1]);
      const draw = isFloat
        ? () => least + (most - least) * random()
        : () => least + Math.floor((most - least + 1) * random());
      const shape = shapes[name];
      const data = Array.from({ length: elementCount(shape) }, draw);
      return [name, tensorFromJson({ dtype, shape, data }, name)];
    }),
  );
}

/** Floats moved by about their last bit, up or down: what rounding elsewhere would do to them. */
export function moveExample(request: TensorMap, seed: number): TensorMap {
  const random = createRandom(seed);
  return Object.fromEntries(
    Object.entries(request).map(([name, tensor]): [string, TensorValue] => {
      if (tensor.dtype !== 'float32') return [name, tensor];
      const data = tensor.data.slice();
      const view = new DataView(data.buffer);
      for (let at = 0; at < data.length; at += 4) {
        const value = view.getFloat32(at, true);
        view.setFloat32(at, value * (1 + (random() < 0.5 ? -1 : 1) * 2 ** -23), true);
      }
      return [name, { ...tensor, data }];
    }),
  );
}
