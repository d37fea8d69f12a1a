/** Multinomial logistic regression: scikit-learn's objective, minimised by a preconditioned L-BFGS. */
import { choleskyFactor, choleskySolve } from "./cholesky.ts";
import { addScaled, dot, LbfgsMemory } from "./lbfgs.ts";
import { addTransposedTimes, type Matrix, timesTransposed, weightedGram } from "./matrix.ts";
import { rowSpace } from "./row_space.ts";

/** How to fit {@linkcode logisticPath}. */
export interface LogisticPathOptions {
  /** `balanced` gives every class the same weight in total, `none` every row; `none` if absent. */
  readonly classWeight?: "balanced" | "none" | undefined;
  /**
   * The fit ends when the gradient is no longer than this share of its length at zero; 1e-5 if absent. The objective is 1-strongly
   * convex in the coefficients, which are then as close to the optimum as the gradient is to zero.
   */
  readonly tolerance?: number | undefined;
}

/** How to fit {@linkcode multinomialLogistic}. */
export interface LogisticOptions extends LogisticPathOptions {
  /** Inverse strength of the penalty; 1 if absent, as in scikit-learn. */
  readonly C?: number | undefined;
}

/** A linear classifier: softmax of `coefficients · x + intercepts`. */
export interface LogisticModel {
  readonly classes: number;
  readonly features: number;
  /** `[classes · features]`, class by class; over the classes they add up to 0. */
  readonly coefficients: Float64Array;
  /** `[classes]` */
  readonly intercepts: Float64Array;
  /** Steps taken. */
  readonly iterations: number;
}

// As many as scikit-learn's solver remembers.
const MEMORY = 10;
// Far above the tens that fits take; it ends one whose tolerance is finer than rounding allows.
const MOST_ITERATIONS = 1000;

/**
 * Fits L2-regularised multinomial logistic regression: minimises `½‖W‖² + C Σᵢ sᵢ · (−ln pᵢ)` over coefficients `W` and intercepts,
 * where `pᵢ` is the softmax probability of row i's class and `sᵢ` its weight, as
 * `sklearn.linear_model.LogisticRegression(C, penalty="l2", solver="lbfgs", class_weight)` does; intercepts are not penalised. For
 * two classes scikit-learn fits one vector `w` with penalty `½‖w‖²`: here `w = W₁ − W₀`, and `C` counts half, which makes it the same.
 *
 * The first guess of the Hessian is `I + C · Xᵀ diag(h) X` for every class, `h` the mean curvature of a row's softmax: exact at
 * `W = 0` with balanced classes, where it leaves 3 to 20 steps of the hundreds that correlated features take without it. Along
 * a direction the margins are linear in the step, so that the line search costs no product with the data. Where features outnumber
 * rows the fit is done in the {@linkcode rowSpace}, which is exact.
 *
 * @param x `[n, d]` features.
 * @param labels `[n]` class of each row, 0 to `classes − 1`, each present.
 * @param classes How many, at least 2.
 * @param options The penalty, class weights and when to end.
 * @returns The fit; no chance is involved.
 * @throws {RangeError} If lengths differ, a class has no row, or `C` is not positive.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { logisticProbabilities, multinomialLogistic } from "./logistic.ts";
 *
 * // With a feature that says nothing, probabilities are the shares of the classes.
 * const x = { rows: 4, columns: 1, data: new Float64Array(4) };
 * const model = multinomialLogistic(x, [0, 1, 1, 1], 2);
 * assertAlmostEquals(logisticProbabilities(model, x)[1]!, 0.75, 1e-5);
 * ```
 */
export function multinomialLogistic(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  options: LogisticOptions = {},
): LogisticModel {
  return logisticPath(x, labels, classes, [options.C ?? 1], options)[0]!;
}

/**
 * The same fit for several penalties. Each starts from the one before, which is quickest if `C` rises.
 *
 * @param x `[n, d]` features.
 * @param labels `[n]` class of each row, 0 to `classes − 1`, each present.
 * @param classes How many, at least 2.
 * @param penalties The inverse penalties.
 * @param options Class weights and when to end.
 * @returns A fit for each penalty; equal to {@linkcode multinomialLogistic}'s up to the tolerance.
 * @throws {RangeError} If lengths differ, a class has no row, or a `C` is not positive.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { logisticPath } from "./logistic.ts";
 *
 * const x = { rows: 4, columns: 1, data: Float64Array.of(-2, -1, 1, 2) };
 * const [weak, strong] = logisticPath(x, [0, 0, 1, 1], 2, [0.1, 10]);
 * assert(0 < weak!.coefficients[1]! && weak!.coefficients[1]! < strong!.coefficients[1]!);
 * ```
 */
