import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { conclude, evaluate, evaluateSeeds, type Evaluation, metricTitle, type SeedRun } from "../evaluate/mod.ts";
import { decide } from "../metrics/mod.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { number, percent } from "./format.ts";
import { Notes, type Table, type TableCell, tableHtml, tableMarkdown, tableText } from "./table.ts";

setColorEnabled(false);

/** A group's name that would be markup in HTML and Markdown. */
const HOSTILE = "<i>*tiny*|";

// A has 100 rows, B 96, the hostile group 4; B's scores are 0.7 of what A's are. A counterfactual gains every fourth
// row 0.2.
const GROUPS = Array.from({ length: 200 }, (_, i) => i < 100 ? "A" : i < 196 ? "B" : HOSTILE);
const LABELS = GROUPS.map((_, i) => i % 2);
const SCORES = GROUPS.map((group, i) => i * 37 % 100 / 100 * (group === "A" ? 1 : 0.7));
const OTHERS = SCORES.map((score, i) => i % 4 ? score : Math.min(1, score + 0.2));
const JOBS = GROUPS.map((_, i) => `job ${i % 4}`);

let made: Evaluation | undefined;
/** One model with everything there is to show. */
const one = () =>
  made ??= evaluate({
    source: "x.csv",
    scores: { own: { scores: SCORES, counterfactual: OTHERS } },
    labels: LABELS,
    groups: { school: GROUPS },
    queries: JOBS,
    control: GROUPS.map((_, i) => i % 3 ? "x" : "y"),
  }, { resamples: 20, topK: 5 });

let compared: Evaluation | undefined;
/** Two models of A and B, the second without B's disadvantage. */
const two = () =>
  compared ??= evaluate({
    source: "x.csv",
    scores: { base: SCORES.slice(0, 196), tuned: SCORES.slice(0, 196).map((_, i) => i * 37 % 100 / 100) },
    labels: LABELS.slice(0, 196),
    groups: { school: GROUPS.slice(0, 196) },
  }, { resamples: 20 });

const tablesOf = (evaluation: Evaluation) => evaluationSections(evaluation).flatMap(({ tables }) => tables);
const find = (title: string, evaluation = one()) =>
  tablesOf(evaluation).find((table) => table.title?.startsWith(title)) as Table;
const cellsOf = ({ rows }: Table) =>
  rows.map((row) => row.map((cell): TableCell => typeof cell === "object" && cell !== null ? cell : { value: cell }));
const titlesOf = ({ columns }: Table) => columns.map((own) => typeof own === "string" ? own : own.title);
const rowOf = (table: Table, name: string) => cellsOf(table).find(([first]) => first!.value === name)!;

/** The share of a group's rows for which something holds. */
const shareOf = (group: string, holds: (i: number) => boolean) => {
  const own = GROUPS.flatMap((one, i) => one === group ? [i] : []);
  return own.filter(holds).length / own.length;
};

Deno.test("the sections of one model are everybody's and each attribute's, with a table for each part measured", () => {
  const sections = evaluationSections(one());
  assertEquals(sections.map(({ title, attribute }) => [title, attribute]), [
    ["Overall", undefined],
    ["By school", "school"],
  ]);
  assertEquals(sections[0]!.tables.map(({ title }) => title), [
    "Decisions and scores",
    "Ranking quality at 5",
    "Counterfactuals",
  ]);
  assertEquals(sections[1]!.tables.map(({ title }) => title), [
    "Groups",
    'Beside "A" (50 of 100)',
    "Rows behind the rates",
    "Disparities",
    "Disparities among the 2 groups of at least 30 rows",
    "Calibration",
    "Score distributions",
    "Rankings: the first 5 places of each of 4 queries",
    "Query by query",
    "Counterfactuals",
    "Within each level of control",
  ]);
  const bare = evaluate({ source: "x.csv", scores: { own: SCORES }, groups: { school: GROUPS } }, { resamples: 20 });
  const titles = tablesOf(bare).map(({ title }) => title);
  assertEquals(titles.includes("Calibration"), false);
  assertEquals(titles.some((title) => /Rank|Query|Counterfactual|Within/.test(title!)), false);
});

