// The spectrum of one frame: a Fourier transform of any even length with small prime factors
// (Whisper's is 400), in Stockham's order, so that nothing is shuffled at the end. Real samples are
// taken in pairs as complex ones: a transform of half the length, and a step that parts the two.

export interface Fourier {
  /**
   * Power of each frequency, |X_k|² for k of 0 to length/2.
   * @param frame `length` real samples, already windowed; not changed
   * @param power length/2 + 1 values, written
   */
  power(frame: Float64Array, power: Float64Array): void;
}

interface Complex {
  real: Float64Array;
  imaginary: Float64Array;
}

/** `count` transforms of `radix` points, `stride` of them side by side. */
interface Pass {
  radix: number;
  count: number;
  stride: number;
  /** Of the transform itself, [out, input], and of each group, [group, out]. */
  turns: Complex;
  twiddles: Complex;
}

const radices = [5, 4, 3, 2];

function factorize(length: number): number[] {
  const factors: number[] = [];
  let rest = length;
  for (const radix of radices) {
    for (; rest % radix === 0; rest /= radix) factors.push(radix);
  }
  if (rest !== 1) throw new RangeError(`${length} has a prime factor above 5`);
  return factors;
}

/** Points of the unit circle, clockwise, as far round as the shares of it say. */
function circle(shares: readonly number[]): Complex {
  return {
    real: Float64Array.from(shares, (share) => Math.cos(-2 * Math.PI * share)),
    imaginary: Float64Array.from(shares, (share) => Math.sin(-2 * Math.PI * share)),
  };
}

function grid(rows: number, columns: number, at: (row: number, column: number) => number) {
  return circle(
    Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
  );
}

function planPasses(length: number): Pass[] {
  let stride = 1;
  return factorize(length).map((radix) => {
    const count = length / radix / stride;
    const turns = grid(radix, radix, (out, input) => ((out * input) % radix) / radix);
    const twiddles = grid(count, radix, (group, out) => (group * out * stride) / length);
    const pass = { radix, count, stride, turns, twiddles };
    stride *= radix;
    return pass;
  });
}

function runPass({ radix, count, stride, turns, twiddles }: Pass, from: Complex, to: Complex) {
  for (let group = 0; group < count; group++) {
    for (let out = 0; out < radix; out++) {
      const cosine = twiddles.real[group * radix + out];
      const sine = twiddles.imaginary[group * radix + out];
      for (let lane = 0; lane < stride; lane++) {
        let real = 0;
        let imaginary = 0;
        for (let input = 0; input < radix; input++) {
          const at = lane + stride * (group + count * input);
          const turn = out * radix + input;
          real += from.real[at] * turns.real[turn] - from.imaginary[at] * turns.imaginary[turn];
          imaginary +=
            from.real[at] * turns.imaginary[turn] + from.imaginary[at] * turns.real[turn];
        }
        const put = lane + stride * (radix * group + out);
        to.real[put] = real * cosine - imaginary * sine;
        to.imaginary[put] = real * sine + imaginary * cosine;
      }
    }
  }
}

/** @throws RangeError for an odd length, or one with a prime factor above 5 */
export function createFourier(length: number): Fourier {
  if (length % 2 !== 0) throw new RangeError(`${length} is odd`);
  const half = length / 2;
  const passes = planPasses(half);
  const parting = circle(Array.from({ length: half + 1 }, (_, k) => k / length));
  const zeros = () => ({ real: new Float64Array(half), imaginary: new Float64Array(half) });
  const buffers = [zeros(), zeros()];
  return {
    power(frame, power) {
      let [from, to] = buffers;
      for (let i = 0; i < half; i++) {
        from.real[i] = frame[2 * i];
        from.imaginary[i] = frame[2 * i + 1];
      }
      for (const pass of passes) {
        runPass(pass, from, to);
        [from, to] = [to, from];
      }
      for (let k = 0; k <= half; k++) power[k] = partedPower(from, k, parting);
    },
  };
}

/** |X_k|² where X_k = E_k + w^k·O_k, the transforms of the even and of the odd samples. */
function partedPower({ real, imaginary }: Complex, k: number, parting: Complex): number {
  const a = k % real.length;
  const b = (real.length - k) % real.length;
  const evenReal = (real[a] + real[b]) / 2;
  const evenImaginary = (imaginary[a] - imaginary[b]) / 2;
  const oddReal = (imaginary[a] + imaginary[b]) / 2;
  const oddImaginary = (real[b] - real[a]) / 2;
  const [cosine, sine] = [parting.real[k], parting.imaginary[k]];
  const x = evenReal + cosine * oddReal - sine * oddImaginary;
  const y = evenImaginary + cosine * oddImaginary + sine * oddReal;
  return x * x + y * y;
}
