// Self-attention of one row of text (norm, section 6), head by head in a scratch that stays in the
// cache: the head's int8 queries, keys and values are packed, then five queries run at a time.
import { ACTIVATION_MAX, multiplyHigh, requantizeVector, saturateVector } from './arithmetic';
import { alignTo8, packKeys, packQueries, packValues, powerOfTwo } from './heads';
import { scoreQuery, weighKeys } from './softmax';
import { multiplyTile, TILE_ROWS } from './tile';

// The scratch of the call that runs, laid out by `placeScratch`; a WASM instance has one thread.
let keyCount: i32 = 0;
let wide: i32 = 0;
let queries: usize = 0;
let queryMantissas: usize = 0;
let queryExponents: usize = 0;
let keyPanels: usize = 0;
let keyMantissas: usize = 0;
let keyPowers: usize = 0;
let valuePanels: usize = 0;
let valueMantissas: usize = 0;
let valuePowers: usize = 0;
let scores: usize = 0;
let probabilities: usize = 0;
let sums: usize = 0;
let outputScales: usize = 0;

/** @returns the first byte beyond the scratch */
function placeScratch(scratch: usize, tokens: i32, size: i32): usize {
  keyCount = alignTo8(tokens);
  wide = alignTo8(size);
  const packed = <usize>(2 * keyCount * wide);
  const words = <usize>keyCount << 2;
  queries = scratch;
  // The last tile may read past the queries, into the keys; those sums are not looked at.
  keyPanels = queries + packed;
  valuePanels = keyPanels + packed;
  queryMantissas = valuePanels + packed;
  queryExponents = queryMantissas + words;
  keyMantissas = queryExponents + words;
  keyPowers = keyMantissas + 2 * words;
  valueMantissas = keyPowers + 2 * words;
  valuePowers = valueMantissas + words;
  scores = valuePowers + words;
  probabilities = scores + <usize>TILE_ROWS * words;
  sums = probabilities + ((<usize>TILE_ROWS * words) >> 1);
  outputScales = sums + <usize>((TILE_ROWS * wide) << 2);
  return outputScales + (TILE_ROWS << 3);
}

/** Bytes of scratch that `attendRow` needs for `tokens` and heads of `size`. */
export function attentionScratchBytes(tokens: i32, size: i32): usize {
  return placeScratch(0, tokens, size);
}

/** One query, `at` in its tile: from its dots to its seven-bit weights and its output scale. */
function weighQuery(
  query: i32,
  at: usize,
  tokens: i32,
  mantissa: u32,
  shift: i32,
  table: usize,
  e: i32,
): void {
  const word = <usize>query << 2;
  const line = scores + at * (<usize>keyCount << 2);
  const scale = <f64>multiplyHigh(load<u32>(queryMantissas + word), mantissa);
  const power = powerOfTwo(32 - shift + load<i32>(queryExponents + word));
  const top = scoreQuery(line, tokens, keyCount, scale, power, keyMantissas, keyPowers);
  const p = probabilities + at * (<usize>keyCount << 1);
  const output = outputScales + (at << 3);
  weighKeys(line, keyCount, top, e, table, valueMantissas, valuePowers, p, output);
}

/** The context of the query `at` in its tile, from its sums: `size` values, Q12. */
function finishQuery(at: usize, size: i32, context: usize): void {
  const from = sums + at * (<usize>wide << 2);
  const m = i32x4.splat(load<u32>(outputScales + (at << 3)));
  const s = load<i32>(outputScales + (at << 3), 4);
  for (let d: usize = 0; d < <usize>size << 2; d += 16) {
    const value = requantizeVector(v128.load(from + d), m, s);
    v128.store(context + d, saturateVector(value, ACTIVATION_MAX));
  }
}

/**
 * @param qkv i32 [tokens][3 · hiddenSize], Q12: queries, keys, values
 * @param mantissa of the attention scale, `shift` its exponent
 * @param table u32 [256][2]: 4·EXP2[i] + 1, EXP2[i] - EXP2[i + 1]
 * @param scratch of attentionScratchBytes(tokens, hiddenSize / heads)
 * @param context i32 [tokens][hiddenSize], Q12
 */
export function attendRow(
  qkv: usize,
  tokens: i32,
  hiddenSize: i32,
  heads: i32,
  mantissa: u32,
  shift: i32,
  table: usize,
  scratch: usize,
  context: usize,
): void {
  const size = hiddenSize / heads;
  const hiddenBytes = <usize>hiddenSize << 2;
  const rowBytes: usize = 3 * hiddenBytes;
  placeScratch(scratch, tokens, size);
  for (let head = 0; head < heads; head++, qkv += <usize>size << 2, context += <usize>size << 2) {
    packQueries(qkv, rowBytes, tokens, size, queries, queryMantissas, queryExponents);
    packKeys(qkv + hiddenBytes, rowBytes, tokens, size, keyPanels, keyMantissas, keyPowers);
    const values = qkv + 2 * hiddenBytes;
    const e = packValues(
      values, rowBytes, tokens, size, valuePanels, valueMantissas, valuePowers,
    );
    for (let query = 0; query < tokens; query += TILE_ROWS) {
      const count = min(TILE_ROWS, tokens - query);
      const rows = queries + <usize>(2 * query * wide);
      for (let key = 0; key < keyCount; key += 8) {
        const panel = keyPanels + <usize>(2 * key * wide);
        multiplyTile(rows, wide << 1, panel, wide >> 1, scores + (key << 2), keyCount << 2);
      }
      for (let at = 0; at < count; at++) {
        weighQuery(query + at, at, tokens, mantissa, shift, table, e);
      }
      for (let d = 0; d < wide; d += 8) {
        const panel = valuePanels + <usize>(2 * d * keyCount);
        const to = sums + (d << 2);
        multiplyTile(probabilities, keyCount << 1, panel, keyCount >> 1, to, wide << 2);
      }
      for (let at = 0; at < count; at++) {
        finishQuery(at, size, context + <usize>(query + at) * hiddenBytes);
      }
    }
  }
}