Deno.test("the overall table has every metric of everybody with its interval, rates in percent", () => {
  const table = find("Decisions and scores");
  const { metrics, calibration } = one().models[0]!.overall;
  const all = Object.entries({ ...metrics, ...calibration });
  assertEquals(
    cellsOf(table).map(([name, { value, interval } = { value: null }]) => [name!.value, value, interval]),
    all.map(([name, { value, interval }]) => [metricTitle(name), value, interval]),
  );
  const selected = SCORES.filter((score) => score >= 0.5).length;
  const text = tableText(table);
  assert(new RegExp(`^Selection rate +${percent(selected / 200)} \\[`, "m").test(text), text);
  // F1 of 39 right of 78 selected and 100 positive: 2 · 39 / 178.
  assert(/^F1 +0\.438 \[/m.test(text), text);
});

Deno.test("the table of groups has rates as counted by hand, marks small ones and those below four fifths", () => {
  const table = find("Groups");
  assertEquals(titlesOf(table).slice(0, 5), ["Group", "Rows", "Selected", "Ratio", "TPR"]);
  assertEquals(cellsOf(table).map(([group, rows]) => [group!.value, rows!.value, group!.marks]), [
    [HOSTILE, 4, ["small"]],
    ["A", 100, []],
    ["B", 96, []],
  ]);
  for (const name of ["A", "B", HOSTILE]) {
    const [, , rate, ratio, tpr] = rowOf(table, name);
    assertAlmostEquals(rate!.value as number, shareOf(name, (i) => SCORES[i]! >= 0.5), 1e-12);
    assertAlmostEquals(ratio!.value as number, (rate!.value as number) / 0.5, 1e-12);
    assertEquals(ratio!.marks, (ratio!.value as number) < 0.8 ? ["below four fifths"] : []);
    const right = shareOf(name, (i) => LABELS[i] === 1 && SCORES[i]! >= 0.5);
    assertAlmostEquals(tpr!.value as number, right / shareOf(name, (i) => LABELS[i] === 1), 1e-12);
    // Only the selection rate shows its interval.
    assertEquals([rate!.interval !== null, tpr!.interval], [true, undefined]);
  }
  assert(/^B +96 +28\.1% \[.*\] +0\.56 ✗ +27\.1%/m.test(tableText(table)));
  assertEquals(tableHtml(table).markup.match(/<tr class="flagged">/g)!.length, 2);
});

Deno.test("the tables of disparities hold value, interval and p of each, the second without small groups", () => {
  const { disparities, amongLarge } = one().models[0]!.attributes[0]!;
  for (const [title, own] of [["Disparities", disparities], ["Disparities among", amongLarge!.disparities]] as const) {
    assertEquals(
      cellsOf(find(title)).map(([name, { value, interval } = { value: null }, p]) => [
        name!.value,
        value,
        interval,
        p!.value,
      ]),
      own.map(({ metric, value, interval, pValue }) => [metricTitle(metric), value, interval, pValue ?? ""]),
    );
  }
  const [, among] = rowOf(find("Disparities among"), "Demographic parity difference");
  assertAlmostEquals(among!.value as number, 0.5 - 27 / 96, 1e-12);
  // No test fits the calibration error: an empty cell, not a p of 0 or a dash.
  assertEquals(rowOf(find("Disparities"), "Calibration error (ECE) difference")[2]!.value, "");
});

Deno.test("a disparity says which groups it leaves out and why, but not those without rows", () => {
  const evaluation = one();
  const [model] = evaluation.models, [own] = model!.attributes;
  const excluded = [
    { group: "A", reason: "no row with a positive label" },
    { group: "none", reason: "no rows" },
    { group: "B", reason: "no row with a positive label" },
  ];
  const disparities = own!.disparities.map((one, d) => ({ ...one, excluded: d === 0 ? excluded : [] }));
  const groups = [...own!.groups, { ...own!.groups[0]!, group: "none", count: 0 }];
  const changed = { ...evaluation, models: [{ ...model!, attributes: [{ ...own!, groups, disparities }] }] };
  const notes = cellsOf(find("Disparities", changed)).map(([name]) => name!.note);
  assertEquals(notes.slice(0, 2), [`without "A", "B": no row with a positive label`, undefined]);
});

Deno.test("pairs of groups stand with the furthest first, queries with the most uneven first", () => {
  const pairs = cellsOf(find("Score distributions"));
  assertEquals(pairs.map(([pair]) => pair!.value), ["A – B", `${HOSTILE} – A`, `${HOSTILE} – B`]);
  const mean = (group: string) => {
    const own = SCORES.filter((_, i) => GROUPS[i] === group);
    return own.reduce((sum, score) => sum + score) / own.length;
  };
  assertAlmostEquals(pairs[0]![1]!.value as number, mean("A") - mean("B"), 1e-12);
  const queries = find("Query by query");
  assertEquals(titlesOf(queries).slice(4), [HOSTILE, "A", "B"]);
  const ratios = cellsOf(queries).map(([, , ratio]) => ratio!.value as number);
  assertEquals(ratios, ratios.toSorted((a, b) => a - b));
  // A's best of each job have 0.8 and more, B has nothing above 0.7.
  assertEquals(cellsOf(queries).map((row) => [row[1]!.value, ...row.slice(4).map(({ value }) => value)]), [
    ...Array.from({ length: 4 }, () => [50, "0 of 1", "5 of 25", "0 of 24"]),
  ]);
});

Deno.test("a group that nobody ranks first has an undefined skew: a dash, numbered, with its reason", () => {
  const table = find("Rankings");
  const [, candidates, share, exposure, skew] = rowOf(table, "B");
  assertEquals([candidates!.value, share!.value, exposure!.value, skew!.value], [0.48, 0, 0, null]);
  assertAlmostEquals(rowOf(table, "A")[4]!.value as number, Math.log(2), 1e-12);
  const notes = new Notes();
  const text = tableText(table, { notes });
  assert(/^B +48\.0% +0\.0% \[0\.0%, 0\.0%\] +0\.0% +–¹ /m.test(text), text);
  assertEquals(notes.texts[0], "nobody of this group is among the first k, so the skew is −∞");
});

Deno.test("counterfactuals by group: flips and gains as counted by hand", () => {
  const table = find("Counterfactuals", { ...one(), models: one().models.map((own) => ({ ...own, overall })) });
  assertEquals(titlesOf(table), ["Group", "Rows", "Mean shift", "P95 shift", "Flips", "Gain", "Lose"]);
  for (const name of ["A", "B", HOSTILE]) {
    const [, , shift, , flips, gain, lose] = rowOf(table, name);
    const gained = shareOf(name, (i) => SCORES[i]! < 0.5 && OTHERS[i]! >= 0.5);
    assertAlmostEquals(flips!.value as number, gained, 1e-12);
    assertEquals([gain!.value, lose!.value], [flips!.value, 0]);
    const rows = GROUPS.flatMap((group, i) => group === name ? [OTHERS[i]! - SCORES[i]!] : []);
    assertAlmostEquals(shift!.value as number, rows.reduce((sum, one) => sum + one) / rows.length, 1e-12);
  }
});
const overall = { metrics: {}, calibration: null, reliability: null, ranking: null, counterfactual: null };

Deno.test("levels of the control column have their rows, and disparities among these alone", () => {
  const levels = one().models[0]!.attributes[0]!.controlled!;
  const rows = cellsOf(find("Within each level of control"));
  assertEquals(rows.map(([level, count]) => [level!.value, count!.value]), [["x", 133], ["y", 67]]);
  rows.forEach(([, , difference, p], l) => {
    const own = levels[l]!.disparities.find(({ metric }) => metric === "demographicParityDifference")!;
    assertEquals([difference!.value, p!.value], [own.value, own.pValue]);
  });
});

Deno.test("no table lets a hostile name become markup, in HTML or Markdown, and sorting keys are the values", () => {
  for (const table of [...tablesOf(one()), ...tablesOf(two())]) {
    const { markup } = tableHtml(table);
    assertEquals([markup.includes("<i>"), tableMarkdown(table).includes("<i>")], [false, false], table.title);
    const keys = [...markup.matchAll(/ data-value="([^"]+)"/g)].map(([, key]) => Number(key));
    const values = cellsOf(table).flatMap((row) => row.map(({ value }) => value));
    assertEquals(keys, values.filter((value) => typeof value === "number"), table.title);
  }
  assertStringIncludes(tableHtml(find("Groups")).markup, "&lt;i&gt;*tiny*|†</th>");
  assertStringIncludes(tableMarkdown(find("Groups")), "| \\<i\\>\\*tiny\\*\\|† | 4 |");
});

Deno.test("two models: changes are the second minus the first, stars stand exactly where a test shows it", () => {
  const evaluation = two();
  const table = find("Disparities", evaluation);
  assertEquals(titlesOf(table), ["Metric", "base", "tuned", "change"]);
  for (const [title, base, tuned, change] of cellsOf(table)) {
    assertAlmostEquals(change!.value as number, (tuned!.value as number) - (base!.value as number), 1e-9);
    [base!, tuned!].forEach((cell, m) => {
      const own = evaluation.models[m]!.attributes[0]!.disparities.find(({ metric }) =>
        metricTitle(metric) === title!.value
      )!;
      const { kind } = conclude(own, evaluation.settings);
      assertEquals(cell.marks!.includes("significant"), kind === "difference shown", `${title!.value}`);
    });
  }
  const stars = cellsOf(table).map(([, base]) => base!.marks!.filter((mark) => mark === "significant").length);
  assertEquals([stars.includes(0), stars.includes(1)], [true, true]);
  const groups = find("Groups", evaluation);
  const tuned = (group: string) => shareOf(group, (i) => i * 37 % 100 >= 50);
  assertEquals(groups.caption, "base → tuned.");
  assertEquals(cellsOf(groups).map((row) => row.slice(0, 4).map(({ value }) => value)), [
    ["A", 100, 50, "0.50 → 0.50"],
    ["B", 96, 48, `0.28 → ${number(tuned("B"), 2)}`],
  ]);
});

Deno.test("several seeds: a recipe a row, with its change from the reference and the part that is left", () => {
  const run = (scores: readonly number[]): SeedRun => ({
    rows: scores.map((_, i) => i),
    people: scores.map((_, i) => `p${i}`),
    labels: LABELS,
    groundTruth: null,
    groups: { school: GROUPS },
    scores: Float64Array.from(scores),
    decisions: decide(Float64Array.from(scores), 0.5),
    counterfactual: null,
    leakage: null,
  });
  const model = (name: string, reference: string | null, factor: number) => {
    const scores = SCORES.map((score, i) => GROUPS[i] === "A" ? score : score * factor);
    return { name, reference, runs: new Map([1, 2].map((seed) => [seed, run(scores)])), testShare: null };
  };
  const evaluation = evaluateSeeds([model("plain", null, 1), model("fair", "plain", 1 / 0.7)], {
    source: "splits",
    confidence: 0.95,
    resamples: 30,
    smallBelow: 30,
  });
  const [quality, bySchool] = evaluationSections(evaluation);
  assertEquals([quality!.title, bySchool!.title, bySchool!.attribute], [
    "Quality: splits",
    "By school: splits",
    "school",
  ]);
  assertEquals(cellsOf(quality!.tables[0]!).map(([name, seeds]) => [name!.value, seeds!.value]), [
    ["plain", 2],
    ["fair", 2],
  ]);
  const [plain, fair] = cellsOf(bySchool!.tables.find(({ title }) => title!.startsWith("Demographic parity"))!);
  // The reference has no change from itself: empty cells.
  assertEquals([plain![3]!.value, plain![4]!.value, plain![7]!.value], ["", "", ""]);
  assertAlmostEquals(fair![3]!.value as number, (fair![1]!.value as number) - (plain![1]!.value as number), 1e-9);
  // Both seeds made the same decisions, so a single run's difference is that of all.
  assertAlmostEquals(plain![5]!.value as number, plain![1]!.value as number, 1e-12);
});
