/** An evaluation for the terminal: findings first, then tables, then what is missing and why. */
import { bold, cyan, dim, red, yellow } from "@std/fmt/colors";
import type { Evaluation, ModelEvaluation } from "../evaluate/mod.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { dataFindings, type Finding, findingsOf } from "./findings.ts";
import { wrapLines } from "./figures/plot_text.ts";
import { count, levelText, number, percent, scoreDigits } from "./format.ts";
import { Notes, superscript, tableText } from "./table.ts";

/** How wide, and under which title. */
export interface EvaluationTextOptions {
  /** Characters in a line; 100 if absent. */
  readonly width?: number | undefined;
  /** Above everything; what was evaluated if absent. */
  readonly title?: string | undefined;
}

const SIGNS: Readonly<Record<Finding["level"], { sign: string; color: (text: string) => string }>> = {
  attention: { sign: "✗", color: red },
  open: { sign: "?", color: yellow },
  measured: { sign: "·", color: (text) => text },
  equivalent: { sign: "=", color: cyan },
  limit: { sign: "!", color: dim },
};

/**
 * An evaluation as text: of one model with its findings and every table, of several side by side, of recipes over
 * seeds.
 *
 * @returns Lines with a final newline.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { evaluate, evaluationText } from "@fair-embeddings/lib";
 *
 * const text = evaluationText(evaluate({
 *   source: "scored.csv",
 *   scores: { score: [0.1, 0.9, 0.4, 0.7] },
 *   groups: { education: ["none", "degree", "none", "degree"] },
 * }, { resamples: 20 }));
 * assertStringIncludes(text, "By education");
 * ```
 */
export function evaluationText(evaluation: Evaluation, options: EvaluationTextOptions = {}): string {
  const { width = 100, title = `Fairness audit of ${evaluation.data.source}` } = options;
  const lines: string[] = [];
  const wrapped = (text: string, first: string, style: (line: string) => string = (line) => line) => {
    const indent = " ".repeat(first.length);
    wrapLines(text.replace(CONTROL, " "), width - first.length).forEach((line, i) =>
      lines.push(style((i === 0 ? first : indent) + line))
    );
  };
  wrapped(title, "", bold);
  wrapped(evaluationSubtitle(evaluation), "", dim);
  lines.push("");
  const single = evaluation.models.length === 1;
  if (evaluation.models.every(({ seeds }) => seeds === 1)) {
    lines.push(bold("Findings"));
    for (const { level, text } of findingsOf(evaluation)) {
      const { sign, color } = SIGNS[level];
      wrapped(text, `  ${sign} `, (line) => line.replace(sign, color(sign)));
    }
    lines.push("");
  } else list("Worth knowing", dataFindings(evaluation).map(({ text }) => ["! ", text]));
  const notes = new Notes();
  for (const section of evaluationSections(evaluation)) {
    wrapped(section.title, "━━ ", bold);
    lines.push("");
    for (const table of section.tables) lines.push(tableText(table, { width, notes }));
  }
  list("Undefined and left out", notes.texts.map((text, i) => [`${superscript(i + 1)} `, text]));
  if (single || evaluation.comparisons.length === 0) {
    list("Not reported", evaluation.unavailable.map(({ part, reason }) => ["– ", `${part}: ${reason}`]));
  }
  return lines.join("\n").trimEnd() + "\n";

  function list(heading: string, items: readonly (readonly [string, string])[]): void {
    if (items.length === 0) return;
    lines.push(bold(heading));
    for (const [mark, text] of items) wrapped(text, mark);
    lines.push("");
  }
}

/** What must not reach a terminal, for it could move the cursor. */
// deno-lint-ignore no-control-regex -- they are what is replaced
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

function decisionText({ favourable }: Evaluation["settings"], { threshold, median, scores }: ModelEvaluation): string {
  const digits = scoreDigits(scores);
  const high = favourable === "high";
  if (median !== undefined) {
    return `${high ? "selected: score above" : "favourable: score below"} the median of ${number(median, digits)}`;
  }
  return `${high ? "selected: score ≥" : "favourable: score <"} ${number(threshold!, digits)}`;
}

/** What was evaluated and how, in one line. */
export function evaluationSubtitle({ data, settings, models }: Evaluation): string {
  const { columns } = data;
  const [model] = models;
  const why = settings.acceptanceRate !== null
    ? ` (acceptance rate ${percent(settings.acceptanceRate)})`
    : model!.thresholdFrom === "default"
    ? " (default)"
    : "";
  const left = data.dropped > 0 ? ` (${count(data.dropped)} left out)` : "";
  const threshold = models.length > 1 || model!.threshold === null ? [] : [decisionText(settings, model!) + why];
  const resampled = data.clusters === null ? "" : ` of ${count(data.clusters)} ${columns.cluster}`;
  return [
    `${count(data.rows)} ${data.rows === 1 ? "row" : "rows"}${left}`,
    `${columns.scores.length === 1 ? "score" : "scores"} ${columns.scores.join(", ")}`,
    columns.label === null
      ? "no labels"
      : `label ${columns.label}${
        data.labelled === data.rows || !data.labelled ? "" : ` (${count(data.labelled)} known)`
      }`,
    ...(columns.weight === null ? [] : [`weight ${columns.weight}`]),
    ...threshold,
    `${levelText(settings.confidence)} bootstrap intervals (${
      count(settings.resamples)
    } resamples${resampled}, seed ${settings.seed})`,
  ].join(" · ");
}
