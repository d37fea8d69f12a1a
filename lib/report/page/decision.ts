/** The first screen: what was asked, what the numbers answer, and the numbers side by side. */
import type { Evaluation } from "../../evaluate/mod.ts";
import { type Finding, findingsOf, type Topic } from "../findings.ts";
import { type Html, html, join } from "../html/html.ts";
import { FOUR_FIFTHS } from "../../metrics/mod.ts";
import { changeText, gainWord, groupChanges } from "../figures/forest.ts";
import { estimateText, number, WORDS } from "../format.ts";
import type { Table } from "../table.ts";
import { attributesOf } from "./report.ts";
import { list, type Part, shown } from "./report_page.ts";
import { type ComparedRow, comparedTable, disparityRow, disparityRows, glanceRows, isShown } from "./tables.ts";

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
        <div>${enoughHtml(evaluation)}</div>
        <div>${shown(scorecard(evaluation))}</div>
        <div>${answersHtml(findingsOf(evaluation), WORDS[evaluation.settings.favourable].alike)}</div>
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
  return comparedTable(rows, evaluation, {
    title: "Scorecard",
    caption:
      `Disparities: the largest minus the smallest rate over all groups, small ones too. Bound of the ratio: 0.80.${
        gainsText(evaluation)
      }`,
    brief: true,
  });
}

function briefTitle({ title, metric }: ComparedRow, ratio: string): string {
  if (metric === "demographicParityRatio") return title.replace("Demographic parity ratio", `${ratio} (⅘ rule)`);
  if (metric === "leakageBalancedAccuracy") return title.replace(", balanced accuracy", "");
  // Without the word it would be a rate of everybody.
  if (metric === "falsePositiveRateDifference") return title.replace("False positive rate", "FPR");
  return title.replace(" difference", "").replace(" against ground truth", ", ground truth");
}

/** Who gains and who loses by the last change. A cell of the table would be wider than the page has room for. */
function gainsText({ comparisons }: Evaluation): string {
  const comparison = comparisons.at(-1);
  return (comparison?.attributes ?? []).map(({ attribute }) => {
    const changes = groupChanges(comparison!, attribute);
    const named = (word: "gains" | "loses") => {
      const groups = changes.filter((change) => gainWord(change, "selectionRate") === word).map(({ group }) => group);
      return groups.length === 0 ? [] : [`${word}: ${groups.join(", ")}`];
    };
    const said = [...named("gains"), ...named("loses")].join("; ") || "nobody gains or loses significantly";
    return ` ${attribute}, from ${comparison!.from} to ${comparison!.to}, relative to the overall change: ${said}.`;
  }).join("");
}

/** Whether the last model is fair enough, as far as numbers go, and what changed from the one before. */
function enoughHtml(evaluation: Evaluation): Html {
  const { models, comparisons, settings } = evaluation;
  const attributes = attributesOf(evaluation);
  const comparison = comparisons.at(-1);
  if (comparison === undefined || attributes.length === 0) return html``;
  const said = attributes.map((attribute) => {
    const rows = disparityRows(attribute, evaluation).filter(({ models }) => models.at(-1)?.pValue !== undefined);
    const shown = rows.filter(({ metric, models }) => isShown(metric, models.at(-1), settings)).length;
    const ratio = disparityRow("demographicParityRatio", attribute, evaluation).models.at(-1);
    const fifths = ratio === undefined || ratio.value === null ? [] : [
      `${WORDS[settings.favourable].ratio.toLowerCase()} ${estimateText(ratio, number)}, ${
        ratio.value < FOUR_FIFTHS ? "below" : "not below"
      } four fifths`,
    ];
    const tested = `${shown} of ${rows.length} disparities statistically significant`;
    const open = shown < rows.length ? " (others may exist all the same)" : "";
    return html`
      <dd>${attribute}: ${[...fifths, tested].join("; ")}${open}.</dd>
      <dd>${changeText(comparison, attribute)}.</dd>
    `;
  });
  return html`
    <dl class="answers enough">
      <dt>Is ${models.at(-1)!.name} fair enough, and what did it cost?</dt>
      ${join(said)}
    </dl>
  `;
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
