import type { Annotation, Data } from "plotly.js-dist-min";
import { count, quoted, theModel, wholePercent } from "../format.ts";
import type { RankShares, SharesAtRank } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabel, legendHeight, smallNote } from "./marks.ts";
import { modelStyle } from "./models.ts";
import { faded, MUTED } from "./palette.ts";
import { axisName, gridAxes, gridPanels, panelHeading } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { standsOut } from "./wording.ts";

/** What {@linkcode exposureByRank} reads. */
export interface ExposureByRankInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** From the one that the others start from to the one that the title speaks of, all of the same rows and ranks. */
  readonly models: readonly { readonly name: string; readonly shares: RankShares }[];
  /** The rank that the title speaks of, one of those given. */
  readonly topK: number;
  readonly confidence: number;
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

/**
 * Who holds the first places of each query: a panel per group with its share of the first k places over k, beside the share that a
 * ranking by lot would give it.
 *
 * @param input The shares of each model.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sharesByRank } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { exposureByRank } from "./exposure_by_rank.ts";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const shares = sharesByRank({
 *   queries: rows.map((i) => i >> 2),
 *   scores: rows.map((i) => i % 4 + i / 100),
 *   groups: rows.map((i) => i % 4 < 2 && i % 11 ? "none" : "degree"),
 * }, [1, 2, 3, 4], { rng: new Rng(1), resamples: 100 });
 * const { title } = exposureByRank({
 *   attribute: "education",
 *   models: [{ name: "base", shares }],
 *   topK: 2,
 *   confidence: 0.95,
 *   smallGroup: 30,
 * });
 * assertEquals(title, "In the first 2 places of the base model, “degree” holds 100\u00a0%, by lot 55\u00a0%");
 * ```
 */
