/** What a model audit found, as tables. */
import type { AttributeAudit } from "../evaluate/mod.ts";
import type { ModelAudit } from "../train/mod.ts";
import { count, levelText, number, percent } from "./format.ts";
import { right, type Table, tableMarkdown } from "./table.ts";

/** How an audit was made, in sentences. */
export function auditText({ axis, resumes, jobs, occupations, top, confidence }: ModelAudit): string {
  return `Each of ${count(resumes)} résumés was given each of ${count(axis.values.length)} values ` +
    `(${axis.title.toLowerCase()}); for each of ${count(jobs)} jobs in ${count(occupations)} ` +
    `occupations the best ${percent(top)} of its occupation were selected. ${
      levelText(confidence)
    } intervals resample ` +
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
  const parts = attribute.split(" × ");
  const groupOf = (value: number) => parts.map((part) => axis.attributes[part]![value]).join(" ");
  const mean = (own: number[]) => own.reduce((sum, value) => sum + value, 0) / own.length;
  return {
    title: `${axis.title}, by ${attribute}`,
    columns: ["Group", right("Values"), right("Word pieces"), right("Selected", "percent")],
    rows: groups.map(({ group, values, selectionRate, interval }) => [
      group,
      values,
      { value: mean(pieces.filter((_, value) => groupOf(value) === group)), format: (x) => number(x, 1) },
      { value: selectionRate, interval },
    ]),
  };
}

function pairTable({ attribute, pairs, shares }: AttributeAudit, { confidence, axis }: ModelAudit): Table {
  return {
    title: `${axis.title}, pairs by ${attribute}`,
    caption:
      `Ratio: selection rates, less over more. In how many occupations the one selected more, or less, is ahead ` +
      `significantly (p ≤ ${
        number(1 - confidence, 2)
      }); in how many still after Holm's adjustment; and by rows, more + less.`,
    columns: [
      "Selected less",
      "Selected more",
      right("Ratio"),
      right("p", "pValue"),
      right("Holm", "pValue"),
      right("More ahead in"),
      right("Less ahead in"),
      right("After Holm"),
      right("By rows"),
    ],
    rows: pairs.map(({ group, reference, ratio, interval, pValue, holmP }, p) => {
      const { tests, favoursReference, favoursGroup, adjusted, byRows } = shares[p]!;
      return [
        group,
        reference,
        { value: ratio.value, interval, format: (x) => number(x, 2) },
        pValue,
        holmP,
        `${favoursReference} of ${tests}`,
        `${favoursGroup} of ${tests}`,
        adjusted,
        byRows.join(" + "),
      ];
    }),
  };
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
