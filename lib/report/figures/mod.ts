/** Figures: pure functions from numbers to Plotly's JSON. @module */
// Of an evaluation.
export { precisionRecallByGroup, rocCurvesByGroup } from "./curves.ts";
export { costCurve, type ParetoOptions, paretoPlot } from "./pareto.ts";
export { counterfactualShiftScatter } from "./counterfactuals.ts";
export { scoreDistributions } from "./distributions.ts";
export { exposureByRank, type ExposureOptions, topShares } from "./exposure.ts";
export { changeForest, disparityForest, gainOf, groupChangeForest } from "./forest.ts";
export type { Gain, GroupChangeOptions, RateChanges } from "./forest.ts";
export { leakageBars } from "./leakage.ts";
export { errorRates, selectionRates } from "./rates.ts";
export { reliability, type ReliabilityOptions } from "./reliability.ts";
export { type AttributeOptions, type ModelOptions, type ModelsOptions, type RowsOptions } from "./subject.ts";
export { thresholdDisparities, type ThresholdOptions } from "./thresholds.ts";
// Of data and trainings.
export { crossTable, type CrossTableInput, type CrossTableSide } from "./cross_table.ts";
export { embeddingMap, textLengths } from "./texts.ts";
export type { EmbeddedGroups, EmbeddingMapOptions, TextLengthsInput } from "./texts.ts";
export { groupSizes, type LabelledGroups, type LabelledGroupsOptions, labelRates } from "./groups.ts";
export { epochCurves, type EpochCurvesInput, lossCurves, type LossCurvesInput, type LossStep } from "./training.ts";
export { multiplierCurves, type MultiplierStep } from "./training.ts";
export { type ExplainedScore, wordContributions } from "../explanation.ts";
// To show them, and to write one's own in their style.
export { figureHtml, figureName, makeFigure, titled } from "./figure.ts";
export type { Figure, FigureHtmlOptions, FigureParts, FigureRow } from "./figure.ts";
export { type MarkDash, type MarkStyle, markStyle, type MarkSymbol } from "./marks.ts";
export { GROUP_COLORS, inDark } from "./palette.ts";
export { plotText, wrapText } from "./plot_text.ts";
