import type { Data } from "plotly.js-dist-min";
import { count, quoted, wholePercent } from "../format.ts";
import type { GroupRate } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabels, legendHeight, rowsHeight, SMALL_MARK } from "./marks.ts";
import { BLUE, SURFACE } from "./palette.ts";
import { rowAxis } from "./panels.ts";
import { plotText } from "./plot_text.ts";

/** What {@linkcode groupSizes} shows. */
export interface GroupSizesInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** What `groupRates` of the labels gave. */
  readonly rates: readonly GroupRate[];
  /** The number of rows below which a group is small. */
  readonly smallGroup: number;
}

/**
 * How many rows each group has, and how many of them carry label 1.
 *
 * @param input The groups.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRates } from "../../metrics/mod.ts";
 * import { groupSizes } from "./group_sizes.ts";
 *
 * const rates = groupRates({ labels: [1, 0, 0, 1], groups: ["BA", "BA", "BA", "PhD"] });
 * const { title } = groupSizes({ attribute: "education", rates, smallGroup: 30 });
 * assertEquals(title, "“BA” holds 3 of 4 rows, “PhD” only 1");
 * ```
 */
export function groupSizes({ attribute, rates, smallGroup }: GroupSizesInput): Figure {
  const groups = byGroup(rates);
  const labels = groupLabels(groups);
  const bar = (label: 0 | 1): Data => ({
    type: "bar",
    orientation: "h",
    name: `label ${label}`,
    x: groups.map(({ count, positives }) => label === 1 ? positives : count - positives),
    y: groups.map((_, g) => g),
    width: 0.62,
    marker: { color: label === 1 ? BLUE : SURFACE, line: { color: BLUE, width: 1.5 } },
    text: groups.map(({ count, positives }) => String(label === 1 ? positives : count - positives)),
    textposition: "auto",
    textangle: 0,
    cliponaxis: false,
    hovertext: groups.map(({ group, count: rows, positives }) => {
      const own = label === 1 ? positives : rows - positives;
      return `${plotText(group)}<br>label ${label}: ${count(own)} of ${count(rows)} rows` +
        (rows === 0 ? "" : ` (${wholePercent(own / rows)})`);
    }),
    hoverinfo: "text",
  });
  return makeFigure({
    name: figureName("group-sizes", attribute),
    title: findingOf(groups),
    subtitle: `Rows of each ${attribute} group by label.` +
      (groups.some(({ small }) => small) ? ` ${SMALL_MARK}: fewer than ${smallGroup} rows.` : ""),
    alt: groups.map(({ group, count: rows, positives }) =>
      `${group}: ${count(rows)} rows, ${count(positives)} of them with label 1.`
    ).join(" "),
    data: [bar(1), bar(0)],
    layout: {
      barmode: "stack",
      // A number that does not fit into its bar is left to the pointer.
      uniformtext: { minsize: 11, mode: "hide" },
      xaxis: { title: { text: "Rows" }, rangemode: "tozero", tickformat: ",d" },
      yaxis: rowAxis(labels, [0, 1]),
      legend: { traceorder: "normal" },
    },
    height: rowsHeight(labels) + legendHeight(["label 1", "label 0"]),
  });
}

function findingOf(groups: readonly GroupRate[]): string {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const [largest, ...rest] = [...groups].sort((a, b) => b.count - a.count);
  const smallest = rest.at(-1);
  if (largest === undefined) return "No groups";
  const all = `${quoted(largest.group)} holds ${count(largest.count)} of ${count(total)} rows`;
  if (smallest === undefined) return all;
  if (smallest.count === largest.count) return `All groups hold ${count(largest.count)} of ${count(total)} rows`;
  return `${all}, ${quoted(smallest.group)} only ${count(smallest.count)}`;
}
