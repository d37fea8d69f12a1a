/** What fairness costs along a front: models from plain to strict, each run with the same seeds. */
import { crossedDraws, hypervolume, quantileOfSorted } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { COMPARED_DISPARITIES } from "./comparison.ts";
import { meanOver, peopleAndSeeds, pooledRows, type SeedModel, weightedTable } from "./seeds.ts";

/** A number with its percentile interval over people and seeds. */
export interface FrontNumber {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A model of the front. */
export interface FrontPoint {
  readonly name: string;
  /** Of all seeds' decisions together. */
  readonly disparity: FrontNumber;
  /** Mean over the seeds. */
  readonly rocAuc: FrontNumber;
  /** ROC-AUC lost, and disparity removed, since the first model of the front. */
  readonly lost: FrontNumber;
  readonly removed: FrontNumber;
  /** ROC-AUC lost per 0.01 of disparity removed; null where none was removed. */
  readonly perPoint: number | null;
}

/** What a front can be followed along. */
export type FrontMetric = keyof typeof COMPARED_DISPARITIES.label;

/** A front. */
export interface Front {
  readonly metric: FrontMetric;
  readonly attribute: string;
  readonly seeds: number;
  readonly points: readonly FrontPoint[];
  /** Against a model that ranks at random and treats groups as differently as can be: at most 0.5. */
  readonly hypervolume: FrontNumber;
}

/** The worst that is counted. */
const REFERENCE = { cost: 1, gain: 0.5 };

/**
 * Measures a front on the seeds that all its models have; null where there are none. People and seeds are resampled
 * together, the same for all models: differences between them are paired.
 */
export function evaluateFront(
  models: readonly SeedModel[],
  { metric, attribute, confidence, resamples, seed = 42 }: {
    readonly metric: FrontMetric;
    readonly attribute: string;
    readonly confidence: number;
    readonly resamples: number;
    readonly seed?: number;
  },
): Front | null {
  const disparity = COMPARED_DISPARITIES.label[metric];
  const shared = [...models[0]!.runs.keys()].filter((seed) => models.every(({ runs }) => runs.has(seed)));
  if (shared.length === 0) return null;
  const sides = models.map(({ name, runs }) => {
    const own = new Map(shared.map((seed) => [seed, runs.get(seed)!]));
    const table = weightedTable(pooledRows(own, attribute, "label"));
    return {
      name,
      auc: meanOver(own, "rocAuc"),
      disparity: (weights: Float64Array) => disparity.of(table(weights)).value ?? NaN,
      runs: own,
    };
  });
  const statistic = (weights: Float64Array, seeds: Float64Array): number[] => {
    const points = sides.map(({ auc, disparity }) => ({ cost: disparity(weights), gain: auc(weights, seeds) }));
    const first = points[0]!;
    return [
      points.some(({ cost, gain }) => Number.isNaN(cost + gain)) ? NaN : hypervolume(points, REFERENCE),
      ...points.flatMap(({ cost, gain }) => [cost, gain, first.gain - gain, first.cost - cost]),
    ];
  };
  const factors = peopleAndSeeds(sides[0]!.runs, attribute);
  const ones = (size: number) => new Float64Array(size).fill(1);
  const values = statistic(ones(factors[0].codes.length), ones(shared.length));
  const rng = new Rng(seed).derive(`front ${attribute} ${metric}`);
  const draws = crossedDraws(factors, (weights, [, seeds]) => statistic(weights, seeds!), { rng, resamples });
  const numbers = values.map((value, i): FrontNumber => {
    const sorted = draws[i]!.filter((draw) => !Number.isNaN(draw)).sort();
    const end = (q: number) => sorted.length === 0 ? NaN : quantileOfSorted(sorted, q);
    return { value, low: end((1 - confidence) / 2), high: end((1 + confidence) / 2) };
  });
  return {
    metric,
    attribute,
    seeds: shared.length,
    hypervolume: numbers[0]!,
    points: sides.map(({ name }, i) => {
      const [disparity, rocAuc, lost, removed] = numbers.slice(1 + 4 * i, 5 + 4 * i);
      const perPoint = removed!.value > 0 ? lost!.value / removed!.value / 100 : null;
      return { name, disparity: disparity!, rocAuc: rocAuc!, lost: lost!, removed: removed!, perPoint };
    }),
  };
}
