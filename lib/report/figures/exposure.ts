/** Who holds the first places of rankings. */
import type { Data, XAxisName, YAxisName } from "plotly.js-dist-min";
import { InputError } from "../../errors.ts";
import type { Estimate, Evaluation } from "../../evaluate/mod.ts";
import { type GroupCount, type RankShares, sharesByRank } from "../../metrics/mod.ts";
import { count, levelText, modelText, quoted, wholePercent } from "../format.ts";
import { type Figure, figureName, type FigureRow, makeFigure } from "./figure.ts";
import { standsOut } from "./titles.ts";
import { band, byGroup, groupLabel, groupLabels, intervalBars, legendHeight, modelStyle, rowsHeight } from "./marks.ts";
import { smallNote } from "./marks.ts";
import { faded, MUTED, VERMILLION } from "./palette.ts";
import { axisKey, axisName, gridAxes, gridHeadings, gridPanels, headingWidth, panelHeading } from "./panels.ts";
import { rowAxis, stackPanels } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { numbersOf, shareAxis, shareText } from "./rates.ts";
import { attributeOf, chanceOf, evaluated, modelsOf, partsOf, rowsOf } from "./subject.ts";
import type { ModelsOptions, RowsOptions } from "./subject.ts";

/** Of which places {@linkcode exposureByRank} is. */
export interface ExposureOptions extends ModelsOptions, RowsOptions {
  /** The place that the title speaks of, one of `ranks`; the evaluation's `topK` if absent. */
  readonly topK?: number | undefined;
  /** 1 to 10, or to the longest ranking, if absent. */
  readonly ranks?: readonly number[] | undefined;
}

interface Shares {
  readonly name: string;
  readonly shares: RankShares;
}

interface Curve {
  readonly k: readonly number[];
  readonly share: readonly Estimate[];
  /** What chance ranking gives. */
  readonly expected: readonly (number | null)[];
}

/**
 * Who holds the first places of each query: a panel per group with its share of the first k places over k, beside the
 * share that a ranking in random order would give it.
 *
 * @throws {InputError} If the table has no queries.
 */
export function exposureByRank(evaluation: Evaluation, options: ExposureOptions): Figure {
  const attribute = attributeOf(evaluation, options);
  const models = modelsOf(evaluation, options.models).map(({ name }): Shares => ({
    name,
    shares: sharesOf(evaluation, attribute, name, options),
  }));
  const { confidence, smallBelow } = evaluation.settings;
  const first = models[0]!.shares;
  const topK = topKOf(evaluation, options, first);
  const groups = byGroup(first.groups.map((group, index) => ({ ...group, index })));
  const labels = groups.map((group) => groupLabel(group, headingWidth(groups.length)));
  const lines = Math.max(...labels.map((label) => label.split("<br>").length));
  const grid = gridPanels(groups.length, 130, 8 + 17 * lines);
  const drawn = groups.map(({ index }, p) =>
    drawGroup(models, index, { label: labels[p]!, xaxis: axisName("x", p), yaxis: axisName("y", p) })
  );
  const names = [...models.map(({ name }) => plotText(name)), "proportional"];
  return makeFigure({
    name: figureName("exposure-by-rank", attribute),
    title: exposureFinding(attribute, models.at(-1)!, topK, confidence),
    subtitle:
      `Share of the first k places of ${
        count(first.queries)
      } jobs that each ${attribute} group holds. Proportional: what a random ` +
      `order of each job’s candidates gives. Band: ${levelText(confidence)} bootstrap interval of ` +
      `${models.at(-1)!.name}, resampling jobs.${smallNote(groups, smallBelow, "")}`,
    alt: models.map((own) => exposureText(own, groups, topK)).join(" "),
    rows: models.flatMap((own) => exposureRows(own, groups)),
    data: [...drawn.flatMap(({ data }) => data), ...legendOf(names)],
    layout: {
      ...gridAxes(
        grid,
        {
          title: { text: "First k places" },
          range: [0.7, first.ranks.at(-1)!.k + 0.3],
          nticks: 6,
          tickformat: "d",
        },
        {
          title: { text: "Share" },
          range: [0, 1.06 * Math.max(0.05, ...drawn.map(({ highest }) => highest))],
          tickformat: ".0%",
          nticks: 4,
        },
      ),
      annotations: gridHeadings(labels, grid),
    },
    height: grid.height + 64 + legendHeight(names),
  });
}

