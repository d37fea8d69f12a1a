import type { Value } from "../../metrics/mod.ts";
import { Footnotes } from "./footnotes.ts";
import { intervalText, number, scoreDigits } from "../format.ts";
import { metricFormat } from "./metric_titles.ts";
import type { AuditResult, Measure } from "../../evaluate/mod.ts";

/** A table of a report, ready to be shown. */
export interface AuditTable {
  readonly title: string;
  /** A sentence that says how to read it. */
  readonly caption?: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
  /** What a terminal shows of a long table, and which part of it that is. */
  readonly brief?: { readonly rows: readonly (readonly string[])[]; readonly which: string };
}

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * A column of text.
 *
 * @param title Its heading.
 * @returns The column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { left } from "./table.ts";
 *
 * assertEquals(left("Group"), { title: "Group", align: "left" });
 * ```
 */
export function left(title: string): TableColumn {
  return { title, align: "left" };
}

/**
 * A column of numbers.
 *
 * @param title Its heading.
 * @returns The column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { right } from "./table.ts";
 *
 * assertEquals(right("Rows"), { title: "Rows", align: "right" });
 * ```
 */
export function right(title: string): TableColumn {
  return { title, align: "right" };
}

/** What tables of one report share: how numbers are written, and the footnotes of those that do not exist. */
export class TableStyle {
  /** Why something is undefined, by the number that marks it. */
  readonly notes: Footnotes = new Footnotes();
  /** Heading of a column of intervals. */
  readonly interval: TableColumn;
  readonly #digits: number;

  /** @param about The level of the intervals and the range of the scores. */
  constructor(about: { readonly confidence: number; readonly scores: AuditResult["data"]["scores"] }) {
    this.interval = left(`${number(100 * about.confidence, 0)} % interval`);
    this.#digits = scoreDigits(about.scores);
  }

  /** How a metric, or a distance between scores, is written. */
  format(name: string): (value: number) => string {
    return metricFormat(name, this.#digits);
  }

  /** A value, or a dash with the mark of its reason. */
  show(value: Value, name: string): string {
    return this.notes.show(value, this.format(name));
  }

  /** A value and its interval, for two columns. */
  pair(measure: Measure, name: string): [string, string] {
    return [this.show(measure, name), intervalText(measure.interval, this.format(name))];
  }
}

/**
 * The style of the tables of an audit, without footnotes yet.
 *
 * @param result The audit.
 * @returns The style.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { tableStyle } from "./table.ts";
 *
 * const style = tableStyle(audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.68, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree"]) }],
 * }, { resamples: 20 }));
 * assertEquals(style.show({ value: 0.68251 }, "meanScore"), "0.68251");
 * ```
 */
export function tableStyle({ settings, data }: AuditResult): TableStyle {
  return new TableStyle({ confidence: settings.confidence, scores: data.scores });
}

/**
 * The rows of a long table that a terminal shows.
 *
 * @param rows All rows, the most important first.
 * @param most How many to show.
 * @param which What the first ones are.
 * @returns For {@linkcode AuditTable}: nothing where all fit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { briefly } from "./table.ts";
 *
 * assertEquals(briefly([["a"], ["b"]], 1, "first"), { brief: { rows: [["a"]], which: "The first 1 of 2." } });
 * assertEquals(briefly([["a"], ["b"]], 2, "first"), {});
 * ```
 */
export function briefly(rows: AuditTable["rows"], most: number, which: string): Pick<AuditTable, "brief"> {
  if (rows.length <= most) return {};
  return { brief: { rows: rows.slice(0, most), which: `The ${which} ${most} of ${rows.length}.` } };
}
