import { add, cast, greaterOrEqual, sigmoid, sub, type Tensor } from "../../../graph/mod.ts";
import { POSITIVE_LABEL } from "../../../data/mod.ts";
import type { Parameters } from "../../../model/mod.ts";
import { groupMeans } from "../group_means.ts";
import { movingMeans } from "../moving_means.ts";
import { SPREADS } from "../spread.ts";
import type { FairnessTerm } from "../term.ts";

/** Options of {@linkcode parity}. */
export interface ParityOptions {
  readonly attribute: string;
  readonly weight: number;
  /** Groups of the attribute. */
  readonly classes: number;
  /** Which rates shall be equal: all selected; the selected among positives; the latter and those among negatives. */
  readonly criterion: "demographicParity" | "equalOpportunity" | "equalizedOdds";
  /** How their distance is measured. */
  readonly spread: keyof typeof SPREADS;
  /** How much of the rates' estimates is kept from batch to batch, in [0, 1); see `movingMeans()`. */
  readonly decay: number;
}

/**
 * A parity penalty on the probabilities of a match, with rates estimated over the batches so far.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parity } from "./parity.ts";
 *
 * const options = { attribute: "education", weight: 0.3, classes: 2, spread: "variance", decay: 0.9 } as const;
 * const term = parity({ ...options, criterion: "equalizedOdds" });
 * assertEquals(term.name, "equalizedOdds.education");
 * assertEquals(Object.keys(term.state!), ["positive.sums", "positive.counts", "negative.sums", "negative.counts"]);
 * ```
 */
export function parity({ attribute, weight, classes, criterion, spread, decay }: ParityOptions): FairnessTerm {
  const parts = { demographicParity: ["all"], equalOpportunity: ["positive"], equalizedOdds: ["positive", "negative"] };
  const zeros = () => ({ shape: [classes], data: new Float32Array(classes) });
  const state: Parameters = Object.fromEntries(
    parts[criterion].flatMap((part) => [[`${part}.sums`, zeros()], [`${part}.counts`, zeros()]]),
  );
  return {
    name: `${criterion}.${attribute}`,
    weight,
    state,
    build({ logit, label, populationWeight, groups, state }) {
      const positive = cast(greaterOrEqual(label, POSITIVE_LABEL), "float32");
      // Rates given the label are the same in balanced batches; the rate of all is not.
      const rows: Record<string, Tensor> = { all: populationWeight, positive, negative: sub(1, positive) };
      const next: Record<string, Tensor> = {};
      const losses = parts[criterion].map((part) => {
        const batch = groupMeans(sigmoid(logit), groups(attribute), rows[part]);
        const before = { sums: state[`${part}.sums`]!, counts: state[`${part}.counts`]! };
        const moving = movingMeans(batch, before, decay);
        next[`${part}.sums`] = moving.next.sums;
        next[`${part}.counts`] = moving.next.counts;
        return SPREADS[spread](moving.means);
      });
      return { loss: losses.reduce((a, b) => add(a, b)), next };
    },
  };
}