function exposureRows(
  { name, shares: { ranks } }: Shares,
  groups: readonly (GroupCount & { readonly index: number })[],
): FigureRow[] {
  return groups.flatMap(({ group, count, index }) =>
    ranks.map(({ k, shares, expected, excess }) => ({
      model: name,
      group,
      n: count,
      k,
      ...numbersOf("share", evaluated(shares[index]!)),
      expected: expected[index]!.value,
      ...numbersOf("excess", evaluated(excess[index]!)),
    }))
  );
}

function sharesOf(evaluation: Evaluation, attribute: string, model: string, { table, ranks }: ExposureOptions) {
  const { scores, groups, smallBelow, table: { queries, source } } = rowsOf(evaluation, attribute, { table, model });
  if (queries === null) throw new InputError(`${source}: expected what rows are ranked within, found no queries`);
  const sizes = queries.groups.names.map(() => 0);
  for (const code of queries.groups.codes) sizes[code]!++;
  const longest = Math.min(10, sizes.reduce((most, size) => Math.max(most, size), 1));
  return sharesByRank(
    { queries: queries.groups, scores, groups, smallBelow },
    ranks ?? Array.from({ length: longest }, (_, i) => i + 1),
    chanceOf(evaluation, `${attribute} ranks ${model}`),
  );
}

function topKOf({ settings }: Evaluation, { topK }: ExposureOptions, { ranks }: RankShares): number {
  const known = ranks.map(({ k }) => k);
  if (topK !== undefined && !known.includes(topK)) {
    throw new InputError(`topK: expected one of ${known.join(", ")}, found ${topK}`);
  }
  return topK ?? known.findLast((k) => k <= (settings.topK ?? 10)) ?? known[0]!;
}

function curveOf({ ranks }: RankShares, group: number): Curve {
  return {
    k: ranks.map(({ k }) => k),
    share: ranks.map(({ shares }) => evaluated(shares[group]!)),
    expected: ranks.map(({ expected }) => rounded(expected[group]!.value)),
  };
}

function drawGroup(
  models: readonly Shares[],
  group: number,
  { label, ...axes }: { readonly label: string; readonly xaxis: XAxisName; readonly yaxis: YAxisName },
): { readonly data: Data[]; readonly highest: number } {
  const curves = models.map(({ shares }) => curveOf(shares, group));
  const { k, expected } = curves[0]!;
  const ends = curves.map(({ share }) => ({
    y: share.map(({ value }) => rounded(value)),
    low: share.map(({ interval }) => rounded(interval?.low ?? null)),
    high: share.map(({ interval }) => rounded(interval?.high ?? null)),
  }));
  const data = models.flatMap(({ name, shares: { ranks } }, m): Data[] => {
    const { color, dash, symbol } = modelStyle(m);
    const curve: Data = {
      type: "scatter",
      mode: "lines+markers",
      x: [...k],
      y: ends[m]!.y,
      line: { color, dash, width: 2 },
      marker: { color, symbol: symbol as "circle", size: 6 },
      hovertext: curves[m]!.share.map((share, r) =>
        `${label}, ${plotText(name)}<br>first ${k[r]}: ${shareText(share)}<br>proportional ${
          shareOf(expected[r]!)
        }<br>${count(ranks[r]!.queries)} jobs with ${k[r]} or more`
      ),
      hoverinfo: "text",
      showlegend: false,
      ...axes,
    };
    // One band, that of the model the title speaks of: several on one another cannot be told apart.
    return m === models.length - 1 ? [{ ...band(k, ends[m]!, faded(color, 0.15)), ...axes }, curve] : [curve];
  });
  const chance: Data = {
    type: "scatter",
    mode: "lines",
    x: [...k],
    y: [...expected],
    line: { color: MUTED, width: 1.4, dash: "dash" },
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  };
  const heights = [expected, ...ends.flatMap(({ y, high }) => [y, high])].flat().map((height) => height ?? 0);
  return { data: [...data, chance], highest: Math.max(...heights) };
}

