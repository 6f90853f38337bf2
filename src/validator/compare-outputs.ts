// Whether two results of a bounded unit say the same, by the comparison that the model's manifest
// declares. Floats differ from device to device: what is compared here is never an exact unit's.
import type { Closeness, Comparison } from '#protocol/comparison.ts';
import { IdlewildError } from '#protocol/errors.ts';
import type { TensorMap, TensorValue } from '#protocol/tensor.ts';
import { readElements } from '#protocol/tensor-elements.ts';

/**
 * @param a, b outputs of a unit's requests, in order
 * @returns false as well where shapes or types differ, or an element is no finite number
 */
export function agree(
  comparison: Comparison,
  a: readonly TensorMap[],
  b: readonly TensorMap[],
): boolean {
  return a.length === b.length && a.every((outputs, row) => agreeOn(comparison, outputs, b[row]));
}

function agreeOn(comparison: Comparison, a: TensorMap, b: TensorMap): boolean {
  if (comparison.kind === 'close') {
    return Object.entries(comparison.outputs).every(([name, closeness]) =>
      withBoth(a, b, name, (one, other) => areClose(closeness, one, other)),
    );
  }
  const { output } = comparison;
  if (comparison.kind === 'equal') return areSame(a, b, output);
  const { axis, collapse } = comparison;
  return withBoth(a, b, output, (one, other) =>
    areEqual(decode(one, axis, collapse), decode(other, axis, collapse)),
  );
}

/** Integers by their bytes: 64 bits are more than a number holds. */
function areSame(a: TensorMap, b: TensorMap, name: string): boolean {
  if (!Object.hasOwn(a, name) || !Object.hasOwn(b, name)) return false;
  const [one, other] = [a[name], b[name]];
  return one.dtype === other.dtype && areEqual(one.data, other.data);
}

interface Elements {
  shape: readonly number[];
  elements: ArrayLike<number>;
}

type Test = (a: Elements, b: Elements) => boolean;

/** Both have the output, of one type; text of another length may decode alike, so shapes may differ. */
function withBoth(a: TensorMap, b: TensorMap, name: string, test: Test): boolean {
  if (!Object.hasOwn(a, name) || !Object.hasOwn(b, name)) return false;
  if (a[name].dtype !== b[name].dtype) return false;
  const one = finite(a[name]);
  const other = finite(b[name]);
  return one !== null && other !== null && test(one, other);
}

/** A stranger's integers may be larger than a number holds: they agree with nothing, and stop nothing. */
function finite(tensor: TensorValue): Elements | null {
  const elements = readOrNull(tensor);
  if (!elements) return null;
  for (let i = 0; i < elements.length; i++) if (!Number.isFinite(elements[i])) return null;
  return { shape: tensor.shape, elements };
}

function readOrNull(tensor: TensorValue): ArrayLike<number> | null {
  try {
    return readElements(tensor);
  } catch (thrown) {
    if (thrown instanceof IdlewildError && thrown.code === 'tensor/too-large') return null;
    throw thrown;
  }
}

function areClose({ absolute, relative, cosine }: Closeness, a: Elements, b: Elements): boolean {
  if (!areEqual(a.shape, b.shape)) return false;
  let dot = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.elements.length; i++) {
    const one = a.elements[i];
    const other = b.elements[i];
    const allowed = absolute + relative * Math.max(Math.abs(one), Math.abs(other));
    if (Math.abs(one - other) > allowed) return false;
    dot += one * other;
    squaresOfA += one * one;
    squaresOfB += other * other;
  }
  // Of nothing but zeros there is no direction; how far they are apart is said above.
  if (squaresOfA === 0 || squaresOfB === 0) return true;
  return dot >= cosine * Math.sqrt(squaresOfA) * Math.sqrt(squaresOfB);
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** CTC's blank. */
const blank = 0;

/**
 * Indices of the largest elements along the axis, the smallest index where several are equal.
 * With `collapse`, repeats and blanks are dropped, as CTC reads its steps.
 */
function decode({ shape, elements }: Elements, axis: number, collapse: boolean): number[] {
  const at = axis < 0 ? shape.length + axis : axis;
  const length = shape[at] ?? 1;
  const inner = shape.slice(at + 1).reduce((product, size) => product * size, 1);
  const outer = length === 0 ? 0 : elements.length / (length * inner);
  const ids: number[] = [];
  for (let block = 0; block < outer; block++) {
    for (let lane = 0; lane < inner; lane++) {
      const first = block * length * inner + lane;
      let best = 0;
      for (let i = 1; i < length; i++) {
        if (elements[first + i * inner] > elements[first + best * inner]) best = i;
      }
      ids.push(best);
    }
  }
  if (!collapse) return ids;
  return ids.filter((id, step) => id !== blank && id !== ids[step - 1]);
}
