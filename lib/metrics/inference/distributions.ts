import type { Rng } from "../../random.ts";

// By hand: every interval depends on these bits, and a statistics library is 40 packages for three functions.

/**
 * The standard normal distribution function, to about 1e-15 (G. West, "Better approximations to cumulative normal
 * functions", 2005, after Hart 1968).
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x);
  let tail = 0;
  if (z <= 37) {
    const density = Math.exp(-z * z / 2);
    if (z < 7.07106781186547) {
      // deno-fmt-ignore
      const top = [
        3.52624965998911e-2, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
        221.213596169931, 220.206867912376,
      ];
      // deno-fmt-ignore
      const bottom = [
        8.83883476483184e-2, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
        637.333633378831, 793.826512519948, 440.413735824752,
      ];
      const polynomial = (coefficients: number[]) => coefficients.reduce((sum, c) => sum * z + c, 0);
      tail = density * polynomial(top) / polynomial(bottom);
    } else {
      tail = density / (z + 1 / (z + 2 / (z + 3 / (z + 4 / (z + 0.65))))) / 2.506628274631;
    }
  }
  return x > 0 ? 1 - tail : tail;
}

/**
 * The standard normal quantile: Acklam's rational approximation, refined by one Halley step with {@linkcode normalCdf}.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Expected a probability inside (0, 1), found ${p}`);
  // deno-fmt-ignore
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1];
  // deno-fmt-ignore
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
    4.374664141464968, 2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const polynomial = (coefficients: number[], x: number) => coefficients.reduce((sum, k) => sum * x + k, 0);
  const tail = Math.min(p, 1 - p);
  let x: number;
  if (tail < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(tail));
    x = polynomial(c, q) / polynomial(d, q);
  } else {
    const q = tail - 0.5;
    x = polynomial(a, q * q) * q / polynomial(b, q * q);
  }
  const error = (normalCdf(x) - tail) * Math.sqrt(2 * Math.PI) * Math.exp(x * x / 2);
  x -= error / (1 + x * error / 2);
  return p <= 0.5 ? x : -x;
}

/**
 * The quantile of Student's t distribution for whole degrees of freedom, by bisection of its distribution function,
 * which is a finite sum (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Expected a probability inside (0, 1), found ${p}`);
  if (!Number.isInteger(freedom) || freedom < 1) {
    throw new RangeError(`Expected whole degrees of freedom ≥ 1, found ${freedom}`);
  }
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  // The angle θ = atan(t/√ν) is bounded, so that bisection needs no search for an upper end.
  let low = 0, high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (0.5 + withinAngle(middle, freedom) / 2 < p) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** P(|T| ≤ √ν tan θ). */
function withinAngle(angle: number, freedom: number): number {
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= (k - 1) / k * cosine * cosine;
    sum += term;
  }
  return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

// By hand: these draws fix the bits of every interval and test, and a statistics library is 40 packages for two
// functions.

// ln k! minus Stirling's formula, exact for k ≤ 9 where the series is not.
// deno-fmt-ignore
const TAILS = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
  0.0138761288230707, 0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

function stirlingTail(k: number): number {
  if (k <= 9) return TAILS[k]!;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}

/** The logarithms that were asked for, 0 where none was yet; draws of counts ask for the same ones again and again. */
const LOG_FACTORIALS = new Float64Array(1 << 20);

function logFactorial(k: number): number {
  const known = k < LOG_FACTORIALS.length ? LOG_FACTORIALS[k]! : 0;
  if (known !== 0) return known;
  const value = (k + 0.5) * Math.log(k + 1) - (k + 1) + 0.5 * Math.log(2 * Math.PI) + stirlingTail(k);
  if (k < LOG_FACTORIALS.length) LOG_FACTORIALS[k] = value;
  return value;
}

/**
 * A binomial draw: successes among `n` trials. Inversion where `n·p < 10`, else transformed rejection (BTRS, Hörmann
 * 1993), so the cost does not grow with `n`.
 */
