/** What a front is the best of: a number of each point, and which way it is better. */
export interface Objective<Key extends string = string> {
  /** Name of the number. */
  readonly key: Key;
  /** Which way is better. */
  readonly direction: "max" | "min";
}

/** Which points no other point beats. */
export interface ParetoFront {
  /** Positions of the points on the front, in their order. */
  readonly front: readonly number[];
  /** For each other point one on the front that is at least as good in everything and better in something. */
  readonly dominated: readonly { readonly point: number; readonly by: number }[];
  /** Points that lack a number, and so have no place. */
  readonly excluded: readonly { readonly point: number; readonly reason: string }[];
}

/**
 * The Pareto front of points: those that cannot be improved in one objective without losing in another. Equal points do
 * not beat each other.
 *
 * The numbers are taken as they are. Where they are estimates, a point just behind the front may truly be on it.
 * @throws {RangeError} If there is no objective, or a number is NaN.
 */
export function paretoFront<Key extends string>(
  points: readonly Readonly<Record<Key, number | null>>[],
  objectives: readonly Objective<Key>[],
): ParetoFront {
  if (objectives.length === 0) throw new RangeError("Expected at least one objective, found none");
  const excluded: { point: number; reason: string }[] = [];
  const placed: { point: number; costs: number[] }[] = [];
  points.forEach((values, point) => {
    const missing = objectives.find(({ key }) => values[key] === null);
    if (missing) return excluded.push({ point, reason: `${missing.key} is undefined` });
    const costs = objectives.map(({ key, direction }) => direction === "max" ? -values[key]! : values[key]!);
    if (costs.some(Number.isNaN)) throw new RangeError(`Expected numbers, point ${point} has NaN`);
    placed.push({ point, costs });
  });
  const beats = (a: readonly number[], b: readonly number[]) =>
    a.every((cost, i) => cost <= b[i]!) && a.some((cost, i) => cost < b[i]!);
  const onFront = placed.filter(({ costs }) => !placed.some((other) => beats(other.costs, costs)));
  return {
    front: onFront.map(({ point }) => point),
    dominated: placed.filter((point) => !onFront.includes(point)).map(({ point, costs }) => ({
      point,
      by: onFront.find((other) => beats(other.costs, costs))!.point,
    })),
    excluded,
  };
}

/**
 * The hypervolume of points with a cost and a gain: the area of all that some point is at least as good as, between it
 * and a reference that is worse than any point worth counting (Zitzler & Thiele 1998). Larger is better; a point that is
 * not better than the reference in both adds nothing.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { hypervolume } from "@fair-embeddings/lib/metrics";
 *
 * const points = [{ cost: 0.1, gain: 0.8 }, { cost: 0.3, gain: 0.9 }];
 * assertAlmostEquals(hypervolume(points, { cost: 1, gain: 0.5 }), 0.2 * 0.3 + 0.7 * 0.4);
 * ```
 * @throws {RangeError} If a number is NaN.
 */
export function hypervolume(
  points: readonly { readonly cost: number; readonly gain: number }[],
  reference: { readonly cost: number; readonly gain: number },
): number {
  if (points.some(({ cost, gain }) => Number.isNaN(cost + gain))) throw new RangeError("Expected numbers, found NaN");
  let area = 0, best = reference.gain;
  const sorted = points.filter(({ cost }) => cost < reference.cost).sort((a, b) => a.cost - b.cost);
  for (const { cost, gain } of sorted) {
    if (gain <= best) continue;
    area += (reference.cost - cost) * (gain - best);
    best = gain;
  }
  return area;
}
