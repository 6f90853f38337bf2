// Floats of deterministic CBOR: the shortest of 16, 32 and 64 bits that holds the value.

const view = new DataView(new ArrayBuffer(4));

/**
 * A value's half-precision bits, or -1 where it is wider. Of the subnormal halves only powers of two
 * are written as such: the wire began with an encoder that did so, and its bytes are signed.
 */
export function halfBits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  if (value === Number.POSITIVE_INFINITY) return 0x7c00;
  if (value === Number.NEGATIVE_INFINITY) return 0xfc00;
  view.setFloat32(0, value);
  if (view.getFloat32(0) !== value) return -1;
  const single = view.getUint32(0);
  const sign = (single >>> 16) & 0x8000;
  const exponent = ((single >>> 23) & 0xff) - 127;
  const fraction = single & 0x7fffff;
  if (exponent < -14) {
    return exponent >= -24 && fraction === 0 ? sign | (1 << (24 + exponent)) : -1;
  }
  if (exponent > 15 || (fraction & 0x1fff) !== 0) return -1;
  return sign | ((exponent + 15) << 10) | (fraction >> 13);
}

/** The value of half-precision bits. */
export function halfValue(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (fraction + 1024) * 2 ** (exponent - 25);
}
