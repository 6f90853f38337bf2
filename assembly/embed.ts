// The first step of the forward pass (norm, section 6).
import { ACTIVATION_MAX, saturateVector } from './arithmetic';

/**
 * sat(rq(words[token], wordScale[token], wordShift) + positions[position]) for one row of text.
 *
 * @param ids u32 [tokens]
 * @param words i8 [vocabulary][columns], `wordScale` u16 [vocabulary]
 * @param positions i32 [tokens or more][columns]
 * @param x i32 [tokens][columns], Q16; `columns` a multiple of 8
 */
export function embedRow(
  ids: usize,
  tokens: i32,
  words: usize,
  wordScale: usize,
  wordShift: i32,
  positions: usize,
  columns: i32,
  x: usize,
): void {
  // Products stay below 2^23, so that from a shift of 24 on they round to zero.
  const shift = min(wordShift, 24);
  const half = i32x4.splat(1 << (shift - 1));
  for (let token = 0; token < tokens; token++) {
    const id = <usize>load<u32>(ids + (<usize>token << 2));
    const m = i32x4.splat(load<u16>(wordScale + (id << 1)));
    const word = words + id * <usize>columns;
    for (let column: usize = 0; column < <usize>columns; column += 8) {
      const eight = v128.load8x8_s(word + column);
      const left = i32x4.mul(i32x4.extend_low_i16x8_s(eight), m);
      const right = i32x4.mul(i32x4.extend_high_i16x8_s(eight), m);
      const y0 = i32x4.add(i32x4.shr_s(i32x4.add(left, half), shift), v128.load(positions));
      const y1 = i32x4.add(i32x4.shr_s(i32x4.add(right, half), shift), v128.load(positions, 16));
      v128.store(x, saturateVector(y0, ACTIVATION_MAX));
      v128.store(x, saturateVector(y1, ACTIVATION_MAX), 16);
      positions += 32;
      x += 32;
    }
  }
}
