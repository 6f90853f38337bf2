// A BERT encoder in doubles, as the papers write it: what the exact one is compared with.
import type { Safetensors } from '#model/safetensors.ts';
import type { bertConfig } from './make-bert.ts';

type Row = Float64Array;

function erf(x: number): number {
  // Maclaurin series; the tests' arguments are small.
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

/** The mean of the last layer's rows, scaled to length one. */
export function encodeFloat(tensors: Safetensors, config: typeof bertConfig, tokens: Uint32Array) {
  const { hidden_size: hidden, num_attention_heads: heads, num_hidden_layers: layers } = config;
  const size = hidden / heads;
  const read = (name: string) => tensors.read(name);

  const linear = (x: Row, name: string): Row => {
    const weight = read(`${name}.weight`);
    return Float64Array.from(read(`${name}.bias`), (bias, n) =>
      x.reduce((sum, value, k) => sum + value * weight[n * x.length + k], bias),
    );
  };
  const norm = (x: Row, name: string): Row => {
    const [gamma, beta] = [read(`${name}.weight`), read(`${name}.bias`)];
    const mean = x.reduce((a, b) => a + b, 0) / hidden;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hidden;
    return x.map((value, k) => ((value - mean) / Math.sqrt(variance)) * gamma[k] + beta[k]);
  };
  const add = (x: Row, y: Row) => x.map((value, k) => value + y[k]);

  const attend = (x: Row[], name: string): Row[] => {
    const [queries, keys, values] = ['query', 'key', 'value'].map((part) =>
      x.map((row) => linear(row, `${name}.self.${part}`)),
    );
    return queries.map((query) => {
      const context = new Float64Array(hidden);
      for (let head = 0; head < heads; head++) {
        const columns = Array.from({ length: size }, (_, d) => head * size + d);
        const scores = keys.map(
          (key) => columns.reduce((sum, d) => sum + query[d] * key[d], 0) / Math.sqrt(size),
        );
        const top = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - top));
        const total = weights.reduce((a, b) => a + b, 0);
        for (const d of columns) {
          context[d] = weights.reduce((sum, w, j) => sum + (w / total) * values[j][d], 0);
        }
      }
      return context;
    });
  };

  const words = read('embeddings.word_embeddings.weight');
  const positions = read('embeddings.position_embeddings.weight');
  const type = read('embeddings.token_type_embeddings.weight');
  let x = Array.from(tokens, (token, position) => {
    const sum = Float64Array.from({ length: hidden }, (_, d) => {
      return words[token * hidden + d] + positions[position * hidden + d] + type[d];
    });
    return norm(sum, 'embeddings.LayerNorm');
  });
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const context = attend(x, `${name}.attention`);
    const attended = x.map((row, token) => {
      const output = linear(context[token], `${name}.attention.output.dense`);
      return norm(add(row, output), `${name}.attention.output.LayerNorm`);
    });
    x = attended.map((row) => {
      const activated = linear(row, `${name}.intermediate.dense`).map(gelu);
      return norm(add(row, linear(activated, `${name}.output.dense`)), `${name}.output.LayerNorm`);
    });
  }
  const pooled = x.reduce(add);
  const length = Math.sqrt(pooled.reduce((sum, value) => sum + value * value, 0));
  return pooled.map((value) => value / length);
}