export function logisticPath(
  x: Matrix,
  labels: ArrayLike<number>,
  classes: number,
  penalties: readonly number[],
  options: LogisticPathOptions = {},
): LogisticModel[] {
  const { classWeight = "none", tolerance = 1e-5 } = options;
  const { rows: n, columns: d } = x;
  const wrong = penalties.find((C) => !(C > 0));
  if (wrong !== undefined) throw new RangeError(`Expected C > 0, found ${wrong}`);
  const counts = classCounts(labels, classes, n);
  const weights = Float64Array.from(
    { length: n },
    (_, i) => classWeight === "balanced" ? n / (classes * counts[labels[i]!]!) : 1,
  );
  const space = d > n ? rowSpace(x) : null;
  const features = withOnes(space?.coordinates ?? x);
  let point: Float64Array = new Float64Array(classes * features.columns);
  return penalties.map((C) => {
    const strength = classes === 2 ? C / 2 : C;
    const problem = new Problem(features, labels, classes, weights.map((weight) => strength * weight));
    const goal = Math.max(tolerance * norm(problem.gradient()), problem.rounding());
    const iterations = minimise(problem, point, goal);
    point = problem.point;
    const { columns: width } = features;
    const coefficients = point.filter((_, i) => i % width < width - 1);
    return {
      classes,
      features: d,
      coefficients: space === null ? coefficients : space.lift(coefficients),
      intercepts: point.filter((_, i) => i % width === width - 1),
      iterations,
    };
  });
}

/** Moves the problem from a start to its minimum, and counts the steps. */
function minimise(problem: Problem, start: Float64Array, goal: number): number {
  problem.moveTo(start);
  let gradient = problem.gradient();
  const memory = new LbfgsMemory(MEMORY, problem.inverseHessian());
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS && norm(gradient) > goal; iterations++) {
    const direction = memory.direction(gradient);
    const step = problem.search(direction, dot(gradient, direction));
    // What is left is rounding.
    if (step === 0) break;
    const before = gradient;
    gradient = problem.gradient();
    memory.remember(direction.map((v) => step * v), gradient.map((g, i) => g - before[i]!));
  }
  return iterations;
}

/**
 * Probabilities of every class.
 *
 * @param model A fit.
 * @param x `[n, d]` features.
 * @returns `[n · classes]`, row by row, each row adding up to 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { logisticProbabilities } from "./logistic.ts";
 *
 * const model = {
 *   classes: 2,
 *   features: 1,
 *   coefficients: Float64Array.of(0, 0),
 *   intercepts: Float64Array.of(1, 1),
 *   iterations: 0,
 * };
 * assertEquals(
 *   logisticProbabilities(model, { rows: 1, columns: 1, data: Float64Array.of(3) }),
 *   Float64Array.of(0.5, 0.5),
 * );
 * ```
 */
export function logisticProbabilities(model: LogisticModel, x: Matrix): Float64Array {
  const { classes, features, coefficients, intercepts } = model;
  if (x.columns !== features) throw new RangeError(`Expected ${features} features, found ${x.columns}`);
  const out = new Float64Array(x.rows * classes);
  timesTransposed(x, coefficients, out);
  for (let i = 0; i < out.length; i++) out[i]! += intercepts[i % classes]!;
  softmaxRows(out, classes, out);
  return out;
}

/**
 * Softmax of each row.
 *
 * @param margins `[n · classes]`
 * @param classes Length of a row.
 * @param out `[n · classes]`, overwritten; may be `margins`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { softmaxRows } from "./logistic.ts";
 *
 * const out = new Float64Array(2);
 * softmaxRows(Float64Array.of(1000, 1000), 2, out);
 * assertEquals(out, Float64Array.of(0.5, 0.5));
 * ```
 */
export function softmaxRows(margins: Float64Array, classes: number, out: Float64Array): void {
  for (let from = 0; from < margins.length; from += classes) {
    let top = -Infinity, sum = 0;
    for (let c = 0; c < classes; c++) top = Math.max(top, margins[from + c]!);
    for (let c = 0; c < classes; c++) sum += out[from + c] = Math.exp(margins[from + c]! - top);
    for (let c = 0; c < classes; c++) out[from + c]! /= sum;
  }
}

/**
 * Counts the rows of each class.
 *
 * @throws {RangeError} If lengths differ, or a class has no row.
 */
export function classCounts(labels: ArrayLike<number>, classes: number, rows: number): Float64Array {
  if (labels.length !== rows) throw new RangeError(`Expected ${rows} labels, one per row, found ${labels.length}`);
  const counts = new Float64Array(classes);
  for (let i = 0; i < rows; i++) counts[labels[i]!]! += 1;
  const absent = counts.indexOf(0);
  if (classes < 2) throw new RangeError(`Expected at least two classes, found ${classes}`);
  if (absent >= 0) throw new RangeError(`Expected a row of each of ${classes} classes, found none of class ${absent}`);
  return counts;
}

/** The objective at a point that moves; its parameters are `[classes · (d + 1)]`, each class's intercept after its coefficients. */
class Problem {
  readonly #point: Float64Array;
  readonly #margins: Float64Array;
  readonly #probabilities: Float64Array;
  readonly #width: number;
  readonly #x: Matrix;
  readonly #labels: ArrayLike<number>;
  readonly #classes: number;
  readonly #costs: Float64Array;