function legendOf(names: readonly string[]): Data[] {
  return names.map((name, m): Data => {
    const isChance = m === names.length - 1;
    const { color, dash, symbol } = modelStyle(m);
    return {
      type: "scatter",
      mode: isChance ? "lines" : "lines+markers",
      x: [null],
      y: [null],
      name,
      line: isChance ? { color: MUTED, width: 1.4, dash: "dash" } : { color, dash, width: 2 },
      marker: { color, symbol: symbol as "circle", size: 6 },
    };
  });
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}

function shareOf(value: number | null): string {
  return value === null ? "undefined" : wholePercent(value);
}

function exposureText(
  { name, shares: { ranks } }: Shares,
  groups: readonly (GroupCount & { readonly index: number })[],
  topK: number,
): string {
  const rank = ranks.find(({ k }) => k === topK)!;
  return `${name}, first ${topK}: ${
    groups.map(({ group, index }) =>
      `${group} ${shareOf(rank.shares[index]!.estimate.value)}, proportional ${shareOf(rank.expected[index]!.value)}`
    ).join("; ")
  }.`;
}

/** Speaks of the group whose share differs most from that by chance, if that stands out among all groups. */
function exposureFinding(attribute: string, { name, shares }: Shares, topK: number, confidence: number): string {
  if (shares.groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const { excess, expected, shares: held } = shares.ranks.find(({ k }) => k === topK)!;
  const places = `In the first ${topK === 1 ? "place" : `${topK} places`} of ${modelText(name)}`;
  const found = shares.groups.map((group, g) => ({ ...group, g, own: evaluated(excess[g]!) }))
    .filter(({ own, small }) => !small && standsOut(own, shares.groups.length, confidence))
    .sort((a, b) => Math.abs(b.own.value!) - Math.abs(a.own.value!))[0];
  if (found === undefined) return `${places}, no group’s share differs significantly from a proportional one`;
  return `${places}, ${quoted(found.group)} holds ${wholePercent(held[found.g]!.estimate.value!)}, proportional ${
    wholePercent(expected[found.g]!.value!)
  }`;
}

/**
 * Each group's share of the first places of all queries, beside its share of the candidates: what an evaluation itself
 * knows of rankings.
 *
 * @throws {InputError} If nothing was ranked.
 */
export function topShares(evaluation: Evaluation, options: ModelsOptions = {}): Figure {
  const { attribute, parts } = partsOf(evaluation, options);
  const ranked = parts.flatMap(({ name, own }) =>
    own.ranking === null ? [] : [{ name, groups: byGroup(own.ranking.groups), topK: own.ranking.topK }]
  );
  const [first] = ranked;
  if (first === undefined) throw new InputError("Expected rankings, found no queries");
  const { confidence, smallBelow } = evaluation.settings;
  const groups = first.groups.map((own) => ({ ...own, small: own.count < smallBelow }));
  const labels = groupLabels(groups);
  const { domains, height } = stackPanels(ranked.map(() => rowsHeight(labels) - 64), 34);
  const shares = ranked.flatMap(({ groups }) => groups.map(({ metrics }) => metrics.topKShare!));
  return makeFigure({
    name: figureName("top-shares", attribute),
    title: topFinding(ranked.at(-1)!, attribute, confidence),
    subtitle: `Mark: share of the first ${first.topK} places, with its ${
      levelText(confidence)
    } interval. Tick: share of the candidates.${smallNote(groups, smallBelow, "")}`,
    alt: ranked.map(({ name, groups }) =>
      `${name}: ${
        groups.map(({ group, metrics }) =>
          `${group} ${shareText(metrics.topKShare!)} of the places, ${
            shareText(metrics.candidateShare!)
          } of the candidates`
        ).join("; ")
      }.`
    ).join(" "),
    rows: ranked.flatMap(({ name, groups }) =>
      groups.map(({ group, count, metrics }) => ({
        model: name,
        group,
        n: count,
        ...numbersOf("topKShare", metrics.topKShare!),
        candidateShare: metrics.candidateShare!.value,
      }))
    ),
    data: ranked.flatMap(({ groups }, p) => topMarks(groups, axisName("y", p))),
    layout: {
      ...Object.fromEntries(ranked.map((_, p) => [axisKey(axisName("y", p)), rowAxis(labels, domains[p]!)])),
      xaxis: {
        title: { text: `Share of the first ${first.topK} places` },
        ...shareAxis(
          [...shares, ...ranked.flatMap(({ groups }) => groups.map((own) => own.metrics.candidateShare!))],
          0.02,
        ),
        anchor: axisName("y", ranked.length - 1),
      },
      annotations: ranked.map(({ name }, p) => panelHeading(`<b>${plotText(name)}</b>`, domains[p]!)),
    },
    height: height + 64,
  });
}

type RankedGroup = NonNullable<Evaluation["models"][number]["attributes"][number]["ranking"]>["groups"][number];

function topMarks(groups: readonly RankedGroup[], yaxis: YAxisName): Data[] {
  const { color } = modelStyle(1);
  const values = groups.map(({ metrics }) => metrics.topKShare!.value);
  const colors = groups.map(({ metrics: { topKShare, candidateShare } }) =>
    (topKShare!.interval?.high ?? 1) < (candidateShare!.value ?? 0) ? VERMILLION : color
  );
  const quiet = { type: "scatter", mode: "markers", y: groups.map((_, g) => g), showlegend: false, yaxis } as const;
  return [{
    ...quiet,
    x: groups.map(({ metrics }) => metrics.candidateShare!.value),
    marker: { symbol: "line-ns-open", size: 16, color: MUTED, line: { width: 2.5 } },
    hoverinfo: "skip",
  }, {
    ...quiet,
    x: values,
    error_x: intervalBars(values, groups.map(({ metrics }) => metrics.topKShare!.interval), MUTED),
    marker: { color: colors, size: 10 },
    hovertext: groups.map(({ group, metrics }) => `${plotText(group)}<br>${shareText(metrics.topKShare!)}`),
    hoverinfo: "text",
  }];
}

/**
 * Speaks of the group whose share of the places is furthest below that of the candidates, where its interval says so.
 */
function topFinding(
  { name, groups, topK }: { readonly name: string; readonly groups: readonly RankedGroup[]; readonly topK: number },
  attribute: string,
  confidence: number,
): string {
  if (groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const places = `In the first ${topK} places of ${modelText(name)}`;
  const found = groups.flatMap(({ group, metrics: { topKShare, candidateShare } }) => {
    const [share, of] = [topKShare!, candidateShare!.value];
    if (share.value === null || share.interval === null || of === null) return [];
    const { low, high } = share.interval;
    const less = { low: low === null ? null : low - of, high: high === null ? null : high - of };
    const excess = { value: share.value - of, interval: { ...share.interval, ...less } };
    return standsOut(excess, groups.length, confidence)
      ? [{ group, share: share.value, of, excess: excess.value }]
      : [];
  }).sort((a, b) => Math.abs(b.excess) - Math.abs(a.excess))[0];
  if (found === undefined) return `${places}, no group’s share differs significantly from that of the candidates`;
  return `${places}, ${quoted(found.group)} holds ${wholePercent(found.share)}, of the candidates it is ${
    wholePercent(found.of)
  }`;
}
