import { pairwiseCosine } from "../../objectives.ts";
import { counterfactualEmbeddings, counterfactualScores } from "../counterfactual.ts";
import type { FairnessTerm } from "../term.ts";

/** Options of {@linkcode counterfactual}. */
export interface CounterfactualOptions {
  readonly weight: number;
  /** Whether the twins shall have the same cosine with the pair's job, or the same embedding. */
  readonly compare: "scores" | "embeddings";
}

/**
 * Counterfactual consistency: a résumé and its twin are treated alike. Items without a twin are left out; where there are
 * several, they take turns from step to step.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counterfactual } from "./counterfactual.ts";
 *
 * const term = counterfactual({ weight: 1, compare: "embeddings" });
 * const items = [{ job: 0, resume: 1, label: 1, negatives: [], twins: [7, 8] }, { job: 0, resume: 2, label: 0, negatives: [] }];
 * const rows = (texts: readonly number[]) => ({ dtype: "int32", shape: [2], data: Int32Array.from(texts) }) as const;
 * const { twin, hasTwin } = term.feeds!({ items, step: 1, rows });
 * assertEquals([...twin!.data, ...hasTwin!.data], [8, 2, 1, 0]);
 * ```
 */
export function counterfactual({ weight, compare }: CounterfactualOptions): FairnessTerm {
  return {
    name: `counterfactual.${compare}`,
    weight,
    build({ job, resume, cosine, label, texts, input }) {
      const twin = texts("twin"), hasTwin = input("hasTwin", label.shape);
      return compare === "scores"
        ? counterfactualScores(cosine, pairwiseCosine(job, twin), hasTwin)
        : counterfactualEmbeddings(resume, twin, hasTwin);
    },
    feeds: ({ items, step, rows }) => ({
      // Its own résumé stands in where there is no twin: nothing more is encoded for it.
      twin: rows(items.map(({ twins = [], resume }) => twins[step % twins.length] ?? resume)),
      hasTwin: {
        dtype: "float32",
        shape: [items.length],
        data: Float32Array.from(items, ({ twins = [] }) => twins.length > 0 ? 1 : 0),
      },
    }),
  };
}
