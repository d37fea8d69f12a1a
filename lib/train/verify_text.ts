import { green, red } from "@std/fmt/colors";
import { type TextColumn, textTable } from "../report/text_table.ts";
import { type Check, passes } from "./verify/check.ts";

/**
 * Checks as a table: one row each, the largest relative error of every kind of number, and the verdict.
 *
 * @param title Of the first column.
 * @param checks All of one kind; a kind of number that a check does not have is shown as a dash.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { verifyText } from "./verify_text.ts";
 *
 * const table = verifyText("operation", [{ name: "gelu", errors: { value: 0.5 }, tolerance: 1e-4 }]);
 * assertStringIncludes(table, "5.0e-1");
 * ```
 */
export function verifyText(title: string, checks: readonly Check[]): string {
  const kinds = [...new Set(checks.flatMap(({ errors }) => Object.keys(errors)))];
  const columns: TextColumn[] = [
    { title },
    ...kinds.map((kind) => ({ title: kind, align: "right" as const })),
    { title: "at most", align: "right" },
    { title: "verdict" },
  ];
  const rows = checks.map((check) => [
    check.name,
    ...kinds.map((kind) => check.errors[kind]?.toExponential(1) ?? "–"),
    check.tolerance.toExponential(0),
    passes(check) ? green("ok") : red(check.failure ?? "too far off"),
  ]);
  return textTable(columns, rows);
}
