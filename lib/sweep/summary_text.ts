/** What a sweep found, as a person reads it in the terminal. */
import { bold, dim } from "@std/fmt/colors";
import { QUALITY_TITLES } from "../run/quality_text.ts";
import { textTable } from "../report/text_table.ts";
import type { Ends } from "./seed_interval.ts";
import type { Summary, SummaryRow, TableName } from "./summary.ts";
import { OVERALL_METRICS, type OverallMetric, type SweepGapName } from "./trial_metrics.ts";

/** Headings of the metrics. */
export const SWEEP_TITLES: Readonly<Record<OverallMetric | SweepGapName, string>> = {
  ...QUALITY_TITLES,
  equalOpportunityDifference: "True positive rate difference",
  falsePositiveRateDifference: "False positive rate difference",
  meritEqualOpportunityDifference: "True positive rate difference against merit",
};

const SHORT: Readonly<Record<OverallMetric, string>> = {
  rocAuc: "AUC",
  averagePrecision: "AP",
  meritRocAuc: "AUC against merit",
  f1: "F1",
  selectionRate: "selected",
};

/** The gaps that are printed; `summary.csv` has the others as well. */
const SHOWN_GAPS: ReadonlySet<SweepGapName> = new Set([
  "demographicParityDifference",
  "equalizedOddsDifference",
  "meritEqualizedOddsDifference",
]);

const TABLE_TITLES: Readonly<Record<TableName, string>> = {
  test: "Test splits",
  evaluation: "Table of the evaluation",
};

/**
 * Formats a summary: quality, then each gap of each attribute, contender by contender.
 *
 * @param summary What was found.
 * @returns Text for the terminal.
 */
export function formatSummary({ rows, fronts, contenders, level }: Summary): string {
  const parts: string[] = [];
  for (const table of ["test", "evaluation"] as const) {
    const own = rows.filter((row) => row.table === table);
    if (own.length === 0) continue;
    const find = (title: string, metric: string) =>
      own.find((row) => row.contender.title === title && row.metric === metric && row.attribute === null);
    const present = OVERALL_METRICS.filter((metric) => own.some((row) => row.metric === metric));
    const listed = contenders.filter(({ title }) => find(title, "rocAuc"));
    parts.push(
      `${bold(TABLE_TITLES[table])}: means over seeds; [brackets] are ${100 * level} % intervals over ${
        table === "test" ? "splits, corrected for the pairs they share" : "runs"
      }; Δ is the difference from the reference, paired by seed`,
      textTable(
        [
          { title: "" },
          { title: "seeds", align: "right" },
          ...present.flatMap((metric) => [
            { title: SHORT[metric], align: "right" as const },
            ...(isCompared(metric) ? [{ title: "Δ", align: "right" as const }] : []),
          ]),
        ],
        listed.map(({ title }) => [
          title,
          String(find(title, "rocAuc")!.seeds.seeds),
          ...present.flatMap((metric) => {
            const { seeds, change } = find(title, metric)!;
            const kind = endsKind(find(title, metric)!);
            if (!isCompared(metric)) return [number(seeds.mean)];
            return [
              withEnds(seeds.mean, seeds[kind]),
              change === null ? "" : withEnds(change.seeds.mean, change.seeds[kind], true),
            ];
          }),
        ]),
      ),
    );
    const shown = fronts.filter((front) => front.table === table && SHOWN_GAPS.has(front.gap));
    for (const { attribute, gap, front, contenders: listed } of shown) {
      const of = (title: string) =>
        own.find((row) => row.contender.title === title && row.attribute === attribute && row.metric === gap)!;
      parts.push(
        bold(`${SWEEP_TITLES[gap]}, ${attribute}`),
        textTable(
          ["", "all seeds together", "chance", "Δ", "mean of seeds", "chance", "Δ", "front"].map((title, i) => ({
            title,
            align: i === 0 ? "left" as const : "right" as const,
          })),
          listed.map(({ title }, i) => {
            const row = of(title);
            const { seeds, pooled, noise, change } = row;
            const kind = endsKind(row);
            return [
              title,
              withEnds(pooled!.estimate.value, pooled!.interval),
              number(pooled!.noise.value),
              change?.pooled ? withEnds(change.pooled.estimate.value, change.pooled.interval, true) : "",
              withEnds(seeds.mean, seeds[kind]),
              number(noise),
              change === null ? "" : withEnds(change.seeds.mean, change.seeds[kind], true),
              front.front.includes(i) ? "●" : "",
            ];
          }),
        ),
      );
    }
  }
  parts.push(
    dim(
      "All seeds together: the gap between the groups' rates over the decisions of all runs, resampled by candidate.\n" +
        "Chance: the gap to expect if decisions had nothing to do with the group.\n" +
        "Front ●: no other line has both a higher AUC and a smaller gap (all seeds together), as estimated.",
    ),
  );
  return parts.join("\n\n") + "\n";
}

function isCompared(metric: OverallMetric): boolean {
  return metric === "rocAuc" || metric === "averagePrecision" || metric === "meritRocAuc";
}

/** The corrected interval where there is one. */
function endsKind({ seeds }: SummaryRow): "runs" | "table" {
  return seeds.table.low === null ? "runs" : "table";
}

function withEnds(value: number | null, { low, high }: Ends, signed = false): string {
  if (value === null) return "–";
  const range = low === null || high === null ? "" : ` [${number(low, signed)}, ${number(high, signed)}]`;
  return number(value, signed) + range;
}

function number(value: number | null, signed = false): string {
  if (value === null) return "–";
  const text = Math.abs(value) < 0.0005 ? "0.000" : value.toFixed(3).replace("-", "−");
  return signed && value >= 0.0005 ? `+${text}` : text;
}
