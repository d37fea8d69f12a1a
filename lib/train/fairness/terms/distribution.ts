import { div, maximum, mul, reduceMean, reduceSum, sqrt, sub, type Tensor } from "../../../graph/mod.ts";
import { coral } from "../coral.ts";
import { hsic } from "../hsic.ts";
import { mmd } from "../mmd.ts";
import { groupNumbers, squaredCorrelation } from "../squared_correlation.ts";
import type { FairnessTerm } from "../term.ts";
import { wasserstein } from "../wasserstein.ts";

/** Distances between the groups' distributions by name: of what, and how. */
const DISTANCES = {
  scoreWasserstein: {
    of: "cosine",
    distance: (score: Tensor, groups: Tensor) => wasserstein(standardised(score), groups),
  },
  scoreMmd: { of: "cosine", distance: mmd },
  scoreCorrelation: {
    of: "cosine",
    distance: (score: Tensor, groups: Tensor) =>
      squaredCorrelation(score, groupNumbers(groups), reduceSum(groups, { axes: [1] })),
  },
  embeddingMmd: { of: "resume", distance: mmd },
  embeddingHsic: { of: "resume", distance: hsic },
  embeddingCoral: { of: "resume", distance: coral },
} as const;

/** Below a standard deviation of 10⁻⁴ differences of cosines are rounding. */
const SMALLEST_VARIANCE = 1e-8;

/** Options of {@linkcode distribution}. */
export interface DistributionOptions {
  readonly attribute: string;
  readonly weight: number;
  /** What is compared, the pairs' cosines or the résumés' embeddings, and how. */
  readonly distance: keyof typeof DISTANCES;
}

/**
 * Distribution matching: the groups shall have the same scores, or embeddings, whatever decision is made of them. All
 * distances are free of scale: a model gains nothing by giving everybody nearly the same score.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { distribution } from "./distribution.ts";
 *
 * const term = distribution({ attribute: "education", weight: 1, distance: "scoreWasserstein" });
 * assertEquals(term.name, "scoreWasserstein.education");
 * ```
 */
export function distribution({ attribute, weight, distance }: DistributionOptions): FairnessTerm {
  const { of, distance: measure } = DISTANCES[distance];
  return { name: `${distance}.${attribute}`, weight, build: (x) => measure(x[of], x.groups(attribute)) };
}

/** In units of the batch's standard deviation. */
function standardised(score: Tensor): Tensor {
  const centred = sub(score, reduceMean(score));
  return div(centred, sqrt(maximum(reduceMean(mul(centred, centred)), SMALLEST_VARIANCE)));
}