  /**
   * @param x `[n, d + 1]`, the last column of ones.
   * @param costs `[n]` what a row's log loss is multiplied by.
   */
  constructor(x: Matrix, labels: ArrayLike<number>, classes: number, costs: Float64Array) {
    this.#x = x;
    this.#labels = labels;
    this.#classes = classes;
    this.#costs = costs;
    this.#width = x.columns;
    this.#point = new Float64Array(classes * x.columns);
    this.#margins = new Float64Array(x.rows * classes);
    this.#probabilities = new Float64Array(x.rows * classes);
  }

  moveTo(point: Float64Array): void {
    this.#point.set(point);
    timesTransposed(this.#x, this.#point, this.#margins);
  }

  get point(): Float64Array {
    return this.#point;
  }

  gradient(): Float64Array {
    const classes = this.#classes, width = this.#width;
    softmaxRows(this.#margins, classes, this.#probabilities);
    const residuals = this.#probabilities.slice();
    for (let i = 0; i < this.#costs.length; i++) {
      residuals[i * classes + this.#labels[i]!]! -= 1;
      for (let c = 0; c < classes; c++) residuals[i * classes + c]! *= this.#costs[i]!;
    }
    const out = this.#point.slice();
    for (let c = 0; c < classes; c++) out[c * width + width - 1] = 0;
    addTransposedTimes(residuals, this.#x, out);
    return out;
  }

  /** A length of the gradient that is rounding and nothing else, as features and costs are of finite precision. */
  rounding(): number {
    let largest = 0, costs = 0;
    for (const value of this.#x.data) largest = Math.max(largest, Math.abs(value));
    for (const cost of this.#costs) costs += cost;
    return Number.EPSILON * largest * costs;
  }

  /** Multiplies by the inverse of the guessed Hessian where the gradient was last taken. */
  inverseHessian(): (v: Float64Array) => void {
    const classes = this.#classes, width = this.#width;
    const curvatures = this.#costs.map((cost, i) => {
      let sum = 0;
      for (let c = 0; c < classes; c++) {
        const p = this.#probabilities[i * classes + c]!;
        sum += p * (1 - p);
      }
      return cost * sum / (classes - 1);
    });
    const hessian = weightedGram(this.#x, curvatures);
    for (let j = 0; j < width - 1; j++) hessian[j * width + j]! += 1;
    // The intercept has no penalty, and no curvature either where every row is predicted with certainty.
    hessian[width * width - 1]! += 1e-10 * this.#costs.reduce((sum, cost) => sum + cost, 0);
    const factor = choleskyFactor(hessian, width);
    return (v) => choleskySolve(factor, width, v);
  }

  /**
   * Moves to about the minimum along a direction: Newton's method in one dimension within a bracket, until a tenth of the slope
   * is left. The objective is convex, so its derivative only rises.
   *
   * @returns The step; 0 if there is no way down.
   */
  search(direction: Float64Array, slope: number): number {
    if (!(slope < 0)) return 0;
    const margins = new Float64Array(this.#margins.length);
    timesTransposed(this.#x, direction, margins);
    let along = 0, squares = 0;
    for (let i = 0; i < direction.length; i++) {
      if (i % this.#width === this.#width - 1) continue;
      along += this.#point[i]! * direction[i]!;
      squares += direction[i]! * direction[i]!;
    }
    let low = 0, high = Infinity, step = 1;
    for (let i = 0; i < 50; i++) {
      const { first, second } = this.#lossAlong(margins, step);
      const derivative = along + step * squares + first;
      if (Math.abs(derivative) <= -0.1 * slope) break;
      if (derivative < 0) low = step;
      else high = step;
      const newton = step - derivative / (squares + second);
      // Where rows are told apart with certainty the curvature vanishes, and Newton's step would leap.
      if (newton > low && newton < high && newton < 10 * step) step = newton;
      else step = high === Infinity ? 10 * step : (low + high) / 2;
    }
    addScaled(this.#point, step, direction);
    addScaled(this.#margins, step, margins);
    return step;
  }

  /** First and second derivative of the loss, without penalty, a step along a direction. */
  #lossAlong(slopes: Float64Array, step: number): { first: number; second: number } {
    const classes = this.#classes, margins = this.#margins, costs = this.#costs;
    let first = 0, second = 0;
    for (let i = 0, from = 0; i < costs.length; i++, from += classes) {
      let top = -Infinity;
      for (let c = 0; c < classes; c++) top = Math.max(top, margins[from + c]! + step * slopes[from + c]!);
      let sum = 0, mean = 0, square = 0;
      for (let c = 0; c < classes; c++) {
        const v = slopes[from + c]!;
        const p = Math.exp(margins[from + c]! + step * v - top);
        sum += p;
        mean += p * v;
        square += p * v * v;
      }
      mean /= sum;
      first += costs[i]! * (mean - slopes[from + this.#labels[i]!]!);
      second += costs[i]! * Math.max(0, square / sum - mean * mean);
    }
    return { first, second };
  }
}

function withOnes({ rows, columns, data }: Matrix): Matrix {
  const out = new Float64Array(rows * (columns + 1)).fill(1);
  for (let i = 0; i < rows; i++) out.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  return { rows, columns: columns + 1, data: out };
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}
