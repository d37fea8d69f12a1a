/** What a sweep found, as a person reads it in the terminal. */
import { bold, dim } from "@std/fmt/colors";
import { QUALITY_TITLES } from "../quality_text.ts";
import { type TableColumn, tableText } from "../table.ts";
import {
  type Ends,
  isWeightedMetric,
  OVERALL_METRICS,
  type OverallMetric,
  type SeedMean,
  type Summary,
  type SweepGapName,
  type SweepMetric,
  type TableName,
  TABLES,
} from "../../evaluate/mod.ts";

/** Headings of the metrics. */
export const SWEEP_TITLES: Readonly<Record<SweepMetric, string>> = {
  ...QUALITY_TITLES,
  equalOpportunityDifference: "True positive rate difference",
  falsePositiveRateDifference: "False positive rate difference",
  groundTruthEqualOpportunityDifference: "True positive rate difference against ground truth",
  leakageBalancedAccuracy: "Group read off the embeddings, balanced accuracy",
  leakageMacroAuc: "Group read off the embeddings, AUC",
};

const SHORT: Readonly<Record<OverallMetric, string>> = {
  rocAuc: "AUC",
  averagePrecision: "AP",
  groundTruthRocAuc: "AUC against ground truth",
  f1: "F1",
  selectionRate: "selected",
  flipRate: "flips",
  meanAbsoluteShift: "shift of twins",
};

/** The gaps that are printed; `summary.csv` has the others as well. */
const SHOWN_GAPS: ReadonlySet<SweepGapName> = new Set([
  "demographicParityDifference",
  "equalizedOddsDifference",
  "groundTruthEqualizedOddsDifference",
]);

/** Headings of the tables that trials are measured on. */
export const TABLE_TITLES: Readonly<Record<TableName, string>> = {
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
  for (const table of TABLES) {
    const own = rows.filter((row) => row.table === table);
    if (own.length === 0) continue;
    const of = (title: string, metric: string, attribute: string | null) =>
      own.find((row) => row.contender.title === title && row.metric === metric && row.attribute === attribute);
    const metrics = OVERALL_METRICS.filter((metric) => own.some((row) => row.metric === metric));
    const titles = contenders.map(({ title }) => title).filter((title) => of(title, "rocAuc", null));
    parts.push(
      `${bold(TABLE_TITLES[table])}: means over seeds; [brackets] are ${100 * level} % intervals over candidates and ` +
        "seeds; Δ is the difference from the reference",
      tableText({
        columns: [
          "",
          "seeds",
          ...metrics.flatMap((metric) => isWeightedMetric(metric) ? [SHORT[metric], "Δ"] : [SHORT[metric]]),
        ]
          .map(column),
        rows: titles.map((title) => [
          title,
          String(of(title, "rocAuc", null)!.mean.seeds),
          ...metrics.flatMap((metric) => {
            const row = of(title, metric, null);
            if (row === undefined) return isWeightedMetric(metric) ? ["–", ""] : ["–"];
            const { mean, crossed, change } = row;
            if (crossed === null) return [number(mean.mean)];
            const difference = change?.crossed ? withEnds(change.mean.mean, change.crossed, true) : "";
            return [withEnds(mean.mean, crossed), difference];
          }),
        ]),
      }),
    );
    for (const { attribute, gap, front, contenders } of fronts.filter((front) => front.table === table)) {
      if (!SHOWN_GAPS.has(gap)) continue;
      parts.push(
        bold(`${SWEEP_TITLES[gap]}, ${attribute}`),
        tableText({
          columns: ["", "all seeds together", "by chance", "Δ", "left of it", "single run", "by chance", "Δ", "front"]
            .map(
              column,
            ),
          rows: contenders.map(({ title }, i) => {
            const { mean, pooled, noise, change } = of(title, gap, attribute)!;
            const left = change?.pooled?.left;
            return [
              title,
              withEnds(pooled!.value.value, pooled!.crossed),
              number(pooled!.noise.value),
              change?.pooled ? withEnds(change.pooled.value.value, change.pooled.crossed, true) : "",
              left ? withPercent(left.value.value, left.crossed) : "",
              withEnds(mean.mean, singleRun(mean)),
              number(noise),
              change ? withEnds(change.mean.mean, singleRun(change.mean), true) : "",
              front.front.includes(i) ? "●" : "",
            ];
          }),
        }),
      );
    }
    const probed = own.filter(({ metric }) => metric === "leakageBalancedAccuracy");
    for (const attribute of new Set(probed.map(({ attribute }) => attribute))) {
      parts.push(
        bold(`${SWEEP_TITLES.leakageBalancedAccuracy}, ${attribute}`),
        tableText({
          columns: ["", "mean of runs", "by chance", "Δ"].map(column),
          rows: probed.filter((row) => row.attribute === attribute).map(({ contender, mean, noise, change }) => [
            contender.title,
            withEnds(mean.mean, singleRun(mean)),
            number(noise),
            change ? withEnds(change.mean.mean, singleRun(change.mean), true) : "",
          ]),
        }),
      );
    }
  }
  parts.push(dim(LEGEND));
  return parts.join("\n\n") + "\n";
}

const LEGEND =
  "All seeds together: the gap between the groups' rates over the decisions of all runs. Single run: the mean of the runs'\n" +
  "own gaps, which few positives per group make larger. By chance: what to expect if decisions had nothing to do with the\n" +
  "group. Left of it: the part of the reference's gap. Front ●: no other line has both a higher AUC and a smaller gap (all\n" +
  "seeds together), as estimated. More gaps and other intervals are in summary.csv.";

function column(title: string, i: number): TableColumn {
  return { title, align: i === 0 ? "left" : "right" };
}

/** Over splits where each seed makes its own, else over runs. */
function singleRun({ runs, splits }: SeedMean): Ends {
  return splits.low === null ? runs : splits;
}

function withEnds(value: number | null, { low, high }: Ends, signed = false): string {
  if (value === null) return "–";
  const range = low === null || high === null ? "" : ` [${number(low, signed)}, ${number(high, signed)}]`;
  return number(value, signed) + range;
}

function withPercent(value: number | null, { low, high }: Ends): string {
  if (value === null) return "–";
  const round = (part: number) => (100 * part).toFixed(0);
  return `${round(value)} %` + (low === null || high === null ? "" : ` [${round(low)}, ${round(high)}]`);
}

function number(value: number | null, signed = false): string {
  if (value === null) return "–";
  const text = Math.abs(value) < 0.0005 ? "0.000" : value.toFixed(3).replace("-", "−");
  return signed && value >= 0.0005 ? `+${text}` : text;
}
