/** What figures of an evaluation draw, counted anew from the rows that were evaluated. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { fairness, fairnessRows, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { crossTable } from "./cross_table.ts";
import { scoreDistributions } from "./distributions.ts";
import { exposureByRank, topShares } from "./exposure.ts";
import type { Figure } from "./figure.ts";
import { groupSizes, labelRates } from "./groups.ts";
import { errorRates, selectionRates } from "./rates.ts";
import { textLengths } from "./texts.ts";
import { thresholdDisparities } from "./thresholds.ts";

const rows = fairnessRows();
const { evaluation, table } = fairness(rows);
const MODELS = [{ name: "base", scores: rows.base, threshold: 0.5 }, {
  name: "tuned",
  scores: rows.tuned,
  threshold: 0.6,
}];
/** In the order of figures: no degree has any of these names. */
const GROUPS = [HOSTILE, "degree", "no positives", "tiny"];
const ranks = [1, 2, 4];
const figures: Record<string, Figure> = {
  selection: selectionRates(evaluation),
  errors: errorRates(evaluation),
  exposure: exposureByRank(evaluation, { table, ranks }),
  top: topShares(evaluation),
  distributions: scoreDistributions(evaluation, { table }),
  sizes: groupSizes(rows, { attribute: HOSTILE }),
  labels: labelRates(rows, { attribute: HOSTILE, resamples: 20 }),
};

type Bars = { readonly x: number[]; readonly y: number[]; readonly error_x: Record<"array" | "arrayminus", number[]> };

function membersOf(group: string): number[] {
  return rows.groups.flatMap((own, i) => own === group ? [i] : []);
}

