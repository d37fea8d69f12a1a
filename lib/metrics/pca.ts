import { Rng } from "../random.ts";

/** The directions in which points spread most, and where the points lie along them. */
export interface Pca {
  /** `[k][n]` coordinates of the points along each component; their mean is 0. */
  readonly coordinates: readonly Float64Array[];
  /** `[k][d]` unit vectors. The sign is chosen so that the entry of largest size is positive, as scikit-learn does. */
  readonly components: readonly Float64Array[];
  /** `[k]` share of the points' variance along each component, in [0, 1]; 0 if all points are equal. */
  readonly explained: readonly number[];
}

/** Residual `‖C v − λ v‖`, as a share of the largest eigenvalue, at which a component is taken for exact. */
const TOLERANCE = 1e-11;
/** Steps between looks at the residual, which cost more than a step. */
const CHECK_EVERY = 8;

/**
 * Principal components of points, the first `k`: eigenvectors of their covariance matrix, by the method of Lanczos with full
 * reorthogonalisation (Golub & Van Loan 2013, §10.3), which never forms the matrix. It goes on until the components are exact to
 * rounding; at the latest after `d` steps it holds the whole space.
 *
 * @param points `[n][d]` finite numbers.
 * @param k Components, at most `min(n, d)`; 2 if absent.
 * @returns The components and the points' coordinates.
 * @throws {RangeError} If there are fewer points or dimensions than components, or points of different lengths.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { pca } from "./pca.ts";
 *
 * const { coordinates, explained } = pca([[0, 0], [2, 0], [0, 1], [2, 1]], 1);
 * assertAlmostEquals(explained[0]!, 0.8, 1e-12);
 * assertAlmostEquals(coordinates[0]![0]!, -1, 1e-12);
 * ```
 */
export function pca(points: readonly ArrayLike<number>[], k = 2): Pca {
  const n = points.length;
  const d = points[0]?.length ?? 0;
  if (!Number.isInteger(k) || k < 1 || k > Math.min(n, d)) {
    throw new RangeError(`Expected 1 to ${Math.min(n, d)} components of ${n} points of ${d} numbers, found ${k}`);
  }
  const odd = points.findIndex((point) => point.length !== d);
  if (odd >= 0) throw new RangeError(`Expected ${d} numbers in point ${odd}, found ${points[odd]!.length}`);
  const centred = centre(points, d);
  const total = centred.reduce((sum, row) => sum + dot(row, row), 0);
  const { values, vectors } = largestEigenpairs((v) => timesScatter(centred, v), d, k);
  const components = vectors.map(withPositiveLargest);
  return {
    components,
    coordinates: components.map((component) => Float64Array.from(centred, (row) => dot(row, component))),
    explained: values.map((value) => total === 0 ? 0 : Math.min(1, Math.max(0, value / total))),
  };
}

function centre(points: readonly ArrayLike<number>[], d: number): Float64Array[] {
  const mean = new Float64Array(d);
  for (const point of points) for (let j = 0; j < d; j++) mean[j]! += point[j]! / points.length;
  return points.map((point) => mean.map((value, j) => point[j]! - value));
}

/** `Xᵀ X v`, the scatter matrix by a vector. */
function timesScatter(centred: readonly Float64Array[], v: Float64Array): Float64Array {
  const result = new Float64Array(v.length);
  for (const row of centred) addScaled(result, row, dot(row, v));
  return result;
}

function largestEigenpairs(
  times: (v: Float64Array) => Float64Array,
  d: number,
  k: number,
): { values: number[]; vectors: Float64Array[] } {
  // Any start that is not orthogonal to a wanted vector will do; chance gives one, and a fixed seed the same one each time.
  const rng = new Rng(1);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let next = orthogonalised(Float64Array.from({ length: d }, () => rng.normal()), basis)!;
  while (true) {
    basis.push(next);
    const image = times(next);
    diagonal.push(dot(next, image));
    const last = basis.length === d;
    const rest = last ? null : orthogonalised(image, basis);
    const residual = rest === null ? 0 : dot(rest, image);
    // The space is closed under the matrix to rounding: what else there is, is reached from another start.
    const closed = residual <= 1e-14 * Math.max(norm(image), ...diagonal);
    if (last || (!closed && basis.length >= k && basis.length % CHECK_EVERY === 0)) {
      const small = symmetricEigen(diagonal, beside);
      const order = small.values.map((_, i) => i).sort((a, b) => small.values[b]! - small.values[a]!).slice(0, k);
      const largest = small.values[order[0]!]!;
      if (last || order.every((i) => Math.abs(residual * small.vectors[i]!.at(-1)!) <= TOLERANCE * largest)) {
        return {
          values: order.map((i) => small.values[i]!),
          vectors: order.map((i) => combination(basis, small.vectors[i]!)),
        };
      }
    }
    beside.push(closed ? 0 : residual);
    next = closed ? orthogonalised(Float64Array.from({ length: d }, () => rng.normal()), basis)! : rest!;
  }
}

/** The unit vector along the sum of the basis, each times its weight. */
function combination(basis: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(basis[0]!.length);
  basis.forEach((own, j) => addScaled(sum, own, weights[j]!));
  const length = norm(sum);
  return sum.map((value) => value / length);
}

/** A unit vector of what is left of a vector beside the basis; `null` if nothing is. */
function orthogonalised(vector: Float64Array, basis: readonly Float64Array[]): Float64Array | null {
  const rest = vector.slice();
  // Twice is enough (Kahan): the second pass removes what rounding left in the first.
  for (let pass = 0; pass < 2; pass++) for (const own of basis) addScaled(rest, own, -dot(own, rest));
  const length = norm(rest);
  return length === 0 ? null : rest.map((value) => value / length);
}

/** Eigenvalues and -vectors (`vectors[i]` of `values[i]`) of a symmetric tridiagonal matrix, by Jacobi's rotations. */
function symmetricEigen(
  diagonal: readonly number[],
  beside: readonly number[],
): { values: number[]; vectors: Float64Array[] } {
  const m = diagonal.length;
  const a = diagonal.map((value, i) => {
    const row = new Float64Array(m);
    row[i] = value;
    if (i > 0) row[i - 1] = beside[i - 1]!;
    if (i + 1 < m) row[i + 1] = beside[i]!;
    return row;
  });
  const vectors = a.map((_, i) => Float64Array.from({ length: m }, (_, j) => i === j ? 1 : 0));
  const scale = a.reduce((sum, row) => sum + dot(row, row), 0);
  const off = () => a.reduce((sum, row, i) => sum + dot(row, row) - row[i]! ** 2, 0);
  while (off() > 1e-30 * scale) {
    for (let p = 0; p < m; p++) {
      for (let q = p + 1; q < m; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        for (let i = 0; i < m; i++) {
          const x = a[i]![p]!, y = a[i]![q]!;
          a[i]![p] = c * x - t * c * y;
          a[i]![q] = t * c * x + c * y;
        }
        rotate(a[p]!, a[q]!, c, t * c);
        rotate(vectors[p]!, vectors[q]!, c, t * c);
      }
    }
  }
  return { values: a.map((row, i) => row[i]!), vectors };
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const own = x[i]!, other = y[i]!;
    x[i] = c * own - s * other;
    y[i] = s * own + c * other;
  }
}

function withPositiveLargest(vector: Float64Array): Float64Array {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? vector.map((value) => -value) : vector;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function addScaled(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * vector[i]!;
}
