/** The first screen: what was asked, what the numbers answer, and the numbers side by side. */
import type { Evaluation } from "../../evaluate/mod.ts";
import { type Finding, findingsOf, type Topic } from "../findings.ts";
import { type Html, html, join } from "../html/html.ts";
import type { Table, TableCell } from "../table.ts";
import { gainWord, groupChanges } from "../figures/forest.ts";
import { WORDS } from "../words.ts";
import { list, type Part, shown } from "./report_page.ts";
import { type ComparedRow, comparedTable, glanceRows } from "./tables.ts";

/** The questions of a reader, in the order in which a page answers them. */
const QUESTIONS: Readonly<Record<Topic, string>> = {
  quality: "How well does it rank?",
  selection: WORDS.high.alike,
  errors: "Is it wrong about some groups more often?",
  scores: "Do scores mean the same for every group?",
  ranking: "Who holds the first places?",
  gains: "Who gains, who loses?",
  counterfactuals: "Does another group in the same text change decisions?",
  leakage: "Can the group be predicted from the embeddings?",
  data: "What limits this?",
};

/** What each level of finding is called. */
const LEVELS: Readonly<Record<Finding["level"], string>> = {
  attention: "Shown",
  open: "Open",
  measured: "Measured",
  equivalent: "Alike",
  limit: "Limit",
};

/** Findings that a question shows; the others are folded away. */
const MOST = 2;

/** The answers beside the scorecard. */
export function decisionParts(evaluation: Evaluation): Part[] {
  return [
    html`
      <div class="decision">
        <div>${answersHtml(findingsOf(evaluation), WORDS[evaluation.settings.favourable].alike)}</div>
        <div>${shown(scorecard(evaluation))}</div>
      </div>
    `,
  ];
}

/** Quality, each disparity with its interval, the selection ratio against four fifths, and flips, side by side. */
export function scorecard(evaluation: Evaluation): Table {
  const rows = glanceRows(evaluation).map((row) => ({
    ...row,
    title: briefTitle(row, WORDS[evaluation.settings.favourable].ratio),
  }));
  const table = comparedTable(rows, evaluation, {
    title: "Scorecard",
    caption:
      "Disparities: the largest minus the smallest rate over all groups, small ones too. Bound of the ratio: 0.80.",
    brief: true,
  });
  return { ...table, rows: [...table.rows, ...gainRows(evaluation, table.columns.length)] };
}

function briefTitle({ title, metric }: ComparedRow, ratio: string): string {
  if (metric === "demographicParityRatio") return title.replace("Demographic parity ratio", `${ratio} (⅘ rule)`);
  if (metric === "leakageBalancedAccuracy") return title.replace(", balanced accuracy", "");
  // Without the word it would be a rate of everybody.
  if (metric === "falsePositiveRateDifference") return title.replace("False positive rate", "FPR");
  return title.replace(" difference", "").replace(" against ground truth", ", ground truth");
}

/** Who gains and who loses by the last change, in the columns of the change and its verdict. */
function gainRows({ comparisons, models }: Evaluation, columns: number): TableCell[][] {
  const comparison = comparisons.at(-1);
  return (comparison?.attributes ?? []).map(({ attribute }) => {
    const named = (gain: "gains" | "loses") =>
      groupChanges(comparison!, attribute).filter((group) => gainWord(group, "selectionRate") === gain)
        .map(({ group }) => `${group} ${gain}`);
    const said = [...named("gains"), ...named("loses")].join(", ") || "nobody significantly";
    const cells = Array.from({ length: columns - 2 - models.length }, (_, c) => ({ value: c === 0 ? said : "" }));
    return [{ value: `Who gains, who loses: ${attribute}` }, ...models.map(() => ({ value: "" })), ...cells, {
      value: "",
    }];
  });
}

/** Findings by the question that they answer, each with its level in words. */
export function answersHtml(findings: readonly Finding[], alike: string = QUESTIONS.selection): Html {
  const asked = (Object.keys(QUESTIONS) as Topic[]).flatMap((topic) => {
    const own = findings.filter(({ about }) => about === topic);
    return own.length === 0 ? [] : [{ topic, own }];
  });
  return html`<dl class="answers">
${
    join(asked.map(({ topic, own }) =>
      html`<dt>${topic === "selection" ? alike : QUESTIONS[topic]}</dt>
${join(own.slice(0, MOST).map(answerHtml))}${moreHtml(own.slice(MOST))}`
    ))
  }
</dl>`;
}

function answerHtml({ level, text }: Finding): Html {
  return html`<dd class="${level}"><span class="level">${LEVELS[level]}.</span> ${text}.</dd>`;
}

function moreHtml(findings: readonly Finding[]): Html {
  return findings.length === 0 ? html`` : html`
    <dd>
      <details><summary>${findings.length} more</summary>${list(
        findings.map(({ level, text }) => `${LEVELS[level]}. ${text}.`),
      )}</details>
    </dd>
  `;
}
