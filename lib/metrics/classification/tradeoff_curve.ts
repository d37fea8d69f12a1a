/** Select above (or below) a threshold. */
export interface ThresholdOperation {
  readonly operator: ">" | "<";
  readonly threshold: number;
}

/** What one operation reaches: a constrained rate `x` and an objective `y`. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly operation: ThresholdOperation;
}

/** Two operations, one of them applied by chance. */
export interface Mixture {
  readonly p0: number;
  readonly operation0: ThresholdOperation;
  readonly p1: number;
  readonly operation1: ThresholdOperation;
}

/**
 * The upper convex hull of points, from the lowest to the highest `x` (Andrew's monotone chain). Any point on it can be reached on
 * average by mixing its two neighbours.
 *
 * @param points Points in any order.
 * @returns The corners, one per `x`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { upperHull } from "./tradeoff_curve.ts";
 *
 * const operation = { operator: ">", threshold: 0 } as const;
 * const hull = upperHull([[0, 0], [0.5, 0.25], [0.25, 0.75], [1, 1]].map(([x, y]) => ({ x: x!, y: y!, operation })));
 * assertEquals(hull.map(({ x }) => x), [0, 0.25, 1]);
 * ```
 */
export function upperHull(points: readonly CurvePoint[]): CurvePoint[] {
  const corners: CurvePoint[] = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || a.y - b.y)) {
    // Of points at one x only the highest matters.
    if (corners.at(-1)?.x === point.x) corners.pop();
    while (corners.length >= 2) {
      const [a, b] = corners.slice(-2) as [CurvePoint, CurvePoint];
      if ((b.y - a.y) * (point.x - a.x) > (point.y - a.y) * (b.x - a.x)) break;
      corners.pop();
    }
    corners.push(point);
  }
  return corners;
}

/**
 * The height of a hull and the mixture of its corners that reaches it.
 *
 * @param hull Corners from {@linkcode upperHull}, at least two.
 * @param x A place between the first and the last corner.
 * @returns The height and the mixture.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { heightAt } from "./tradeoff_curve.ts";
 *
 * const at = (x: number, threshold: number) => ({ x, y: x, operation: { operator: ">", threshold } as const });
 * const { y, mixture } = heightAt([at(0, Infinity), at(1, -Infinity)], 0.25);
 * assertEquals([y, mixture.p0, mixture.p1], [0.25, 0.75, 0.25]);
 * ```
 */
export function heightAt(hull: readonly CurvePoint[], x: number): { y: number; mixture: Mixture } {
  let low = 0, high = hull.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (hull[middle]!.x < x) low = middle;
    else high = middle;
  }
  const [left, right] = [hull[low]!, hull[high]!];
  const p0 = (right.x - x) / (right.x - left.x);
  const p1 = 1 - p0;
  return {
    y: p0 * left.y + p1 * right.y,
    mixture: { p0, operation0: left.operation, p1, operation1: right.operation },
  };
}