export function binomial(n: number, p: number, rng: Rng): number {
  if (n === 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(n, 1 - p, rng);
  return n * p < 10 ? binomialInversion(n, p, rng) : binomialRejection(n, p, rng);
}

function binomialInversion(n: number, p: number, rng: Rng): number {
  const odds = p / (1 - p);
  const start = Math.pow(1 - p, n);
  while (true) {
    let u = rng.uniform();
    let chance = start;
    let k = 0;
    while (u > chance && k <= n) {
      u -= chance;
      k++;
      chance *= (n + 1) * odds / k - odds;
    }
    // Rounding can leave a sliver of u beyond the last outcome.
    if (k <= n) return k;
  }
}

function binomialRejection(n: number, p: number, rng: Rng): number {
  const spread = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = n * p + 0.5;
  const sure = 0.92 - 4.2 / b;
  const odds = p / (1 - p);
  const alpha = (2.83 + 5.1 / b) * spread;
  const mode = Math.floor((n + 1) * p);
  while (true) {
    const u = rng.uniform() - 0.5;
    const v = rng.uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor((2 * a / us + b) * u + centre);
    if (us >= 0.07 && v <= sure) return k;
    if (k < 0 || k > n) continue;
    const bound = (mode + 0.5) * Math.log((mode + 1) / (odds * (n - mode + 1))) +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) + (k + 0.5) * Math.log(odds * (n - k + 1) / (k + 1)) +
      stirlingTail(mode) + stirlingTail(n - mode) - stirlingTail(k) - stirlingTail(n - k);
    if (Math.log(v * alpha / (a / (us * us) + b)) <= bound) return k;
  }
}

/**
 * A hypergeometric draw: the good among `sample` items taken without replacement. One by one for small samples, else
 * the ratio of uniforms (HRUA, Stadlober 1989, as in NumPy), so the cost does not grow with the counts.
 */
export function hypergeometric(good: number, bad: number, sample: number, rng: Rng): number {
  const all = good + bad;
  if (good === 0 || sample === 0) return 0;
  if (bad === 0) return sample;
  if (sample === all) return good;
  const taken = Math.min(sample, all - sample);
  const drawn = taken <= 10 ? urn(good, all, taken, rng) : hypergeometricRejection(good, bad, taken, rng);
  return taken < sample ? good - drawn : drawn;
}

function urn(good: number, all: number, taken: number, rng: Rng): number {
  let left = good;
  for (let i = 0; i < taken; i++) if (rng.uniform() * (all - i) < left) left--;
  return good - left;
}

function hypergeometricRejection(good: number, bad: number, taken: number, rng: Rng): number {
  const fewer = Math.min(good, bad);
  const more = Math.max(good, bad);
  const all = good + bad;
  const p = fewer / all;
  const centre = taken * p + 0.5;
  const spread = Math.sqrt((all - taken) * taken * p * (1 - p) / (all - 1) + 0.5);
  // 2√(2/e) and 3 − 2√(3/e)
  const width = 1.7155277699214135 * spread + 0.8989161620588988;
  const logWeight = (k: number) =>
    logFactorial(k) + logFactorial(fewer - k) + logFactorial(taken - k) + logFactorial(more - taken + k);
  const top = logWeight(Math.floor((taken + 1) * (fewer + 1) / (all + 2)));
  const limit = Math.min(Math.min(taken, fewer) + 1, Math.floor(centre + 16 * spread));
  while (true) {
    const u = rng.uniform();
    const x = centre + width * (rng.uniform() - 0.5) / u;
    if (!(x >= 0 && x < limit)) continue;
    const k = Math.floor(x);
    const t = top - logWeight(k);
    if (u * (4 - u) - 3 <= t || (u * (u - t) < 1 && 2 * Math.log(u) <= t)) return good > bad ? taken - k : k;
  }
}
