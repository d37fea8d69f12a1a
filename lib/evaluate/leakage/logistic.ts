/** Multinomial logistic regression, scikit-learn's objective, and the probe that it makes. */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { divide, type FoldedData, type LabelledRows, type OutOfFold, predictFolds } from "./sample.ts";

/**
 * Inverse penalties to choose from. Features are standardised, so that a few hundred of them add up to large margins: with the
 * least C a fit is close to comparing distances to the groups' means, with the greatest it can tell training rows apart at will.
 */
export const PENALTIES: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1];

/**
 * Out-of-fold probabilities of logistic regression on standardised features, groups weighted alike.
 *
 * C is chosen by nested cross-validation: for an outer fold, each other fold in turn is predicted by a fit on the rest, and the
 * C with the least log loss, groups weighted alike, is taken. The fit without folds f and g serves the choice for f and for g, so
 * that this costs `folds · (folds − 1) / 2` paths. Means and deviations are those of the rows that a fit learns from.
 */
export function logisticOutOfFold(data: FoldedData): Promise<OutOfFold> {
  const { codes, groups, folds } = data;
  const counts = new Float64Array(groups);
  for (const code of codes) counts[code]! += 1;
  const losses = Array.from({ length: folds }, () => new Float64Array(PENALTIES.length)); // [fold][C]
  for (let f = 0; f < folds; f++) {
    for (let g = 0; g < f; g++) {
      const { train, test, costs } = divide(data, (fold) => fold === f || fold === g);
      for (const [p, model] of logisticPath(train, PENALTIES, { costs }).entries()) {
        const probabilities = logisticProbabilities(model, test.x);
        test.labels.forEach((code, r) => {
          // As in log loss elsewhere, certainty about the wrong group costs much, but not everything.
          const own = Math.max(probabilities[r]![code]!, Number.EPSILON);
          const chosenFor = data.fold[test.rows[r]!] === f ? g : f;
          losses[chosenFor]![p]! -= Math.log(own) / counts[code]!;
        });
      }
    }
  }
  return predictFolds(data, (fold) => {
    const choice = PENALTIES[losses[fold]!.indexOf(Math.min(...losses[fold]!))]!;
    const { train, test, costs } = divide(data, (other) => other === fold);
    const [model] = logisticPath(train, [choice], { costs });
    return Promise.resolve({ rows: test.rows, predicted: logisticProbabilities(model!, test.x), choice });
  });
}

/** A linear classifier: softmax of `x · coefficients + intercepts`. */
export interface LogisticModel {
  /** `[features, classes]`; over the classes they and the intercepts add up to 0. */
  readonly coefficients: Matrix;
  /** `[classes]` */
  readonly intercepts: readonly number[];
  /** Steps taken. */
  readonly iterations: number;
}

/**
 * Fits L2-regularised multinomial logistic regression for several penalties, each from where the last one ended: minimises
 * `½‖W‖² + C Σᵢ sᵢ · (−ln pᵢ)` over coefficients `W` and intercepts, where `pᵢ` is the softmax probability of row i's class and `sᵢ`
 * its cost, as `sklearn.linear_model.LogisticRegression(C, penalty="l2", class_weight)` does; intercepts are not penalised. For two
 * classes scikit-learn fits one vector `w` with penalty `½‖w‖²`: here `w = W₁ − W₀`, and `C` counts half, which makes it the same.
 *
 * @param costs `[classes]` what the log loss of a row of a class is multiplied by.
 * @param tolerance The fit ends when the gradient is no longer than this share of its length at zero. The objective is 1-strongly
 *   convex in the coefficients, which are then as close to the optimum as the gradient is to zero.
 */
