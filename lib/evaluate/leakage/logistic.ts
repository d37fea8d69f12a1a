/** Multinomial logistic regression, scikit-learn's objective, and the probe that it makes. */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { divide, type FoldedData, type LabelledRows, type OutOfFold, predictFolds } from "./sample.ts";

/**
 * Inverse penalties to choose from. Features are standardised, so that a few hundred of them add up to large margins:
 * with the least C a fit is close to comparing distances to the groups' means, with the greatest it can tell training
 * rows apart at will.
 */
const PENALTIES: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1];

/**
 * Out-of-fold probabilities of logistic regression on standardised features, groups weighted alike.
 *
 * C is chosen by nested cross-validation: for an outer fold, each other fold in turn is predicted by a fit on the rest,
 * and the C with the least log loss, groups weighted alike, is taken. The fit without folds f and g serves the choice
 * for f and for g, so that this costs `folds · (folds − 1) / 2` paths.
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
          losses[data.fold[test.rows[r]!] === f ? g : f]![p]! -= Math.log(own) / counts[code]!;
        });
      }
    }
  }
  return predictFolds(data, (fold) => {
    const choice = PENALTIES[losses[fold]!.indexOf(Math.min(...losses[fold]!))]!;
    const { train, test, costs } = divide(data, (other) => other === fold);
    const [model] = logisticPath(train, [choice], { costs });
    return { rows: test.rows, predicted: logisticProbabilities(model!, test.x), choice };
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
 * Fits L2-regularised multinomial logistic regression for several penalties, each from where the last one ended:
 * minimises `½‖W‖² + C Σᵢ sᵢ · (−ln pᵢ)` over coefficients `W` and intercepts, where `pᵢ` is the softmax probability of
 * row i's class and `sᵢ` its cost, as `sklearn.linear_model.LogisticRegression(C, penalty="l2", class_weight)` does;
 * intercepts are not penalised. For two classes scikit-learn fits one vector `w` with penalty `½‖w‖²`: here `w = W₁ −
 * W₀`, and `C` counts half, which makes it the same.
 *
 * @param costs `[classes]` what the log loss of a row of a class is multiplied by.
 * @param tolerance The fit ends when the gradient is no longer than this share of its length at zero. The objective is
 * 1-strongly convex in the coefficients, which are then as close to the optimum as the gradient is to zero.
 */
