// Encoders of the BERT family in doubles, as their papers write them: what the exact ones are
// compared with. All rows go through a layer together, for its weights are made when they are read.
import type { PublishedModel } from './published-model.ts';
import { classPrefix, firstPosition, hasTypes, layerTensor } from './published-names.ts';

type Row = Float64Array;

export interface FloatHead {
  pooling: 'mean' | 'cls';
  dense?: { weight: Float32Array; bias: Float32Array; activation: 'tanh' | 'identity' };
}

function erf(x: number): number {
  // Maclaurin series; the arguments are small.
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const gelu = (x: number) =>
  Math.abs(x) > 5 ? Math.max(x, 0) : 0.5 * x * (1 + erf(x / Math.SQRT2));

function multiply(x: Row, weight: Float32Array, bias: Float32Array): Row {
  return Float64Array.from(bias, (start, n) => {
    let sum = start;
    for (let k = 0, at = n * x.length; k < x.length; k++, at++) sum += x[k] * weight[at];
    return sum;
  });
}

const add = (x: Row, y: Row): Row => x.map((value, k) => value + y[k]);

function normalize(x: Row, gamma: Float32Array, beta: Float32Array): Row {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  return x.map((value, k) => ((value - mean) / Math.sqrt(variance)) * gamma[k] + beta[k]);
}

/** T5's buckets, as MPNet takes them: 32, of distances up to 128. */
function bucketOf(distance: number): number {
  const n = Math.abs(distance);
  const large = 8 + Math.floor((Math.log(n / 8) / Math.log(16)) * 8 + 1e-9);
  return (distance > 0 ? 16 : 0) + (n < 8 ? n : Math.min(large, 15));
}

interface Projections {
  queries: Row[];
  keys: Row[];
  values: Row[];
}

function attend({ queries, keys, values }: Projections, heads: number, bias: Float32Array | null) {
  const size = queries[0].length / heads;
  return queries.map((query, i) => {
    const context = new Float64Array(query.length);
    for (let head = 0; head < heads; head++) {
      const columns = Array.from({ length: size }, (_, d) => head * size + d);
      const scores = keys.map((key, j) => {
        const dot = columns.reduce((sum, d) => sum + query[d] * key[d], 0);
        return dot / Math.sqrt(size) + (bias ? bias[bucketOf(j - i) * heads + head] : 0);
      });
      const top = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - top));
      const total = weights.reduce((a, b) => a + b, 0);
      for (const d of columns) {
        context[d] = weights.reduce((sum, w, j) => sum + (w / total) * values[j][d], 0);
      }
    }
    return context;
  });
}

function finish(x: Row[], { pooling, dense }: FloatHead): Row {
  let vector = pooling === 'cls' ? x[0] : x.reduce(add).map((value) => value / x.length);
  if (dense) {
    vector = multiply(vector, dense.weight, dense.bias);
    if (dense.activation === 'tanh') vector = vector.map(Math.tanh);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}

/** The vector of each row, scaled to length one. */
export function encodeFloat(
  { shape, tensors }: PublishedModel,
  rows: readonly Uint32Array[],
  head: FloatHead = { pooling: 'mean' },
): Row[] {
  const { type, hidden, heads, layers } = shape;
  const isBare = tensors.entries.has('embeddings.word_embeddings.weight');
  const read = (name: string) => tensors.read(isBare ? name : classPrefix(type) + name);
  const linear = (name: string) => {
    const [weight, bias] = [read(`${name}.weight`), read(`${name}.bias`)];
    return (x: Row) => multiply(x, weight, bias);
  };
  const norm = (name: string) => {
    const [gamma, beta] = [read(`${name}.weight`), read(`${name}.bias`)];
    return (x: Row) => normalize(x, gamma, beta);
  };

  const words = read('embeddings.word_embeddings.weight');
  const positions = read('embeddings.position_embeddings.weight');
  const types = hasTypes(type) ? read('embeddings.token_type_embeddings.weight') : null;
  const bias = type === 'mpnet' ? read('encoder.relative_attention_bias.weight') : null;
  const embeddingNorm = norm('embeddings.LayerNorm');
  let x = rows.map((tokens) =>
    Array.from(tokens, (token, index) => {
      const position = firstPosition(type) + index;
      const sum = Float64Array.from({ length: hidden }, (_, d) => {
        const fixed = positions[position * hidden + d] + (types ? types[d] : 0);
        return words[token * hidden + d] + fixed;
      });
      return embeddingNorm(sum);
    }),
  );
  for (let layer = 0; layer < layers; layer++) {
    const name = (part: Parameters<typeof layerTensor>[1]) => layerTensor(type, part, layer);
    const [query, key, value] = [linear(name('query')), linear(name('key')), linear(name('value'))];
    const [output, up, down] = [linear(name('output')), linear(name('up')), linear(name('down'))];
    const attentionNorm = norm(name('attentionNorm'));
    const outputNorm = norm(name('outputNorm'));
    x = x.map((row) => {
      const projections = { queries: row.map(query), keys: row.map(key), values: row.map(value) };
      return attend(projections, heads, bias).map((context, token) => {
        const attended = attentionNorm(add(row[token], output(context)));
        return outputNorm(add(attended, down(up(attended).map(gelu))));
      });
    });
  }
  return x.map((row) => finish(row, head));
}
