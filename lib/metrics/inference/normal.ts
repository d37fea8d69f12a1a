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
