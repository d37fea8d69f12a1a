/** What a model audit found, as tables. */
import { type AttributeAudit, withCombination } from "../evaluate/mod.ts";
import type { ModelAudit } from "../train/mod.ts";
import { count, levelText, number, percent } from "./format.ts";
import { right, type Table, tableBy, tableMarkdown } from "./table.ts";

/** How an audit was made, in sentences. */
export function auditText({ axis, resumes, jobs, occupations, leftOut, top, confidence }: ModelAudit): string {
  return `Each of ${count(resumes)} résumés was given each of ${count(axis.values.length)} values ` +
    `(${axis.title.toLowerCase()}); for each of ${count(jobs)} jobs in ${count(occupations)} ` +
    `occupations the best ${percent(top)} of its occupation were selected. ${
      leftOut > 0 ? `Left out: occupations with résumés or jobs alone, ${count(leftOut)}. ` : ""
    }${levelText(confidence)} intervals resample ` +
    "values and résumés. p exchanges whole values between two groups, so it asks whether another list of such values " +
    "would say the same; “by rows” is Fisher's exact test of rows, as such audits are published: it takes the same " +
    "few values again and again for new people and calls random groups different far more often than one time in " +
    `twenty. Values: ${axis.source}`;
}

/** The groups of every attribute, then their pairs. */
export function auditTables(audit: ModelAudit): Table[] {
  return audit.attributes.flatMap((own) => [groupTable(own, audit), pairTable(own, audit)]);
}

function groupTable({ attribute, groups }: AttributeAudit, { axis, pieces }: ModelAudit): Table {
  const groupOf = withCombination(axis.attributes)[attribute]!;
  const mean = (own: number[]) => own.reduce((sum, value) => sum + value, 0) / own.length;
  return tableBy(groups, [
    ["Group", ({ group }) => group],
    [right("Values"), ({ values }) => values],
    [right("Word pieces"), ({ group }) => ({
      value: mean(pieces.filter((_, value) => groupOf[value] === group)),
      format: (x) => number(x, 1),
    })],
    [right("Selected", "percent"), ({ selectionRate, interval }) => ({ value: selectionRate, interval })],
  ], { title: `${axis.title}, by ${attribute}` });
}

function pairTable({ attribute, pairs, shares }: AttributeAudit, { confidence, axis }: ModelAudit): Table {
  return tableBy(pairs, [
    ["Selected less", ({ group }) => group],
    ["Selected more", ({ reference }) => reference],
    [right("Ratio"), ({ ratio, interval }) => ({ value: ratio.value, interval, format: (x) => number(x, 2) })],
    [right("p", "pValue"), ({ pValue }) => pValue],
    [right("Holm", "pValue"), ({ holmP }) => holmP],
    [right("More ahead in"), (_, p) => `${shares[p]!.favoursReference} of ${shares[p]!.tests}`],
    [right("Less ahead in"), (_, p) => `${shares[p]!.favoursGroup} of ${shares[p]!.tests}`],
    [right("After Holm"), (_, p) => shares[p]!.adjusted],
    [right("By rows"), (_, p) => shares[p]!.byRows.join(" + ")],
  ], {
    title: `${axis.title}, pairs by ${attribute}`,
    caption:
      `Ratio: selection rates, less over more. In how many occupations the one selected more, or less, is ahead ` +
      `significantly (p ≤ ${
        number(1 - confidence, 2)
      }); in how many still after Holm's adjustment; and by rows, more + less.`,
  });
}

/** All of it as Markdown. */
export function auditMarkdown(audits: readonly ModelAudit[], model: string): string {
  const sections = audits.map((audit) =>
    [`## ${audit.axis.title}`, auditText(audit), ...auditTables(audit).map((table) => tableMarkdown(table))].join(
      "\n\n",
    )
  );
  return [`# Audit of ${model}`, ...sections].join("\n\n") + "\n";
}
