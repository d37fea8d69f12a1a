/** An evaluation as a page that opens offline: findings, figures and every table, whatever the names in the data. */
import type { Evaluation, EvaluationInput } from "../evaluate/mod.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { evaluationSubtitle } from "./evaluation_text.ts";
import { topShares } from "./figures/exposure.ts";
import type { Figure } from "./figures/figure.ts";
import { disparityForest } from "./figures/forest.ts";
import { paretoPlot } from "./figures/pareto.ts";
import { errorRates, selectionRates } from "./figures/rates.ts";
import { reliability } from "./figures/reliability.ts";
import { html } from "./html/html.ts";
import type { PageScript } from "./html/page.ts";
import { decisionParts } from "./page/decision.ts";
import { flipParts } from "./page/flips.ts";
import { list, type Part, reportPage, type Section } from "./page/report_page.ts";
import { thresholdPanel } from "./page/threshold_panel.ts";
import { Notes, tableHtml } from "./table.ts";

/** Tables longer than this are folded away at first. */
const FOLD_FROM = 25;

/** Groups above which a figure by group would be as long as a table, and say less. */
const MOST_GROUPS = 40;

/**
 * A page about an evaluation. Without Plotly its figures are their texts; `table` is what was evaluated, for thresholds
 * that a reader can move and the list of decisions that flip.
 */
export function evaluationHtml(
  evaluation: Evaluation,
  { plotly, table }: {
    readonly plotly?: PageScript | undefined;
    readonly table?: EvaluationInput | undefined;
  } = {},
): string {
  const title = `Fairness audit of ${fileName(evaluation.data.source)}`;
  const notes = new Notes();
  const overSeeds = evaluation.models.some(({ seeds }) => seeds > 1);
  const details = evaluationSections(evaluation).map(({ title, tables }, i): Section => ({
    id: `s${i}`,
    title,
    folded: !overSeeds,
    parts: tables.map((table) => tableHtml(table, { notes, scroll: true, foldFrom: FOLD_FROM })),
  }));
  const flips = table === undefined || overSeeds ? [] : flipParts(evaluation, table);
  const sections: Section[] = [
    {
      id: "summary",
      title: "What was found",
      parts: [
        html`<p class="lead">${evaluationSubtitle(evaluation)}</p>`,
        ...(overSeeds ? [] : decisionParts(evaluation)),
      ],
    },
    ...(overSeeds ? [] : evidenceSections(evaluation, table)),
    { id: "flips", title: "Decisions that flip", parts: flips },
    ...details,
    { id: "left-out", title: "Undefined and left out", parts: [list(notes.texts, "ol")] },
    {
      id: "missing",
      title: "Not reported",
      parts: [list(evaluation.unavailable.map(({ part, reason }) => `${part}: ${reason}`))],
    },
  ];
  const filled = sections.filter(({ parts }) => parts.some((part) => !("markup" in part) || part.markup !== ""));
  return reportPage(title, filled, { plotly });
}

/** What is drawn of everybody and of each attribute, and the thresholds. */
function evidenceSections(evaluation: Evaluation, table: EvaluationInput | undefined): Section[] {
  const attributes = evaluation.models[0]!.attributes;
  const calibrated = evaluation.models.filter(({ overall }) => overall.reliability !== null);
  const overall = calibrated.map(({ name: model }) => reliability(evaluation, { model }));
  return [
    {
      id: "evidence",
      title: "Evidence",
      parts: [...attributes.flatMap((own) => figuresOf(evaluation, own)), ...overall],
    },
    ...(table === undefined ? [] : [{
      id: "thresholds",
      title: "Other thresholds",
      parts: attributes.map(({ attribute }): Part => thresholdPanel(evaluation, table, attribute)),
    }]),
  ];
}

function figuresOf(
  evaluation: Evaluation,
  { attribute, groups, ranking }: Evaluation["models"][number]["attributes"][number],
): Figure[] {
  if (groups.length > MOST_GROUPS) return [];
  const labelled = groups.some(({ metrics }) => metrics.tpr !== undefined);
  return [
    selectionRates(evaluation, { attribute }),
    ...(labelled ? [errorRates(evaluation, { attribute })] : []),
    disparityForest(evaluation, { attribute }),
    ...(ranking === null ? [] : [topShares(evaluation, { attribute })]),
    ...(evaluation.models.length > 1 && labelled ? [paretoPlot(evaluation, { attribute })] : []),
  ];
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