export function logisticPath(
  { x, labels }: LabelledRows,
  penalties: readonly number[],
  { costs, tolerance = 1e-5 }: { readonly costs: readonly number[]; readonly tolerance?: number },
): LogisticModel[] {
  const classes = costs.length;
  const space = x.columns > x.rows ? rowSpace(x) : null;
  const features = (space?.coordinates ?? x).transpose();
  const width = features.rows;
  features.addRow(new Array<number>(x.rows).fill(1));
  const curvature = features.mmulByTranspose(labels.map((label) => costs[label]! / classes));
  // A length of the gradient that is rounding and nothing else, as features and costs are of finite precision.
  const rounding = Number.EPSILON * Math.max(features.max(), -features.min()) *
    labels.reduce((sum, label) => sum + costs[label]!, 0);
  let point = Matrix.zeros(width + 1, classes);
  return penalties.map((C) => {
    const strength = classes === 2 ? C / 2 : C;
    const problem = new Problem(features, labels, costs.map((cost) => strength * cost));
    const hessian = Matrix.mul(curvature, strength);
    for (let j = 0; j < width; j++) hessian.set(j, j, hessian.get(j, j) + 1);
    const goal = Math.max(tolerance * problem.gradient().norm(), strength * rounding);
    problem.moveTo(point);
    const iterations = minimise(problem, new CholeskyDecomposition(hessian), goal);
    point = problem.point;
    const coefficients = coefficientsOf(point);
    // What all intercepts share says nothing and has no penalty, so that rounding gathers there.
    const intercepts = point.getRow(width), shared = intercepts.reduce((sum, b) => sum + b, 0) / classes;
    return {
      coefficients: space?.lift(coefficients) ?? coefficients,
      intercepts: intercepts.map((b) => b - shared),
      iterations,
    };
  });
}

/** `[n][classes]` probabilities of every class. */
export function logisticProbabilities({ coefficients, intercepts }: LogisticModel, x: Matrix): number[][] {
  return softmax(coefficients.transposeMultiply(x.transpose()).addColumnVector([...intercepts])).transpose()
    .to2DArray();
}

/** Softmax of each column of `[classes, n]` margins, in place. */
function softmax(margins: Matrix): Matrix {
  margins.subRowVector(margins.max("column")).exp();
  return margins.divRowVector(margins.sum("column"));
}

/**
 * Rows that are fewer than their columns, in as many coordinates as there are rows: the Cholesky factor of their inner products has
 * their lengths and angles. A linear model with a penalty on the length of its coefficients gains nothing from a component that no
 * row has, so its coefficients lie in the span of the rows, and fitting it to the coordinates and lifting the result is exact. What
 * is added to the diagonal, as rows may depend on others, is of the size of rounding.
 *
 * @returns `[n, n]` coordinates, and what turns `[n, k]` vectors in these into `[d, k]` vectors in the original ones.
 */
export function rowSpace(x: Matrix): { coordinates: Matrix; lift: (v: Matrix) => Matrix } {
  const products = x.mmulByTranspose();
  const ridge = 1e-12 * Math.max(...products.diagonal()) || 1e-100;
  for (let i = 0; i < x.rows; i++) products.set(i, i, products.get(i, i) + ridge);
  const factor = new CholeskyDecomposition(products);
  const coordinates = factor.lowerTriangularMatrix;
  return { coordinates, lift: (v) => x.transposeMultiply(factor.solve(coordinates.mmul(v))) };
}

// Far above the tens that fits take; it ends one whose tolerance is finer than rounding allows.
const MOST_ITERATIONS = 1000;

/**
 * Moves the problem to its minimum and counts the steps: nonlinear conjugate gradients (Polak & Ribière; Nocedal & Wright 2006, §5.2),
 * preconditioned by the Hessian at zero, with which correlated features take tens of steps and not hundreds.
 */
