import { mul, softplus, sub } from "../../../graph/mod.ts";
import { groupDro } from "../group_dro.ts";
import type { FairnessTerm } from "../term.ts";

/** Options of {@linkcode worstGroup}. */
export interface WorstGroupOptions {
  readonly attribute: string;
  readonly weight: number;
  /** Groups of the attribute. */
  readonly classes: number;
  /** How fast weight moves to the group with the largest loss, per batch; Sagawa et al. use 0.01. */
  readonly eta: number;
}

/**
 * Group DRO on the pairs' binary cross-entropy, with group weights kept from batch to batch.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { worstGroup } from "./worst_group.ts";
 *
 * const term = worstGroup({ attribute: "education", weight: 1, classes: 4, eta: 0.01 });
 * assertEquals([...term.state!.weights!.data], [0.25, 0.25, 0.25, 0.25]);
 * ```
 */
export function worstGroup({ attribute, weight, classes, eta }: WorstGroupOptions): FairnessTerm {
  return {
    name: `worstGroup.${attribute}`,
    weight,
    state: { weights: { shape: [classes], data: new Float32Array(classes).fill(1 / classes) } },
    build({ logit, label, groups, state }) {
      const losses = sub(softplus(logit), mul(label, logit));
      const { loss, weights } = groupDro(losses, groups(attribute), { eta, weights: state.weights! });
      return { loss, next: { weights } };
    },
  };
}
