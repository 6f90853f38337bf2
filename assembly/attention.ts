// Self-attention of one row of text (norm, section 6), head by head in a scratch that stays in the
// cache: the head's int8 queries, keys and values are packed, then five queries run at a time.
import {
  ACTIVATION_MAX,
  multiplyHigh,
  requantizeNarrow,
  requantizeWide,
  SCORE_INPUT_MAX,
  saturateVector,
} from './arithmetic';
import {
  alignTo8,
  commonKeyExponent,
  greatestExponent,
  layKeys,
  layValues,
  NO_COMMON,
  quantizeHeads,
  scaleValues,
} from './heads';
import { addBias, hideBeyond, scoreFarKeys, scoreQuery, weighKeys } from './softmax';
import { multiplyTile, TILE_ROWS } from './tile';

// The scratch of the call that runs, laid out by `placeScratch`; a WASM instance has one thread.
let keyCount: i32 = 0;
let wide: i32 = 0;
let queries: usize = 0;
let queryMantissas: usize = 0;
let queryExponents: usize = 0;
/** Keys, then values, before they are laid out in panels. */
let rows: usize = 0;
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
// What the head's exponents came to.
let leastKey: i32 = 0;
let greatestValue: i32 = 0;
let nearValues: bool = false;

/** @returns the first byte beyond the scratch */
function placeScratch(scratch: usize, tokens: i32, size: i32): usize {
  keyCount = alignTo8(tokens);
  wide = alignTo8(size);
  const packed = <usize>(2 * keyCount * wide);
  const words = <usize>keyCount << 2;
  queries = scratch;
  // The last tile may read past the queries; those sums are not looked at.
  rows = queries + packed;
  keyPanels = rows + packed;
  valuePanels = keyPanels + packed;
  queryMantissas = valuePanels + packed;
  queryExponents = queryMantissas + words;
  keyMantissas = queryExponents + words;
  keyPowers = keyMantissas + words;
  valueMantissas = keyPowers + words;
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

/** Queries, keys and values of one head, to where the tiles read them. */
function packHead(qkv: usize, hiddenBytes: usize, tokens: i32, size: i32): void {
  const rowBytes = 3 * hiddenBytes;
  const limit = SCORE_INPUT_MAX;
  quantizeHeads(
    qkv, rowBytes, tokens, tokens, size, limit, queries, queryMantissas, queryExponents,
  );
  const keys = qkv + hiddenBytes;
  quantizeHeads(keys, rowBytes, tokens, keyCount, size, limit, rows, keyMantissas, keyPowers);
  layKeys(rows, keyCount, wide, keyPanels);
  leastKey = commonKeyExponent(keyPowers, keyCount);
  const values = keys + hiddenBytes;
  const most = i32.MAX_VALUE;
  quantizeHeads(values, rowBytes, tokens, tokens, size, most, rows, valueMantissas, valuePowers);
  layValues(rows, tokens, keyCount, wide, valuePanels);
  greatestValue = greatestExponent(valuePowers, tokens);
  nearValues = scaleValues(valueMantissas, valuePowers, tokens, greatestValue);
}

/**
 * One query, `at` in its tile: from its dots to its seven-bit weights and its output scale.
 *
 * @param bias i32 [tokens], what its score with each key gains; 0 where the model has none
 */
function weighQuery(
  query: i32,
  at: usize,
  tokens: i32,
  mantissa: u32,
  shift: i32,
  bias: usize,
  table: usize,
): void {
  const word = <usize>query << 2;
  const line = scores + at * (<usize>keyCount << 2);
  const scale = multiplyHigh(load<u32>(queryMantissas + word), mantissa);
  const s = shift - 32 - load<i32>(queryExponents + word);
  let top =
    leastKey == NO_COMMON
      ? scoreFarKeys(line, keyCount, scale, s, keyMantissas, keyPowers)
      : scoreQuery(line, keyCount, scale, s - leastKey, keyMantissas, keyPowers);
  if (bias) top = addBias(line, tokens, bias);
  hideBeyond(line, tokens, keyCount, top);
  const p = probabilities + at * (<usize>keyCount << 1);
  const output = outputScales + (at << 3);
  weighKeys(
    line, keyCount, top, greatestValue, table, valueMantissas, valuePowers, nearValues, p, output,
  );
}

/** The context of the query `at` in its tile, from its sums: `size` values, Q12. */
function finishQuery(at: usize, size: i32, context: usize): void {
  const from = sums + at * (<usize>wide << 2);
  const m = i32x4.splat(load<u32>(outputScales + (at << 3)));
  const s = load<i32>(outputScales + (at << 3), 4);
  const bytes = <usize>size << 2;
  if (s > 16) {
    for (let d: usize = 0; d < bytes; d += 16) {
      const value = requantizeWide(v128.load(from + d), m, s);
      v128.store(context + d, saturateVector(value, ACTIVATION_MAX));
    }
  } else {
    for (let d: usize = 0; d < bytes; d += 16) {
      const value = requantizeNarrow(v128.load(from + d), m, s);
      v128.store(context + d, saturateVector(value, ACTIVATION_MAX));
    }
  }
}

/**
 * @param qkv i32 [tokens][3 · hiddenSize], Q12: queries, keys, values
 * @param mantissa of the attention scale, `shift` its exponent
 * @param bias i32 [heads][2 · tokensMax - 1], Q14, by key - query + tokensMax - 1; 0 for none
 * @param table u32 [16384]: 4·v + 1 of exp2 for every fraction in Q14
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
  bias: usize,
  tokensMax: i32,
  table: usize,
  scratch: usize,
  context: usize,
): void {
  const size = hiddenSize / heads;
  const hiddenBytes = <usize>hiddenSize << 2;
  placeScratch(scratch, tokens, size);
  for (let head = 0; head < heads; head++, qkv += <usize>size << 2, context += <usize>size << 2) {
    packHead(qkv, hiddenBytes, tokens, size);
    for (let query = 0; query < tokens; query += TILE_ROWS) {
      const count = min(TILE_ROWS, tokens - query);
      const from = queries + <usize>(2 * query * wide);
      for (let key = 0; key < keyCount; key += 8) {
        const panel = keyPanels + <usize>(2 * key * wide);
        multiplyTile(from, wide << 1, panel, wide >> 1, scores + (key << 2), keyCount << 2);
      }
      for (let at = 0; at < count; at++) {
        const from = bias ? bias + (<usize>(tokensMax - 1 - query - at) << 2) : 0;
        weighQuery(query + at, at, tokens, mantissa, shift, from, table);
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
    if (bias) bias += <usize>(2 * tokensMax - 1) << 2;
  }
}