function minimise(problem: Problem, hessian: CholeskyDecomposition, goal: number): number {
  let gradient = problem.gradient();
  let direction = Matrix.zeros(gradient.rows, gradient.columns);
  let before = { gradient, decrease: Infinity };
  for (let iterations = 0; iterations < MOST_ITERATIONS; iterations++) {
    if (gradient.norm() <= goal) return iterations;
    const newton = hessian.solve(gradient);
    const decrease = gradient.dot(newton);
    const carried = Math.max(0, (decrease - before.gradient.dot(newton)) / before.decrease);
    direction = direction.mul(carried).sub(newton);
    // A direction that rounding has led astray starts anew; what is left after that is rounding.
    if (!problem.search(direction, gradient.dot(direction))) {
      direction = newton.mul(-1);
      if (!problem.search(direction, -decrease)) return iterations;
    }
    before = { gradient, decrease };
    gradient = problem.gradient();
  }
  return MOST_ITERATIONS;
}

/** The objective at a point that moves: `[d + 1, classes]`, the intercepts last. */
class Problem {
  point: Matrix;
  #margins: Matrix; // [classes, n]

  /**
   * @param features `[d + 1, n]`, the last row of ones.
   * @param costs `[classes]` what the log loss of a row of a class is multiplied by.
   */
  constructor(
    readonly features: Matrix,
    readonly labels: readonly number[],
    readonly costs: readonly number[],
  ) {
    this.point = Matrix.zeros(features.rows, costs.length);
    this.#margins = Matrix.zeros(costs.length, features.columns);
  }

  moveTo(point: Matrix): void {
    this.point = point;
    this.#margins = point.transposeMultiply(this.features);
  }

  gradient(): Matrix {
    const residuals = softmax(this.#margins.clone());
    this.labels.forEach((label, i) => residuals.set(label, i, residuals.get(label, i) - 1));
    residuals.mulRowVector(this.labels.map((label) => this.costs[label]!));
    const out = this.features.mmul(residuals.transpose());
    return out.setSubMatrix(coefficientsOf(out).add(coefficientsOf(this.point)), 0, 0);
  }

  /**
   * Moves to about the minimum along a direction: Newton's method in one dimension within a bracket, until a hundredth of the slope
   * is left. Margins are linear in the step, so that this costs no product with the data; the objective is convex, so its
   * derivative only rises.
   *
   * @returns Whether there was a way down.
   */
  search(direction: Matrix, slope: number): boolean {
    if (!(slope < 0)) return false;
    const slopes = direction.transposeMultiply(this.features);
    const penalised = coefficientsOf(direction);
    const along = penalised.dot(coefficientsOf(this.point)), squares = penalised.dot(penalised);
    let low = 0, high = Infinity, step = 1;
    for (let i = 0; i < 50; i++) {
      const { first, second } = this.#lossAlong(slopes, step);
      const derivative = along + step * squares + first;
      if (Math.abs(derivative) <= -0.01 * slope) break;
      if (derivative < 0) low = step;
      else high = step;
      const newton = step - derivative / (squares + second);
      // Where rows are told apart with certainty the curvature vanishes, and Newton's step would leap.
      if (newton > low && newton < high && newton < 10 * step) step = newton;
      else step = high === Infinity ? 10 * step : (low + high) / 2;
    }
    this.point = Matrix.mul(direction, step).add(this.point);
    this.#margins.add(slopes.mul(step));
    return true;
  }

  /** First and second derivative of the loss, without penalty, a step along a direction. */
  #lossAlong(slopes: Matrix, step: number): { first: number; second: number } {
    const probabilities = softmax(Matrix.mul(slopes, step).add(this.#margins));
    let first = 0, second = 0;
    this.labels.forEach((label, i) => {
      let mean = 0, square = 0;
      for (let c = 0; c < this.costs.length; c++) {
        const v = slopes.get(c, i), p = probabilities.get(c, i);
        mean += p * v;
        square += p * v * v;
      }
      first += this.costs[label]! * (mean - slopes.get(label, i));
      second += this.costs[label]! * Math.max(0, square - mean * mean);
    });
    return { first, second };
  }
}

/** A point without its intercepts, which have no penalty. */
function coefficientsOf(point: Matrix): Matrix {
  return point.subMatrix(0, point.rows - 2, 0, point.columns - 1);
}
