import type { Rng } from "../random.ts";

/** Below this many draws it is cheaper to take them one by one than to evaluate the probability of the mode. */
const ONE_BY_ONE = 8;

/**
 * Draws from the hypergeometric distribution: how many of `draws` items taken without replacement are good.
 *
 * Inversion from the mode outwards: about as many steps as the distribution has standard deviations wide, whatever the size
 * of the population (Kachitvichyanukul & Schmeiser 1985, algorithm HIN, started at the mode).
 *
 * @param rng The source of randomness.
 * @param good Good items in the population.
 * @param bad Other items in the population.
 * @param draws Items taken, at most `good + bad`.
 * @returns The number of good items taken.
 * @throws {RangeError} If more is drawn than there is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { drawHypergeometric } from "./distribution_hypergeometric.ts";
 *
 * const rng = new Rng(1);
 * assertEquals(drawHypergeometric(rng, 5, 0, 3), 3);
 * assertEquals(drawHypergeometric(rng, 20, 30, 50), 20);
 * ```
 */
export function drawHypergeometric(rng: Rng, good: number, bad: number, draws: number): number {
  if (draws > good + bad) throw new RangeError(`Expected at most ${good + bad} draws, found ${draws}`);
  const least = Math.max(0, draws - bad);
  const most = Math.min(good, draws);
  if (least === most) return least;
  if (draws <= ONE_BY_ONE) return drawOneByOne(rng, good, bad, draws);

  const mode = Math.floor((draws + 1) * (good + 1) / (good + bad + 2));
  const atMode = Math.exp(
    logChoose(good, mode) + logChoose(bad, draws - mode) - logChoose(good + bad, draws),
  );
  let u = rng.uniform() - atMode;
  if (u < 0) return mode;
  let up = mode, down = mode, pUp = atMode, pDown = atMode;
  while (up < most || down > least) {
    if (up < most) {
      pUp *= (good - up) * (draws - up) / ((up + 1) * (bad - draws + up + 1));
      up++;
      u -= pUp;
      if (u < 0) return up;
    }
    if (down > least) {
      pDown *= down * (bad - draws + down) / ((good - down + 1) * (draws - down + 1));
      down--;
      u -= pDown;
      if (u < 0) return down;
    }
    // What is left is rounding: the probabilities sum to 1 only to about 1e-13.
    if (pUp + pDown < 1e-18) return mode;
  }
  return mode;
}

function drawOneByOne(rng: Rng, good: number, bad: number, draws: number): number {
  let taken = 0;
  for (let i = 0; i < draws; i++) {
    if (rng.uniform() * (good + bad - i) < good - taken) taken++;
  }
  return taken;
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const TABLE = new Float64Array(1024);
for (let n = 2; n < TABLE.length; n++) TABLE[n] = TABLE[n - 1]! + Math.log(n);

/** `ln n!`, by a table, then by Stirling's series; its next term is below 1e-18 there. */
function logFactorial(n: number): number {
  if (n < TABLE.length) return TABLE[n]!;
  const inverse = 1 / n;
  return (n + 0.5) * Math.log(n) - n + 0.9189385332046728 + inverse * (1 / 12 - inverse * inverse / 360);
}
