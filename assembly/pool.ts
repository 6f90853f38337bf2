// From a row's last layer to what its output is made from (norm, section 6): the sum of its tokens,
// their mean, and the tanh that may follow the dense layer.

/** output[d] = Σ over tokens of x[d], i32 [columns]; of one token, that token. */
export function poolRow(x: usize, tokens: i32, columns: i32, output: usize): void {
  const rowBytes = <usize>columns << 2;
  for (let at: usize = 0; at < rowBytes; at += 16) {
    let sum = i32x4.splat(0);
    let from = x + at;
    for (let token = 0; token < tokens; token++, from += rowBytes) {
      sum = i32x4.add(sum, v128.load(from));
    }
    v128.store(output + at, sum);
  }
}

/** x[d] = floor((x[d] + floor(count / 2)) / count), i32 [columns]; no sum overflows below 2^30. */
export function divideRow(x: usize, count: i32, columns: i32): void {
  const half = count >> 1;
  for (const end = x + (<usize>columns << 2); x < end; x += 4) {
    const sum = load<i32>(x) + half;
    const quotient = sum / count;
    store<i32>(x, quotient - <i32>(sum < quotient * count));
  }
}

/** From 8.0 in Q12 on the table's last entry stands for all. */
const TABLE_END: i32 = 32768;

/**
 * x = tanh(x), Q12 to Q20 (norm, section 2), one by one: a row of text has one such row.
 *
 * @param x i32 [count]
 * @param table i32 [513]
 */
export function bendRow(x: usize, count: i32, table: usize): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4) {
    const value = load<i32>(x);
    const magnitude = min(abs(value), TABLE_END);
    const entry = table + (<usize>(magnitude >> 6) << 2);
    let t = load<i32>(entry);
    // At the end there is no next entry, and nothing between it and the last.
    if (magnitude & 63) t += ((load<i32>(entry, 4) - t) * (magnitude & 63) + 32) >> 6;
    store<i32>(x, value < 0 ? -t : t);
  }
}
