/** Rankings: who gets the top places and the exposure, and how good the order is. */
import { pairwiseAccuracy, rankingFairness, rankingFairnessIntervals, rankingQuality } from "../metrics/mod.ts";
import { rankingQualityIntervals } from "../metrics/mod.ts";
import type { Grouping } from "../metrics/mod.ts";
import type { Chance, DecidedModel, EvaluationContext } from "./evaluate.ts";
import type { AttributeEvaluation, ModelEvaluation } from "./evaluation.ts";
import { estimateOf, estimatesOf } from "./row_weights.ts";
import { labelledRows, takeModel, takeTable } from "./some_rows.ts";
import { type ScoredTable, takeGroups } from "./table.ts";

/** Exposure and top-k places of the groups; `null` where nothing is ranked. */
export function rankingByGroup({ model, context: { table, topK }, groups, chance }: {
  readonly model: DecidedModel;
  readonly context: Pick<EvaluationContext, "table" | "topK">;
  readonly groups: Grouping;
  readonly chance: Chance;
}): AttributeEvaluation["ranking"] {
  if (table.queries === null) return null;
  const known = labelledRows(table.labels);
  if (known !== null) {
    // What needs relevance is of the rows with a label, ranked among themselves.
    const whole = rankingByGroup({ model, context: { table: { ...table, labels: null }, topK }, groups, chance })!;
    if (known.length === 0) return whole;
    const labelled = { table: takeTable(table, known), topK };
    const part = rankingByGroup({
      model: takeModel(model, known),
      context: labelled,
      groups: takeGroups(groups, known),
      chance,
    });
    return withRelevance(whole, part!);
  }
  const { relevance, ...ranked } = rankedColumns(model, table);
  const columns = { ...ranked, queries: table.queries.groups, groups, relevance };
  const fairness = rankingFairness(columns, topK);
  const intervals = rankingFairnessIntervals(fairness, { ...chance, rng: chance.rng.derive("ranking") });
  return {
    topK,
    groups: fairness.groups.map(({ group, count, pooled, mean }, g) => {
      const { exposureToRelevance, ...metrics } = estimatesOf(pooled, intervals.groups[g]!);
      return {
        group,
        count,
        metrics: {
          ...metrics,
          ...(relevance ? { exposureToRelevance: exposureToRelevance! } : {}),
          meanTopKShare: estimateOf(mean.topKShare),
          meanExposure: estimateOf(mean.exposure),
          meanSkew: estimateOf(mean.skew),
        },
      };
    }),
    overall: {
      exposureRatio: estimateOf(fairness.exposureRatio, intervals.exposureRatio),
      selectionRatio: estimateOf(fairness.selectionRatio, intervals.selectionRatio),
      meanExposureRatio: estimateOf(fairness.meanExposureRatio),
      ...(relevance ? { exposureToRelevanceRatio: estimateOf(fairness.exposureToRelevanceRatio) } : {}),
      ndkl: estimateOf(fairness.ndkl, intervals.ndkl),
    },
    queries: queriesOf(fairness),
    ...(relevance ? { pairwise: [...pairwiseAccuracy({ ...columns, relevance }).groups] } : {}),
  };
}

type Ranking = NonNullable<AttributeEvaluation["ranking"]>;

/** A ranking of all rows with what a ranking of the labelled ones adds. */
function withRelevance(whole: Ranking, part: Ranking): Ranking {
  return {
    ...whole,
    groups: whole.groups.map((group, g) => ({
      ...group,
      metrics: { ...group.metrics, exposureToRelevance: part.groups[g]!.metrics.exposureToRelevance! },
    })),
    overall: { ...whole.overall, exposureToRelevanceRatio: part.overall.exposureToRelevanceRatio! },
    ...(part.pairwise ? { pairwise: part.pairwise } : {}),
  };
}

/** Who ranks first is who has the score that people hope for; who is relevant has the label that they hope for. */
function rankedColumns({ scores, favourable }: DecidedModel, { labels }: ScoredTable) {
  if (favourable === 1) return { scores, relevance: labels ?? undefined };
  return {
    scores: scores.map((score) => -score),
    relevance: labels ? Float64Array.from(labels, (label) => 1 - label) : undefined,
  };
}

/** NDCG and the like; `null` where nothing is ranked or labelled. */
export function rankingQualityOf(
  model: DecidedModel,
  context: EvaluationContext,
): ModelEvaluation["overall"]["ranking"] {
  const { table: { queries: query, labels }, topK, chance } = context;
  if (query === null || labels === null) return null;
  const known = labelledRows(labels);
  if (known !== null) {
    if (known.length === 0) return null;
    return rankingQualityOf(takeModel(model, known), { ...context, table: takeTable(context.table, known) });
  }
  const { scores, relevance } = rankedColumns(model, context.table);
  const quality = rankingQuality({ queries: query.groups, scores, relevance: relevance! }, topK);
  const { queries, withoutRelevant, ndcg, map, mrr, hit, precision, recall } = quality;
  const intervals = quality.judged.length === 0
    ? {}
    : rankingQualityIntervals(quality, { ...chance, rng: chance.rng.derive("ranking quality") });
  return { metrics: estimatesOf({ ndcg, map, mrr, hit, precision, recall }, intervals), queries, withoutRelevant };
}

function queriesOf({ queries }: ReturnType<typeof rankingFairness>) {
  return queries.map(({ query, candidates, exposure, topK: top, ndkl }) => ({
    query,
    candidates,
    places: top.places,
    exposureRatio: exposure.ratio,
    ndkl,
    minSkew: top.minSkew,
    maxSkew: top.maxSkew,
    groups: exposure.groups.map(({ group, mean }, j) => ({
      group,
      candidates: top.groups[j]!.candidates,
      selected: top.groups[j]!.selected,
      topKShare: top.groups[j]!.share,
      exposure: mean,
      skew: top.groups[j]!.skew,
    })),
  }));
}
