import { bold, dim, green, red, yellow } from "@std/fmt/colors";
import { tableText } from "../table.ts";
import { auditReport } from "./audit_tables.ts";
import { count, number, percent, scoreDigits } from "../format.ts";
import { superscript } from "./footnotes.ts";
import type { AuditResult, Verdict } from "../../evaluate/mod.ts";
import type { AuditTable } from "./table.ts";

/** Lines of prose are broken here; tables are as wide as they need. */
const WIDTH = 110;

/**
 * An audit for the terminal: findings first, then tables, then what is missing and why.
 *
 * @param result The audit.
 * @returns Lines joined by newlines, with a final newline.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { auditText } from "./audit_text.ts";
 *
 * const text = auditText(audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 }));
 * assertStringIncludes(text, "By education");
 * ```
 */
export function auditText(result: AuditResult): string {
  const { sections, footnotes } = auditReport(result);
  const lines = [
    bold(`Fairness audit of ${plain(result.data.source)}`),
    ...wrap(plain(subtitle(result)), "", "").map(dim),
    "",
    bold("Findings"),
    ...result.verdicts.flatMap(verdictLines),
    "",
  ];
  for (const { title, tables } of sections) {
    lines.push(bold(`━━ ${plain(title)} `.padEnd(WIDTH, "━")), "");
    for (const table of tables) lines.push(...tableLines(table), "");
  }
  if (footnotes.length > 0) {
    lines.push(bold("Undefined and left out"));
    footnotes.forEach((reason, i) => lines.push(...wrap(plain(reason), `${superscript(i + 1)} `, "  ")));
    lines.push("");
  }
  if (result.unavailable.length > 0) {
    lines.push(bold("Not reported"));
    for (const { part, reason } of result.unavailable) lines.push(...wrap(plain(`${part}: ${reason}`), "– ", "  "));
    lines.push("");
  }
  return lines.join("\n");
}

/**
 * What was audited and how, in one line.
 *
 * @param result The audit.
 * @returns Rows, columns, threshold and intervals.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { subtitle } from "./audit_text.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "match", values: Float64Array.of(0.1, 0.9) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree"]) }],
 * }, { resamples: 20 });
 * assertStringIncludes(subtitle(result), "2 rows · score match · no labels · selected: score ≥ 0.500 (default)");
 * ```
 */
export function subtitle({ data, settings }: AuditResult): string {
  const { columns } = data;
  const why = settings.acceptanceRate !== null
    ? ` (acceptance rate ${percent(settings.acceptanceRate)})`
    : settings.thresholdFrom === "default"
    ? " (default)"
    : "";
  return [
    `${count(data.rows)} ${data.rows === 1 ? "row" : "rows"}${
      data.dropped > 0 ? ` (${count(data.dropped)} left out)` : ""
    }`,
    `score ${columns.score}`,
    ...(columns.label === null ? ["no labels"] : [`label ${columns.label}`]),
    ...(columns.weight === null ? [] : [`weight ${columns.weight}`]),
    `selected: score ≥ ${number(settings.threshold, scoreDigits(data.scores))}${why}`,
    `${number(100 * settings.confidence, 0)} % bootstrap intervals (${count(settings.resamples)} resamples${
      settings.clusters === null ? "" : ` of ${count(settings.clusters)} ${columns.cluster}`
    }, seed ${settings.seed})`,
  ].join(" · ");
}

const SIGNS: Readonly<Record<Verdict["level"], { sign: string; color: (text: string) => string }>> = {
  warning: { sign: "✗", color: red },
  fine: { sign: "✓", color: green },
  note: { sign: "!", color: yellow },
};

function verdictLines({ level, text }: Verdict): string[] {
  const { sign, color } = SIGNS[level];
  const [first, ...rest] = wrap(plain(text), "  ", "    ");
  return [`  ${color(sign)} ${first!.trimStart()}`, ...rest];
}

function tableLines({ title, caption, columns, rows, brief }: AuditTable): string[] {
  const about = [caption, brief && `${brief.which} All are in what --output writes.`].filter((text) =>
    text !== undefined
  );
  return [
    bold(plain(title)),
    ...(about.length === 0 ? [] : wrap(plain(about.join(" ")), "", "").map(dim)),
    ...tableText({ columns, rows: brief?.rows ?? rows }).trimEnd().split("\n").map((line) =>
      line.includes("✗") ? line.replace("✗", red("✗")) : line
    ),
  ];
}

/** Names come from the data and may hold anything. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

function wrap(text: string, first: string, indent: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += word + " ";
  }
  return [...lines, line.trimEnd()];
}