export function exposureByRank(input: ExposureByRankInput): Figure {
  const { attribute, models, topK, confidence, smallGroup } = input;
  const first = models[0]!.shares;
  const groups = byGroup(first.groups.map((group, index) => ({ ...group, index })));
  const labels = groups.map((group) => groupLabel(group));
  const lines = Math.max(...labels.map((label) => label.split("<br>").length));
  const grid = gridPanels(groups.length, 130, 8 + 17 * lines);
  const k = first.ranks.map((rank) => rank.k);
  const data: Data[] = [], annotations: Partial<Annotation>[] = [];
  let highest = 0.05;
  groups.forEach(({ index }, p) => {
    const axes = { xaxis: axisName("x", p), yaxis: axisName("y", p) };
    annotations.push({ ...panelHeading(labels[p]!, grid.cells[p]!.y, grid.cells[p]!.x[0]), yshift: 2 });
    const lot = first.ranks.map(({ expected }) => rounded(expected[index]!.value));
    models.forEach(({ shares: { ranks } }, m) => {
      const { color, dash, symbol } = modelStyle(m);
      const own = ranks.map(({ shares }) => shares[index]!);
      const y = own.map(({ estimate }) => rounded(estimate.value));
      const [low, high] = [
        own.map(({ interval }) => rounded(interval.low)),
        own.map(({ interval }) => rounded(interval.high)),
      ];
      highest = Math.max(highest, ...lot.map((x) => x ?? 0), ...y.map((x) => x ?? 0), ...high.map((x) => x ?? 0));
      // One band, that of the model the title speaks of: several on one another cannot be told apart.
      if (m === models.length - 1) {
        data.push({
          type: "scatter",
          mode: "lines",
          x: [...k, ...k.toReversed()],
          y: [...high, ...low.toReversed()],
          fill: "toself",
          fillcolor: faded(color, 0.15),
          line: { width: 0 },
          hoverinfo: "skip",
          showlegend: false,
          ...axes,
        });
      }
      data.push({
        type: "scatter",
        mode: "lines+markers",
        x: k,
        y,
        line: { color, dash, width: 2 },
        marker: { color, symbol: symbol as "circle", size: 6 },
        hovertext: ranks.map((rank) => hoverOf(labels[p]!, models[m]!.name, rank, index)),
        hoverinfo: "text",
        showlegend: false,
        ...axes,
      });
    });
    data.push({
      type: "scatter",
      mode: "lines",
      x: k,
      y: lot,
      line: { color: MUTED, width: 1.4, dash: "dash" },
      hoverinfo: "skip",
      showlegend: false,
      ...axes,
    });
  });
  const names = [...models.map(({ name }) => plotText(name)), "by lot"];
  data.push(...names.map((name, m): Data => {
    const lot = m === models.length;
    const { color, dash, symbol } = modelStyle(m);
    return {
      type: "scatter",
      mode: lot ? "lines" : "lines+markers",
      x: [null],
      y: [null],
      name,
      line: lot ? { color: MUTED, width: 1.4, dash: "dash" } : { color, dash, width: 2 },
      marker: { color, symbol: symbol as "circle", size: 6 },
    };
  }));
  return makeFigure({
    name: figureName("exposure-by-rank", attribute),
    title: findingOf(input),
    subtitle:
      `Share of the first k places of ${
        count(first.queries)
      } jobs that each ${attribute} group holds. By lot: what chance ` +
      `ranking of each job’s candidates gives. Band: ${
        Number((100 * confidence).toPrecision(6))
      }\u00a0% bootstrap interval of ` +
      `${plotText(models.at(-1)!.name)}, resampling jobs.${
        groups.some(({ small }) => small) ? smallNote(groups, smallGroup).replace(" and hollow", "") : ""
      }`,
    alt: models.map(({ name, shares: { ranks } }) => {
      const rank = ranks.find((rank) => rank.k === topK)!;
      return `${name}, first ${topK}: ${
        groups.map(({ group, index }) =>
          `${group} ${shareOf(rank.shares[index]!.estimate.value)}, by lot ${shareOf(rank.expected[index]!.value)}`
        ).join("; ")
      }.`;
    }).join(" "),
    data,
    layout: {
      ...gridAxes(
        grid,
        { title: { text: "First k places" }, range: [0.7, k.at(-1)! + 0.3], nticks: 6, tickformat: "d" },
        { title: { text: "Share" }, range: [0, 1.06 * highest], tickformat: ".0%", nticks: 4 },
      ),
      annotations,
    },
    height: grid.height + 64 + legendHeight(names),
  });
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

function shareOf(value: number | null): string {
  return value === null ? "undefined" : wholePercent(value);
}

function hoverOf(label: string, model: string, { k, shares, expected, queries }: SharesAtRank, index: number): string {
  const { estimate, interval } = shares[index]!;
  const range = interval.low === null ? "" : ` [${shareOf(interval.low)}, ${shareOf(interval.high)}]`;
  return `${label}, ${plotText(model)}<br>first ${k}: ${shareOf(estimate.value)}${range}<br>by lot ${
    shareOf(expected[index]!.value)
  }<br>${count(queries)} jobs with ${k} or more`;
}

/** Speaks of the group whose share differs most from the lot's, if that stands out among all groups. */
function findingOf({ attribute, models, topK }: ExposureByRankInput): string {
  const { name, shares } = models.at(-1)!;
  if (shares.groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const { excess, expected, shares: held } = shares.ranks.find(({ k }) => k === topK)!;
  const places = `In the first ${topK === 1 ? "place" : `${topK} places`} of ${theModel(name).replace("The", "the")}`;
  const found = shares.groups.map((group, g) => ({ ...group, g, own: excess[g]! }))
    .filter(({ own, small }) => !small && standsOut(own, shares.groups.length))
    .sort((a, b) => Math.abs(b.own.estimate.value!) - Math.abs(a.own.estimate.value!))[0];
  if (found === undefined) return `${places}, no group holds more or less than by lot beyond chance`;
  return `${places}, ${quoted(found.group)} holds ${wholePercent(held[found.g]!.estimate.value!)}, by lot ${
    wholePercent(expected[found.g]!.value!)
  }`;
}
