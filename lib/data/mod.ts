/**
 * From a table of résumé–job pairs to what training consumes. `README.md` says how, and how well it works.
 *
 * @module
 */

// Tables and examples
export {
  readHeader,
  readTable,
  type ReadTableOptions,
  requireColumns,
  type TableFormat,
  tableFormat,
  type TableRow,
} from "./read_table.ts";
export { type CellValue, csvLine, writeTable } from "./write_table.ts";
export { checkTrainable, type Example, labelClass, POSITIVE_LABEL, type SplitName, SPLITS } from "./example.ts";
export {
  type ExampleColumns,
  type GroupSource,
  type LoadedExamples,
  loadExamples,
  type LoadExamplesOptions,
} from "./load_examples.ts";
export { type PrepareOptions, type PrepareReport, prepareTable } from "./prepare.ts";
export { type Dataset, exampleColumns, openDataset, type ReadExamples, readExamples } from "./dataset.ts";

// Splits, batches and pairs
export { type Split, type SplitCount, splitDistribution, splitExamples, type SplitOptions } from "./split.ts";
export {
  type ContrastivePair,
  contrastivePairs,
  type ContrastivePairsOptions,
  epochBatches,
  type EpochBatchesOptions,
} from "./batches.ts";

// Balance of label × group
export { type BalanceBy, type Cell, type CellCount, exampleCells, labelGroupCells } from "./balance/cells.ts";
export { oversample, type Resampled, type ResampleOptions, undersample } from "./balance/resample.ts";
export {
  inverseFrequencyWeights,
  type Reweighed,
  type ReweighedCell,
  reweighing,
  weightedEpoch,
} from "./balance/weights.ts";
export {
  balancedBatches,
  type BalancedBatchesOptions,
  type BatchedCell,
  populationWeights,
} from "./balance/balanced_batches.ts";

export {
  balancedAttributes,
  type BalancedExamples,
  balanceExamples,
  type BalanceRow,
  type BalancingSettings,
  composeBatches,
  type ComposedBatches,
} from "./balance/balance_examples.ts";

// Education: extract, mask, write counterfactuals
export {
  compareGroups,
  DEGREE_LEVELS,
  type DegreeLevel,
  type Span,
  type StatedLevel,
} from "./education/degree_level.ts";
export type { DegreeMention } from "./education/find_degrees.ts";
export { type Education, extractEducation } from "./education/extract_education.ts";
export { type KeptMention, MASK_KINDS, type MaskKind, type MaskTokens } from "./masking/find_mentions.ts";
export type { Change } from "./masking/rewrite.ts";
export {
  type MaskCount,
  type Masked,
  type MaskedExamples,
  maskEducation,
  maskExamples,
  type MaskLogRow,
  type MaskOptions,
  type MaskReplacement,
} from "./masking/mask_education.ts";
export { SCHOOL_TIERS, type SchoolNames, type SchoolTier } from "./counterfactuals/schools.ts";
export {
  type Counterfactual,
  type Counterfactuals,
  type CounterfactualTarget,
  type EducationCounterfactualOptions,
  educationCounterfactuals,
  type ImpossibleCounterfactual,
  writeCounterfactuals,
} from "./counterfactuals/education_counterfactuals.ts";

// Configuration
export { BalanceSettings, DataSettings } from "./settings.ts";

// Demo data
export { type DemoOptions, generateDemo } from "./demo/generate.ts";
