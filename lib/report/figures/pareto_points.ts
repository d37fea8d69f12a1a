import type { SummaryFront, SummaryRow } from "../../evaluate/mod.ts";
import type { ParetoPoint } from "./pareto_plot.ts";

/** Up to this many contenders all have marks of their own. */
const MOST_NAMED = 10;

/**
 * What a sweep found, as points of a `paretoPlot`: of each contender the mean ROC-AUC over its runs and the gap of all runs'
 * decisions together, with intervals that resample candidates and seeds.
 *
 * @param front The trade-off to draw.
 * @param rows The sweep's rows, which hold the intervals.
 * @returns A point per contender. Of many, the base model and those on the front are named.
 */
export function paretoPoints(front: SummaryFront, rows: readonly SummaryRow[]): ParetoPoint[] {
  const { table, attribute, gap, contenders, points } = front;
  return contenders.map((contender, i): ParetoPoint => {
    const own = rows.filter((row) => row.contender === contender && row.table === table);
    return {
      name: contender.title,
      ...points[i]!,
      rocAucInterval: own.find(({ metric }) => metric === "rocAuc")?.crossed,
      gapInterval: own.find((row) => row.metric === gap && row.attribute === attribute)?.pooled?.crossed,
      named: contenders.length <= MOST_NAMED || contender.model === "base" || front.front.front.includes(i),
    };
  });
}