export function logisticPath(
  { x, labels }: LabelledRows,
  penalties: readonly number[],
  { costs, tolerance = 1e-5 }: { readonly costs: readonly number[]; readonly tolerance?: number },
): LogisticModel[] {
  const classes = costs.length;
  const space = x.columns > x.rows ? rowSpace(x) : null;
  const features = (space?.coordinates ?? x).transpose().addRow(new Array<number>(x.rows).fill(1));
  const width = features.rows - 1;
  const curvature = features.mmulByTranspose(labels.map((label) => costs[label]! / classes));
  // A length of the gradient that is rounding and nothing else, as features and costs are of finite precision.
  const rounding = Number.EPSILON * Math.max(features.max(), -features.min()) *
    labels.reduce((sum, label) => sum + costs[label]!, 0);
  let start = Matrix.zeros(width + 1, classes);
  return penalties.map((C) => {
    const strength = classes === 2 ? C / 2 : C;
    const problem = { features, labels, costs: costs.map((cost) => strength * cost) };
    const hessian = Matrix.mul(curvature, strength);
    for (let j = 0; j < width; j++) hessian.set(j, j, hessian.get(j, j) + 1);
    const slope = gradientAt(problem, Matrix.zeros(width + 1, classes)).norm();
    const { point, iterations } = minimise(problem, start, {
      hessian: new CholeskyDecomposition(hessian),
      goal: Math.max(tolerance * slope, strength * rounding),
    });
    start = point;
    const coefficients = point.subMatrix(0, width - 1, 0, classes - 1);
    return {
      coefficients: space?.lift(coefficients) ?? coefficients,
      intercepts: point.getRow(width),
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
 * Rows that are fewer than their columns, in as many coordinates as there are rows: the Cholesky factor of their inner
 * products has their lengths and angles. A linear model with a penalty on the length of its coefficients gains nothing
 * from a component that no row has, so its coefficients lie in the span of the rows, and fitting it to the coordinates
 * and lifting the result is exact. What is added to the diagonal, as rows may depend on others, is of the size of
 * rounding.
 *
 * @returns `[n, n]` coordinates, and what turns `[n, k]` vectors in these into `[d, k]` vectors in the original ones.
 */
export function rowSpace(x: Matrix): { coordinates: Matrix; lift: (v: Matrix) => Matrix } {
  const products = x.mmulByTranspose();
  const ridge = 1e-12 * Math.max(...products.diagonal()) || 1e-100;
  const factor = new CholeskyDecomposition(products.add(Matrix.eye(x.rows, x.rows, ridge)));
  const coordinates = factor.lowerTriangularMatrix;
  return { coordinates, lift: (v) => x.transposeMultiply(factor.solve(coordinates.mmul(v))) };
}

/** What is minimised over points `[d + 1, classes]`, the intercepts last. */
interface Problem {
  /** `[d + 1, n]`, the last row of ones. */
  readonly features: Matrix;
  readonly labels: readonly number[];
  /** `[classes]` what the log loss of a row of a class is multiplied by. */
  readonly costs: readonly number[];
}

// Far above the tens that fits take; it ends one whose tolerance is finer than rounding allows.
const MOST_ITERATIONS = 1000;

/**
 * Moves a point to the minimum and counts the steps: nonlinear conjugate gradients (Polak & Ribière; Nocedal & Wright
 * 2006, §5.2), preconditioned by the Hessian at zero, with which correlated features take tens of steps and not
 * hundreds.
 */
function minimise(
  problem: Problem,
  start: Matrix,
  { hessian, goal }: { hessian: CholeskyDecomposition; goal: number },
): { point: Matrix; iterations: number } {
  let point = start, margins = point.transposeMultiply(problem.features); // [classes, n]
  let gradient = gradientAt(problem, point, margins);
  let direction = Matrix.zeros(point.rows, point.columns);
  let before = { gradient, decrease: Infinity };
  const intercept = point.rows - 1;
  let iterations = 0;
  for (; iterations < MOST_ITERATIONS && gradient.norm() > goal; iterations++) {
    // Over the classes gradients add up to 0, and so does what is done with them: the last column is known.
    const newton = hessian.solve(gradient.subMatrix(0, intercept, 0, gradient.columns - 2));
    newton.addColumn(newton.sum("row").map((v) => -v));
    const decrease = gradient.dot(newton);
    direction = direction.mul(Math.max(0, (decrease - before.gradient.dot(newton)) / before.decrease)).sub(newton);
    if (!(gradient.dot(direction) < 0)) direction = newton.mul(-1); // rounding has led it astray
    const slope = gradient.dot(direction);
    if (!(slope < 0)) break; // what is left is rounding
    const slopes = direction.transposeMultiply(problem.features);
    const penalised = direction.clone().setRow(intercept, new Array<number>(direction.columns).fill(0));
    const along = penalised.dot(point), squares = penalised.dot(penalised);
    const step = stepAlong((step) => {
      const { first, second } = lossAlong(problem, slopes, Matrix.mul(slopes, step).add(margins));
      return { first: along + step * squares + first, second: squares + second };
    }, slope);
    point = Matrix.mul(direction, step).add(point);
    margins = slopes.mul(step).add(margins);
    before = { gradient, decrease };
    gradient = gradientAt(problem, point, margins);
  }
  return { point, iterations };
}

function gradientAt(
  { features, labels, costs }: Problem,
  point: Matrix,
  margins: Matrix = point.transposeMultiply(features),
): Matrix {
  const residuals = softmax(margins.clone());
  labels.forEach((label, i) => residuals.set(label, i, residuals.get(label, i) - 1));
  const out = features.mmul(residuals.mulRowVector(labels.map((label) => costs[label]!)).transpose());
  const ofIntercepts = out.getRow(point.rows - 1); // these have no penalty
  return out.add(point).setRow(point.rows - 1, ofIntercepts);
}

/**
 * How far to go along a direction: Newton's method in one dimension within a bracket, until a hundredth of the slope is
 * left. Margins are linear in the step, so that this costs no product with the data; the objective is convex, so its
 * derivative only rises.
 *
 * @param derivatives First and second derivative of the objective at a step.
 * @param slope The first at 0.
 */
function stepAlong(derivatives: (step: number) => { first: number; second: number }, slope: number): number {
  let low = 0, high = Infinity, step = 1;
  for (let i = 0; i < 50; i++) {
    const { first, second } = derivatives(step);
    if (Math.abs(first) <= -0.01 * slope) break;
    if (first < 0) low = step;
    else high = step;
    const newton = step - first / second;
    // Where rows are told apart with certainty the curvature vanishes, and Newton's step would leap.
    if (newton > low && newton < high && newton < 10 * step) step = newton;
    else step = high === Infinity ? 10 * step : (low + high) / 2;
  }
  return step;
}

/** First and second derivative of the loss, without penalty, where margins are as given and change by `slopes`. */
function lossAlong({ labels, costs }: Problem, slopes: Matrix, margins: Matrix): { first: number; second: number } {
  const probabilities = softmax(margins);
  let first = 0, second = 0;
  labels.forEach((label, i) => {
    let mean = 0, square = 0;
    for (let c = 0; c < costs.length; c++) {
      const v = slopes.get(c, i), p = probabilities.get(c, i);
      mean += p * v;
      square += p * v * v;
    }
    first += costs[label]! * (mean - slopes.get(label, i));
    second += costs[label]! * Math.max(0, square - mean * mean);
  });
  return { first, second };
}