function shareOf(members: readonly number[], holds: (i: number) => boolean): number | null {
  return members.length === 0 ? null : members.filter(holds).length / members.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The bars of a panel from top to bottom: those of few rows are a trace of their own. */
function barsOf(figure: Figure, yaxis: string): Bars {
  const own = (figure.data as unknown as (Bars & { yaxis?: string })[]).filter((trace) =>
    trace.yaxis === yaxis && trace.error_x !== undefined
  );
  const all = own.flatMap(({ x, y, error_x: { array, arrayminus } }) =>
    x.map((value, i) => ({ x: value, y: y[i]!, array: array[i]!, arrayminus: arrayminus[i]! }))
  ).sort((a, b) => a.y - b.y);
  const error_x = { array: all.map(({ array }) => array), arrayminus: all.map(({ arrayminus }) => arrayminus) };
  return { x: all.map(({ x }) => x), y: all.map(({ y }) => y), error_x };
}

function rowOf(figure: Figure, model: string, group: string, k?: number) {
  return figure.rows.find((row) => row.model === model && row.group === group && (k === undefined || row.k === k))!;
}

Deno.test("selectionRates() draws the shares that the scores and thresholds give, and the rows hold them", () => {
  MODELS.forEach(({ name, scores, threshold }, m) => {
    const shares = GROUPS.map((group) => shareOf(membersOf(group), (i) => scores[i]! >= threshold));
    const bars = barsOf(figures.selection!, m === 0 ? "y" : "y2");
    assertEquals([bars.x, bars.y], [shares as number[], [0, 1, 2, 3]]);
    const highest = Math.max(...shares.slice(0, 3) as number[]);
    GROUPS.forEach((group, g) => {
      const row = rowOf(figures.selection!, name, group);
      assertEquals([row.selectionRate, row.n], [shares[g], membersOf(group).length]);
      assertEquals(row.ratio, group === "tiny" ? null : shares[g]! / highest);
      assertEquals(row.fourFifths, group === "tiny" ? null : shares[g]! / highest >= 0.8);
      assertAlmostEquals(bars.x[g]! + bars.error_x.array[g]!, row.selectionRateHigh as number, 1e-9);
      assertAlmostEquals(bars.x[g]! - bars.error_x.arrayminus[g]!, row.selectionRateLow as number, 1e-9);
    });
  });
});

Deno.test("selectionRates() draws the line at four fifths of the highest large group", () => {
  const lines = figures.selection!.layout.shapes!.map(({ x0 }) => x0 as number);
  MODELS.forEach(({ scores, threshold }, m) => {
    const shares = GROUPS.slice(0, 3).map((group) => shareOf(membersOf(group), (i) => scores[i]! >= threshold)!);
    assertAlmostEquals(lines[m]!, 0.8 * Math.max(...shares), 1e-11);
  });
});

Deno.test("errorRates() draws TPR and FPR that the labels give, and the rows hold them", () => {
  MODELS.forEach(({ name, scores, threshold }, m) => {
    [1, 0].forEach((label, p) => {
      const shares = GROUPS.map((group) =>
        shareOf(membersOf(group).filter((i) => rows.labels[i] === label), (i) => scores[i]! >= threshold)
      );
      const { x } = barsOf(figures.errors!, p === 0 ? "y" : "y2");
      const drawn = shares.filter((share) => share !== null);
      assertEquals(x.filter((_, i) => i % 2 === m), drawn);
      const key = label === 1 ? "tpr" : "fpr";
      assertEquals(GROUPS.map((group) => rowOf(figures.errors!, name, group)[key]), shares);
    });
  });
});

Deno.test("exposureByRank() counts the first places of each job, and what chance would give", () => {
  const jobs = [...new Set(rows.jobs)].map((job) => rows.jobs.flatMap((own, i) => own === job ? [i] : []));
  for (const k of ranks) {
    const places = jobs.reduce((sum, own) => sum + Math.min(k, own.length), 0);
    for (const { name, scores } of MODELS) {
      const first = jobs.flatMap((own) => own.toSorted((a, b) => scores[b]! - scores[a]!).slice(0, k));
      for (const group of GROUPS) {
        const row = rowOf(figures.exposure!, name, group, k);
        assertAlmostEquals(row.share as number, shareOf(first, (i) => rows.groups[i] === group)!, 1e-12);
        const chance = jobs.reduce((sum, own) =>
          sum + Math.min(k, own.length) * shareOf(own, (i) => rows.groups[i] === group)!, 0) / places;
        assertAlmostEquals(row.expected as number, chance, 1e-12);
        assertAlmostEquals(row.excess as number, (row.share as number) - chance, 1e-12);
      }
    }
  }
});

Deno.test("exposureByRank() draws its rows, a panel per group", () => {
  const curves = (figures.exposure!.data as { mode: string; x: (number | null)[]; y: number[]; xaxis: string }[])
    .filter(({ mode, x }) => mode === "lines+markers" && x[0] !== null);
  const expected = GROUPS.flatMap((group, g) =>
    MODELS.map(({ name }) => ({
      xaxis: g === 0 ? "x" : `x${g + 1}`,
      y: ranks.map((k) => Number((rowOf(figures.exposure!, name, group, k).share as number).toFixed(4))),
    }))
  );
  assertEquals(curves.map(({ xaxis, y }) => ({ xaxis, y })), expected);
  const chance = (figures.exposure!.data as { hoverinfo: string; fill?: string; x: unknown[]; y: number[] }[])
    .filter(({ hoverinfo, fill, x }) => hoverinfo === "skip" && fill === undefined && x[0] !== null);
  assertEquals(
    chance.map(({ y }) => y),
    GROUPS.map((group) =>
      ranks.map((k) => Number((rowOf(figures.exposure!, "base", group, k).expected as number).toFixed(4)))
    ),
  );
});

Deno.test("topShares() draws each group's share of the candidates, and its share of the places as evaluated", () => {
  MODELS.forEach(({ name }, m) => {
    const [ticks, marks] = figures.top!.data.slice(2 * m, 2 * m + 2) as unknown as Bars[];
    const { groups } = evaluation.models[m]!.attributes[0]!.ranking!;
    GROUPS.forEach((group, g) => {
      assertAlmostEquals(ticks!.x[g]!, membersOf(group).length / rows.groups.length, 1e-12);
      assertEquals(marks!.x[g], groups.find((own) => own.group === group)!.metrics.topKShare!.value!);
      const row = rowOf(figures.top!, name, group);
      assertEquals([row.topKShare, row.candidateShare], [marks!.x[g], ticks!.x[g]]);
    });
  });
});

Deno.test("scoreDistributions() writes the share selected beside each ridge, and its rows hold the means", () => {
  const texts = figures.distributions!.layout.annotations!.map(({ text }) => text);
  const expected = MODELS.flatMap(({ name, scores, threshold }) =>
    GROUPS.map((group) => {
      const members = membersOf(group);
      const row = rowOf(figures.distributions!, name, group);
      assertAlmostEquals(row.meanScore as number, mean(members.map((i) => scores[i]!)), 1e-12);
      assertEquals([row.threshold, row.n], [threshold, members.length]);
      assertAlmostEquals(row.selected as number, shareOf(members, (i) => scores[i]! >= threshold)!, 1e-12);
      return `${Math.round(100 * (row.selected as number))}%`;
    })
  );
  assertEquals(texts, expected);
});

Deno.test("thresholdDisparities() draws F1 and the share selected at each threshold of the model chosen", () => {
  const figure = thresholdDisparities(evaluation, { table, model: "base", thresholds: [0.3, 0.7] });
  assertEquals(figure.rows.map(({ model, threshold }) => [model, threshold]), [0.3, 0.5, 0.7].map((t) => ["base", t]));
  const drawn = (name: string) => (figure.data as { name?: string; y: number[] }[]).find((own) => own.name === name)!.y;
  figure.rows.forEach(({ threshold, f1, selectionRate }, t) => {
    const selected = rows.base.map((score) => score >= (threshold as number));
    const hits = selected.filter((own, i) => own && rows.labels[i] === 1).length;
    const all = selected.filter(Boolean).length;
    assertAlmostEquals(selectionRate as number, all / selected.length, 1e-12);
    assertAlmostEquals(f1 as number, 2 * hits / (all + rows.labels.filter((label) => label === 1).length), 1e-12);
    assertEquals(
      [drawn("F1")[t], drawn("selected")[t]],
      [f1, selectionRate].map((own) => Number((own as number).toFixed(4))),
    );
  });
});

Deno.test("labelRates() and groupSizes() count labels, by group", () => {
  const positives = GROUPS.map((group) => membersOf(group).filter((i) => rows.labels[i] === 1).length);
  const sizes = GROUPS.map((group) => membersOf(group).length);
  const [ones, zeros] = figures.sizes!.data as unknown as Bars[];
  assertEquals([ones!.x, zeros!.x], [positives, sizes.map((size, g) => size - positives[g]!)]);
  assertEquals(figures.sizes!.rows, GROUPS.map((group, g) => ({ group, n: sizes[g]!, positives: positives[g]! })));
  const [label, truth] = figures.labels!.data as unknown as Bars[];
  assertEquals(label!.x, positives.map((own, g) => own / sizes[g]!));
  assertEquals(truth!.x, GROUPS.map((group) => mean(membersOf(group).map((i) => rows.groundTruth[i]!))));
  assertEquals(figures.labels!.rows.map(({ rate }) => rate), [...label!.x, ...truth!.x]);
});

Deno.test("crossTable() counts each pair of groups, and its rows hold the cells", () => {
  const groups = rows.groundTruth.map((own) => own === 1 ? "able" : HOSTILE);
  const sides = { rows: { attribute: "education", groups: rows.groups }, columns: { attribute: "merit", groups } };
  const figure = crossTable({ ...sides, labels: rows.labels });
  const { z } = figure.data[0] as unknown as { z: (number | null)[][] };
  const columns = [HOSTILE, "able"];
  GROUPS.forEach((group, r) =>
    columns.forEach((column, c) => {
      const cell = membersOf(group).filter((i) => groups[i] === column);
      assertEquals(z[r]![c], shareOf(cell, (i) => rows.labels[i] === 1));
      const positives = cell.filter((i) => rows.labels[i] === 1).length;
      assertEquals(figure.rows[2 * r + c], { education: group, merit: column, n: cell.length, positives });
    })
  );
  assertEquals(plotTexts([figure.data, figure.layout]).filter(isRaw), []);
});

Deno.test("textLengths() marks the longest text of a kind where it is cut", () => {
  const kinds = [{ name: HOSTILE, lengths: [10, 30, 20] }, { name: "b", lengths: [10, 20.5] }];
  const figure = textLengths({ name: "x", kinds, maxLength: 20 });
  assertEquals(figure.rows.map(({ kind, count, cut, median, longest }) => [kind, count, cut, median, longest]), [
    [HOSTILE, 3, 1, 20, 30],
    ["b", 2, 1, 15.25, 20.5],
  ]);
  const fits = textLengths({ name: "x", kinds, maxLength: 30 }).data[1] as { marker: { color: string[] } };
  const cut = figure.data[1] as { marker: { color: string[] } };
  assertEquals([cut.marker.color, fits.marker.color], [["#d55e00", "#d55e00"], ["#0072b2", "#0072b2"]]);
  assertEquals(plotTexts([figure.data, figure.layout]).filter(isRaw), []);
});

function isRaw(text: string): boolean {
  return /<\/?b>"|"R&|R&D|%\{x\} |\$y/.test(text);
}

for (const [name, figure] of Object.entries(figures)) {
  Deno.test(`${name}: a group's name is text everywhere, small groups are marked and explained`, () => {
    const texts = plotTexts([figure.data, { ...figure.layout, template: null }]);
    assertEquals(texts.filter(isRaw), []);
    assert(texts.some((text) => text.includes("&#60;b&#62;&#34;R&#38;D&#34;")));
    assert(texts.some((text) => /tiny(?: |<br>)\(n = \d+\)†/.test(text)));
    // Rates of a label are of fewer rows than the group has.
    assert(name === "errors" || !texts.some((text) => /degree(?: |<br>)\(n = \d+\)†/.test(text)));
    assert(/ †.*: fewer than 30 rows\.$/.test(figure.subtitle), figure.subtitle);
    assert(!figure.title.includes("tiny") || name === "sizes", figure.title);
  });
}

Deno.test("figures of chosen models are of those, in the order chosen", () => {
  const models = ["tuned", "base"];
  for (
    const figure of [
      selectionRates(evaluation, { models }),
      errorRates(evaluation, { models }),
      topShares(evaluation, { models }),
      exposureByRank(evaluation, { table, ranks, models }),
      scoreDistributions(evaluation, { table, models }),
    ]
  ) {
    assertEquals([...new Set(figure.rows.map(({ model }) => model))], models, figure.name);
    assert(figure.title.includes("the base model") || figure.title.startsWith("The base model"), figure.title);
  }
});

Deno.test("figures refuse models and attributes that were not evaluated", () => {
  for (const figureOf of [selectionRates, errorRates, topShares]) {
    assertThrows(() => figureOf(evaluation, { models: ["x"] }), InputError, "expected one of base, tuned, found x");
    assertThrows(() => figureOf(evaluation, { attribute: "x" }), InputError, "expected one of education, found x");
  }
  for (const figureOf of [exposureByRank, scoreDistributions]) {
    const own = { table, models: ["base", "x"] };
    assertThrows(() => figureOf(evaluation, own), InputError, "model: expected one of base, tuned, found x");
  }
  assertThrows(
    () => thresholdDisparities(evaluation, { table, attribute: "x" }),
    InputError,
    "attribute: expected one of education, found x",
  );
});
