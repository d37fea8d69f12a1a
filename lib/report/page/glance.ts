/** The numbers that a report begins with. */
import type { Estimate } from "../../metrics/mod.ts";
import type { GapQuality, ModelQuality } from "../../evaluate/mod.ts";
import { GAP_TITLES } from "../figures/gap_forest.ts";
import type { Cell } from "../table.ts";
import type { TableOptions } from "../show_table.ts";
import type { Comparison, ModelChange, ReportModel } from "./comparison.ts";
import { estimateCells, estimateColumn, undefinedNote, type Verdict, verdictOf } from "./words.ts";

/** A number of every model. */
export interface GlanceRow {
  readonly title: string;
  /** What is better: more (1) or less (−1). */
  readonly better: 1 | -1;
  /** `[models]`, `undefined` where a run did not measure it. */
  readonly models: readonly (Estimate | undefined)[];
  /** `[changes]`, `undefined` where the two cannot be compared. */
  readonly changes: readonly (Estimate | undefined)[];
  /** Of the change from the base model. */
  readonly verdict: Verdict;
}

/**
 * Ranking quality, the gaps of every attribute, and what depends on a stated education or gives it away.
 *
 * @param comparison The models.
 * @returns The rows; those that no model has are left out.
 */
export function glanceRows({ models, changes }: Comparison): GlanceRow[] {
  const row = (
    title: string,
    better: 1 | -1,
    of: (model: ReportModel) => Estimate | undefined,
    change: (change: ModelChange, index: number) => Estimate | undefined,
  ): GlanceRow[] => {
    const own = { title, better, models: models.map(of), changes: changes.map(change) };
    if (own.models.every((estimate) => estimate === undefined)) return [];
    return [{ ...own, verdict: verdictOf(own.changes[0], better) }];
  };
  const quality = (of: (quality: ModelQuality) => Estimate | undefined) => ({ quality }: ReportModel) => of(quality);
  const subject = models.at(-1)!.run;
  const attributes = Object.keys(subject.quality.tuned.attributes);
  const gap = (attribute: string, name: keyof GapQuality) =>
    row(
      titled(GAP_TITLES[name] + " difference", attribute, attributes),
      -1,
      quality(({ attributes }) => attributes[attribute]!.gaps[name]),
      ({ change }) => change.gaps[attribute]?.[name],
    );
  return [
    ...row("ROC-AUC", 1, quality(({ overall }) => overall.rocAuc), ({ change }) => change.overall.rocAuc),
    ...row(
      "ROC-AUC against ground truth",
      1,
      quality(({ groundTruthRocAuc }) => groundTruthRocAuc),
      ({ change }) => change.overall.groundTruthRocAuc,
    ),
    ...row(
      "Average precision",
      1,
      quality(({ overall }) => overall.averagePrecision),
      ({ change }) => change.overall.averagePrecision,
    ),
    ...attributes.flatMap((attribute) =>
      (Object.keys(GAP_TITLES) as (keyof GapQuality)[]).flatMap((name) => gap(attribute, name))
    ),
    ...row(
      "Decisions that another education in the résumé changes",
      -1,
      quality(({ counterfactual }) => counterfactual?.metrics.flipRate),
      ({ change }) => change.overall.flipRate,
    ),
    ...attributes.flatMap((attribute) =>
      row(
        titled("Group guessed from embeddings, balanced accuracy", attribute, attributes),
        -1,
        ({ run, model }) => run.quality.leakage?.[attribute]?.[model].balancedAccuracy,
        // Embeddings are not kept, so only the run itself can compare them.
        (_, index) => index === 0 ? subject.quality.leakage?.[attribute]?.change.balancedAccuracy : undefined,
      )
    ),
  ];
}

/** Which attribute a number is about, where there are several. */
function titled(title: string, attribute: string, attributes: readonly string[]): string {
  return attributes.length === 1 ? title : `${title}, ${attribute}`;
}

/**
 * Rows of {@linkcode glanceRows} as a table.
 *
 * @param rows The rows.
 * @param comparison The models.
 * @returns Cells and columns.
 */
export function glanceTable(
  rows: readonly GlanceRow[],
  { models, changes }: Comparison,
): { data: Record<string, Cell>[]; options: TableOptions } {
  return {
    data: rows.map(({ title, models, changes, verdict }) => ({
      title,
      ...Object.assign({}, ...models.map((estimate, m) => estimateCells(`model ${m}`, estimate))),
      ...Object.assign({}, ...changes.map((estimate, c) => estimateCells(`change ${c}`, estimate))),
      verdict,
    })),
    options: {
      columns: [
        { key: "title", title: "" },
        ...models.map(({ name }, m) => estimateColumn(`model ${m}`, name)),
        ...changes.map(({ from, to }, c) => estimateColumn(`change ${c}`, `${to} − ${from}`, "signed")),
        { key: "verdict", title: `than ${changes[0]!.from}` },
      ],
      note: undefinedNote(rows.flatMap((row) => [...row.models, ...row.changes].filter((own) => own !== undefined))),
    },
  };
}
