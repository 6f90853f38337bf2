// Half precision (IEEE 754 binary16) from a number, rounded once: tensors given as JSON numbers.

const view = new DataView(new ArrayBuffer(8));
/** From here a half would round to infinity. */
const overflowsFrom = 65520;

/** The bits nearest to `value`, ties to even; null where it is too large for a finite half. */
export function toHalfBits(value: number): number | null {
  const magnitude = Math.abs(value);
  if (!(magnitude < overflowsFrom)) return null;
  view.setFloat64(0, value);
  const high = view.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  // Subnormal halves share the step of the smallest normal ones.
  const exponent = Math.max(-14, ((high >>> 20) & 0x7ff) - 1023);
  // A power of two scales exactly, and below 2^12 the rest that decides a tie is exact as well.
  const steps = magnitude / 2 ** (exponent - 10);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const isUp = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  const rounded = floor + (isUp ? 1 : 0);
  // A carry out of the fraction moves on into the exponent, as the encoding wants it.
  return sign | (rounded < 1024 ? rounded : ((exponent + 14) << 10) + rounded);
}
