/** The direction of limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.4). */

/**
 * What the last steps said about curvature, on top of a first guess of it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { LbfgsMemory } from "./lbfgs.ts";
 *
 * // Of ½·4·x², one step from 1 to 0.5 shows the curvature; the direction from there leads to the minimum.
 * const memory = new LbfgsMemory(10, () => {});
 * memory.remember(Float64Array.of(-0.5), Float64Array.of(-2));
 * assertEquals(memory.direction(Float64Array.of(2)), Float64Array.of(-0.5));
 * ```
 */
export class LbfgsMemory {
  readonly #pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  readonly #size: number;
  readonly #inverse: (v: Float64Array) => void;

  /**
   * @param size How many steps are remembered.
   * @param inverse Multiplies a vector, in place, by a guess of the inverse Hessian.
   */
  constructor(size: number, inverse: (v: Float64Array) => void) {
    this.#size = size;
    this.#inverse = inverse;
  }

  /**
   * Takes note of a step. One without positive curvature, in a convex function a matter of rounding, is left out.
   *
   * @param s The step, `x₁ − x₀`; kept, so not to be changed.
   * @param y The change of the gradient along it; kept as well.
   */
  remember(s: Float64Array, y: Float64Array): void {
    const curvature = dot(s, y);
    if (!(curvature > 0)) return;
    this.#pairs.push({ s, y, rho: 1 / curvature });
    if (this.#pairs.length > this.#size) this.#pairs.shift();
  }

  /**
   * Where to go next.
   *
   * @param gradient At the current point; not changed.
   * @returns `−H·gradient` with `H` the inverse Hessian as far as it is known.
   */
  direction(gradient: Float64Array): Float64Array {
    const out = gradient.map((g) => -g);
    const weights = this.#pairs.map(() => 0);
    for (let i = this.#pairs.length - 1; i >= 0; i--) {
      const { s, y, rho } = this.#pairs[i]!;
      weights[i] = rho * dot(s, out);
      addScaled(out, -weights[i]!, y);
    }
    this.#inverse(out);
    this.#pairs.forEach(({ s, y, rho }, i) => addScaled(out, weights[i]! - rho * dot(y, out), s));
    return out;
  }
}

/** `Σ a·b` */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `a += factor · b` */
export function addScaled(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i]! += factor * b[i]!;
}
