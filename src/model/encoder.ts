// A BERT encoder in exact arithmetic, as plain typed arrays: what the importer makes, what shards
// hold, and what every backend loads. docs/exact-arithmetic.md says what is computed with it.

/** The value mantissa · 2^-shift. */
export interface Dyadic {
  mantissa: number;
  shift: number;
}

/** A dense layer over the pooled row, after which it is the output. */
export interface DenseConfig {
  /** Words of the output. */
  size: number;
  activation: 'identity' | 'tanh';
}

export interface EncoderConfig {
  vocabularySize: number;
  positions: number;
  /** At most `positions`; longer rows are refused. */
  tokensMax: number;
  hiddenSize: number;
  intermediateSize: number;
  heads: number;
  layers: number;
  /** 7 or 8: weights lie in ±63 or ±127. */
  weightBits: 7 | 8;
  /** Outlier columns at the inputs of `qkv`, `up` and `dense`, a multiple of 4. */
  outlierColumns: number;
  /** Whether every score has a bias by the distance of key and query, as in MPNet. */
  attentionBias: boolean;
  /** What a row is pooled to: the sum of its tokens (in place of their mean), or the first one. */
  pooling: 'mean' | 'cls';
  /** Null where the pooled row is the output. */
  dense: DenseConfig | null;
}

/** y[n] = Σ_k q[k] · weight[n, k], then scaled by scale[n] · 2^-shift, then plus bias[n]. */
export interface LinearWeights {
  inputs: number;
  outputs: number;
  /** i8, [outputs, inputs], row-major. */
  weight: Int8Array;
  /** Mantissas, u16, [outputs]. */
  scale: Uint16Array;
  shift: number;
  /** Q12, [outputs]. */
  bias: Int32Array;
  /** Ascending input columns carried in two planes; empty where the input has none. */
  outliers: Uint16Array;
}

/** y[n] = rq(u[n], gamma[n], shift) + beta[n]. */
export interface NormWeights {
  /** Signed, |gamma| at most 65535, [hiddenSize]. */
  gamma: Int32Array;
  shift: number;
  /** Q12, [hiddenSize]. */
  beta: Int32Array;
}

export interface LayerWeights {
  qkv: LinearWeights;
  output: LinearWeights;
  attentionNorm: NormWeights;
  up: LinearWeights;
  down: LinearWeights;
  outputNorm: NormWeights;
}

export interface EncoderWeights {
  config: EncoderConfig;
  /** log2(e) / sqrt(headSize), with the scales of two int8 rows folded in (norm, section 6). */
  attention: Dyadic;
  embeddings: {
    /** i8, [vocabularySize, hiddenSize]. */
    words: Int8Array;
    /** Mantissas, u16, [vocabularySize]; Q16 = rq(word, scale, shift). */
    wordScale: Uint16Array;
    wordShift: number;
    /** Q16, [positions, hiddenSize]; the type embedding is folded in. */
    positions: Int32Array;
    norm: NormWeights;
  };
  /**
   * Q14 in base 2, [heads, 2 · tokensMax - 1], at key - query + tokensMax - 1, for all layers;
   * null unless `config.attentionBias`.
   */
  attentionBias: Int32Array | null;
  layers: LayerWeights[];
  /** [hiddenSize] to [config.dense.size]; null unless `config.dense`. */
  dense: LinearWeights | null;
}
