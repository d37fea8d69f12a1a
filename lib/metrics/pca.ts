import { Matrix, SVD } from "ml-matrix";

/** The directions in which points vary most, and where the points lie along them. */
export interface Pca {
  /** `[k][n]` coordinates of the points along each component; their mean is 0. */
  readonly coordinates: readonly Float64Array[];
  /** `[k][d]` unit vectors. The sign is chosen so that the entry of largest size is positive, as scikit-learn does. */
  readonly components: readonly Float64Array[];
  /** `[k]` share of the points' variance along each component, in [0, 1]; 0 if all points are equal. */
  readonly explained: readonly number[];
}

/**
 * Principal components of `[n][d]` points, the first `k`: right singular vectors of the centred points.
 * @throws {RangeError} If there are fewer points or dimensions than components, or points of different lengths.
 */
export function pca(points: readonly ArrayLike<number>[], k = 2): Pca {
  const n = points.length;
  const d = points[0]?.length ?? 0;
  if (!Number.isInteger(k) || k < 1 || k > Math.min(n, d)) {
    throw new RangeError(`Expected 1 to ${Math.min(n, d)} components of ${n} points of ${d} numbers, found ${k}`);
  }
  const odd = points.findIndex((point) => point.length !== d);
  if (odd >= 0) throw new RangeError(`Expected ${d} numbers in point ${odd}, found ${points[odd]!.length}`);
  const centred = new Matrix(points.map((point) => Array.from(point))).center("column");
  const { rightSingularVectors, diagonal } = new SVD(centred, { autoTranspose: true });
  const total = centred.to1DArray().reduce((sum, x) => sum + x * x, 0);
  const components = Array.from({ length: k }, (_, j) => {
    const vector = rightSingularVectors.getColumn(j);
    const largest = vector.reduce((most, x) => Math.abs(x) > Math.abs(most) ? x : most, 0);
    return Float64Array.from(vector, (x) => largest < 0 ? -x : x);
  });
  return {
    components,
    coordinates: components.map((own) => Float64Array.from(centred.mmul(Matrix.columnVector(own)).to1DArray())),
    explained: components.map((_, j) => total === 0 ? 0 : Math.min(1, diagonal[j]! ** 2 / total)),
  };
}
