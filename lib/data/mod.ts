/**
 * From a table of résumé–job pairs to what training consumes. `README.md` says how, and how well it works.
 *
 * @module
 */

// Tables and examples
export { readHeader, readTable, tableFormat, takeValues } from "./read_table.ts";
export type { ReadTableOptions, TableFormat, TableSyntax } from "./read_table.ts";
export { decimalOf, KnownTexts } from "./byte_cells.ts";
export { textTable } from "./csv_records.ts";
export { detached, requireColumns, type TableRow } from "./row_reader.ts";
export { cellReader, cleanName, countsText, DECIMAL, parsePoint, SafeNumber, similarNotes } from "./cell_values.ts";
export type { CellReader, ValueSyntax } from "./cell_values.ts";
export { isQueryTable, type QueryRow, readQueries } from "./query_rows.ts";
export { LabelColumn, type LabelNames } from "./label_values.ts";
export { type CellValue, csvLine, writeTable } from "./write_table.ts";
export { checkTrainable, type Example, labelClass, POSITIVE_LABEL, type SplitName, SPLITS } from "./example.ts";
export { columnsOf, loadExamples, tableSyntax } from "./load_examples.ts";
export type { ExampleColumns, GroupSource, LoadedExamples, LoadExamplesOptions } from "./load_examples.ts";
export { type PrepareOptions, type PrepareReport, prepareTable } from "./prepare.ts";
export { type Dataset, exampleOptions, openDataset, type ReadExamples, readExamples } from "./dataset.ts";
export { cleanText, type PairCleaning, pairCleaning } from "./cleaning/clean_text.ts";

// Splits, batches and pairs
export { type Split, type SplitCount, splitDistribution } from "./split.ts";
export { contrastivePairs, epochBatches } from "./batches.ts";
export type { ContrastivePair } from "./batches.ts";

// Balance of label × group
export { exampleCells, labelGroupCells, oversample, undersample } from "./balance/cells.ts";
export type { BalanceBy, Cell, CellCount, Resampled } from "./balance/cells.ts";
export { balancedAttributes, balanceExamples, composeBatches } from "./balance/balance_examples.ts";
export { inverseFrequencyWeights, reweighing } from "./balance/balance_examples.ts";
export type { BalancedExamples, BalanceRow, BalancingSettings, ComposedBatches } from "./balance/balance_examples.ts";
export type { Reweighed, ReweighedCell } from "./balance/balance_examples.ts";
export { balancedBatches, populationWeights } from "./balance/balanced_batches.ts";
export type { BatchedCell } from "./balance/balanced_batches.ts";

// Education: extract, mask, write counterfactuals
export { compareGroups, DEGREE_LEVELS } from "./education/degree_level.ts";
export type { DegreeLevel, Span, StatedLevel } from "./education/degree_level.ts";
export type { DegreeMention } from "./education/find_degrees.ts";
export { type Education, extractEducation } from "./education/extract_education.ts";
export { type KeptMention, MASK_KINDS, type MaskKind } from "./masking/find_mentions.ts";
export type { Change } from "./masking/rewrite.ts";
export { maskEducation } from "./masking/mask_education.ts";
export type { MaskCount, Masked, MaskedExamples, MaskLogRow, MaskOptions } from "./masking/mask_education.ts";
export type { MaskReplacement } from "./masking/mask_education.ts";
export { SCHOOL_TIERS, type SchoolNames, type SchoolTier } from "./counterfactuals/schools.ts";
export { type Axis, readAxis, withValue } from "./counterfactuals/axis.ts";
export { educationCounterfactuals, writeCounterfactuals } from "./counterfactuals/education_counterfactuals.ts";
export type { Counterfactual, Counterfactuals } from "./counterfactuals/education_counterfactuals.ts";
export type { CounterfactualTarget } from "./counterfactuals/education_counterfactuals.ts";
export type { EducationCounterfactualOptions } from "./counterfactuals/education_counterfactuals.ts";
export type { ImpossibleCounterfactual } from "./counterfactuals/education_counterfactuals.ts";

// Parts of a table, made by many processes
export { joinParts, parseShard, partOfTable, partPath, rowsWithin, shardRange, writeManifest } from "./shards.ts";
export type { Shard } from "./shards.ts";

// Configuration
export { mergesOf, overrideData, tableOptions, type TableOverrides } from "./table_overrides.ts";
export { BalanceSettings, DataSettings, TableSettings } from "./settings.ts";

// Demo data
export { type DemoOptions, type DemoPair, generateDemo } from "./demo/generate.ts";
