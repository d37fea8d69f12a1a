import { bold, dim } from "@std/fmt/colors";
import stringWidth from "string-width";

/** A column of a {@linkcode textTable}. */
export interface TextColumn {
  readonly title: string;
  /** Numbers read best aligned right; default left. */
  readonly align?: "left" | "right";
}

/**
 * Lays out a table for the terminal: a bold header, a rule, one line per row, columns two spaces apart.
 *
 * @param columns The columns.
 * @param rows One text per column; control characters in them are shown as spaces, so no cell can break the layout.
 * @returns Lines joined by newlines, with a final newline.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { setColorEnabled } from "@std/fmt/colors";
 * import { textTable } from "./text_table.ts";
 *
 * setColorEnabled(false);
 * const table = textTable([{ title: "group" }, { title: "n", align: "right" }], [["a", "12"], ["bc", "3"]]);
 * assertEquals(table, "group   n\n─────  ──\na      12\nbc      3\n");
 * ```
 */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach the terminal
  const cells = rows.map((row) => row.map((cell) => cell.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")));
  const widths = columns.map(({ title }, i) =>
    Math.max(...[title, ...cells.map((row) => row[i]!)].map((text) => stringWidth(text)))
  );
  const line = (texts: readonly string[], style = (text: string) => text) =>
    texts.map((text, i) => {
      const padding = " ".repeat(widths[i]! - stringWidth(text));
      return columns[i]!.align === "right" ? padding + style(text) : style(text) + padding;
    }).join("  ").trimEnd() + "\n";
  return line(columns.map(({ title }) => title), bold) + line(widths.map((width) => "─".repeat(width)), dim) +
    cells.map((row) => line(row)).join("");
}
