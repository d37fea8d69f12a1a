/**
 * Figures: pure functions from numbers to Plotly's JSON, and what one needs to write another in the same style.
 *
 * @module
 */
export { changeForest, type ChangeForestInput } from "./change_forest.ts";
export {
  type CounterfactualFigureInput,
  counterfactualShiftScatter,
  type TwinScores,
} from "./counterfactual_shift_scatter.ts";
export { crossTable, type CrossTableInput } from "./cross_table.ts";
export { type CurvesInput } from "./curve_lines.ts";
export { embeddingMap, type EmbeddingMapInput } from "./embedding_map.ts";
export { epochCurves, type EpochCurvesInput } from "./epoch_curves.ts";
export { errorRates } from "./error_rates.ts";
export { exposureByRank, type ExposureByRankInput } from "./exposure_by_rank.ts";
export * from "./figure.ts";
export { FIGURE_SCRIPT, figureHtml } from "./figure_html.ts";
export { figureName } from "./figure_name.ts";
export { gapForest } from "./gap_forest.ts";
export { type Gain, gainOf, groupChangeForest, type GroupChangeForestInput } from "./group_change_forest.ts";
export { orderGroups } from "./group_order.ts";
export { groupSizes, type GroupSizesInput } from "./group_sizes.ts";
export { inDark } from "./in_dark.ts";
export { labelRates, type LabelRatesInput } from "./label_rates.ts";
export { leakageBars, type LeakageBarsInput } from "./leakage_bars.ts";
export { lossCurves, type LossCurvesInput, type LossStep } from "./loss_curves.ts";
export { groupLabel, groupLabels, intervalBars, markStyle } from "./marks.ts";
export { modelStyle, type NamedModel, type RatesInput } from "./models.ts";
export { GROUP_COLORS } from "./palette.ts";
export { paretoPlot, type ParetoPlotInput, type ParetoPoint } from "./pareto_plot.ts";
export { plotText, wrapText } from "./plot_text.ts";
export { precisionRecallByGroup } from "./precision_recall_curves.ts";
export { reliability, type ReliabilityFigureInput } from "./reliability.ts";
export { rocCurvesByGroup } from "./roc_curves.ts";
export { scoreDistributions, type ScoreDistributionsInput } from "./score_distributions.ts";
export { selectionRates } from "./selection_rates.ts";
export { textLengths, type TextLengthsInput } from "./text_lengths.ts";
export { thresholdGaps, type ThresholdGapsInput } from "./threshold_gaps.ts";
