import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { evaluate } from "../../evaluate/mod.ts";
import { fairness, fairnessRows, HOSTILE } from "./_fairness_testing.ts";
import { amongLarge, attributeOf, chanceOf, evaluated, labelsOf, modelsOf, noteOf } from "./subject.ts";
import { partsOf, rowsOf, thresholdOf } from "./subject.ts";

const rows = fairnessRows();
const half = rows.groups.map((_, i) => i % 2 ? "odd" : "even");
const { evaluation, table } = fairness(rows, { groups: { education: rows.groups, half } });

Deno.test("attributeOf() is the first if none is chosen, and names all if a wrong one is", () => {
  assertEquals(attributeOf(evaluation, {}), "education");
  assertEquals(attributeOf(evaluation, { attribute: "half" }), "half");
  const names = evaluation.models[0]!.attributes.map(({ attribute }) => attribute).join(", ");
  assertThrows(
    () => attributeOf(evaluation, { attribute: "Half" }),
    InputError,
    `attribute: expected one of ${names}, found Half`,
  );
});

Deno.test("modelsOf() are those chosen, in the order chosen; none of them may be unknown", () => {
  const names = (chosen?: string[]) => modelsOf(evaluation, chosen).map(({ name }) => name);
  assertEquals([names(), names(["tuned", "base"]), names(["tuned"])], [["base", "tuned"], ["tuned", "base"], [
    "tuned",
  ]]);
  assertThrows(() => names(["base", "x"]), InputError, "model: expected one of base, tuned, found x");
});

Deno.test("partsOf() gives each model's numbers about the attribute chosen", () => {
  const { attribute, parts } = partsOf(evaluation, { attribute: "half", models: ["tuned"] });
  assertEquals([attribute, parts.length, parts[0]!.own.attribute], ["half", 1, "half"]);
  assertEquals(parts[0]!.own, evaluation.models[1]!.attributes.find((own) => own.attribute === "half"));
});

Deno.test("rowsOf() gives the columns of the model, its last if none is chosen", () => {
  const last = rowsOf(evaluation, "education", { table });
  assertEquals([last.model.name, [...last.scores]], ["tuned", rows.tuned]);
  const first = rowsOf(evaluation, "half", { table, model: "base" });
  assertEquals([first.model.name, [...first.scores], thresholdOf(first)], ["base", rows.base, 0.5]);
  assertEquals(Array.from(first.groups.codes, (code) => first.groups.names[code]), half);
  assertEquals(Array.from(labelsOf(first)), rows.labels);
});

Deno.test("rowsOf() crosses the attributes for their combination", () => {
  const { groups } = rowsOf(evaluation, "education × half", { table });
  const found = Array.from(groups.codes, (code) => groups.names[code]!);
  assertEquals(new Set(found).size, new Set(rows.groups.map((name, i) => `${name} ${half[i]}`)).size);
  found.forEach((name, i) => assert(name.includes(rows.groups[i]!) && name.endsWith(half[i]!), name));
});

Deno.test("rowsOf() refuses other rows than were evaluated, and unknown models and attributes", () => {
  const other = fairness(fairnessRows([["a", 40]])).table;
  assertThrows(
    () => rowsOf(evaluation, "education", { table: other }),
    InputError,
    "Expected the 140 rows that were evaluated, found 40",
  );
  assertThrows(() => rowsOf(evaluation, "education", { table, model: "x" }), InputError, "one of base, tuned, found x");
  assertThrows(() => rowsOf(evaluation, "x", { table }), InputError, "expected one of education, half, found x");
});

Deno.test("thresholdOf() and labelsOf() say what a table lacks", () => {
  const own = rowsOf(evaluation, "education", { table });
  const free = { ...own, columns: { ...own.columns, threshold: undefined }, model: { ...own.model, threshold: null } };
  assertThrows(() => thresholdOf(free), InputError, "tuned: expected one threshold for everybody");
  assertEquals(thresholdOf({ ...free, model: own.model }), 0.6);
  assertThrows(
    () => labelsOf({ ...own, table: { ...own.table, labels: null } }),
    InputError,
    "rows: expected labels, found none",
  );
});

Deno.test("amongLarge() keeps the rows of large groups with all their columns", () => {
  const own = rowsOf(evaluation, "education", { table });
  const count = (group: string, small: boolean) => ({ group, count: 1, small });
  const counts = [count("degree", false), count(HOSTILE, true), count("no positives", false), count("tiny", true)];
  const kept = rows.groups.flatMap((group, i) => group === "degree" || group === "no positives" ? [i] : []);
  const large = amongLarge(own, counts)!;
  assertEquals([...large.scores], kept.map((i) => rows.tuned[i]!));
  assertEquals(Array.from(large.labels!), kept.map((i) => rows.labels[i]!));
  assertEquals(Array.from(large.groups.codes, (c) => large.groups.names[c]), kept.map((i) => rows.groups[i]!));
  assertEquals(Array.from(large.clusters!.codes, (c) => large.clusters!.names[c]), kept.map((i) => rows.clusters[i]!));
  assertEquals(amongLarge(own, counts.map((group) => ({ ...group, small: false }))), null);
  assertEquals(amongLarge(own, counts.map((group) => ({ ...group, small: group.group !== "degree" }))), null);
});

Deno.test("noteOf() says what was resampled", () => {
  assertEquals(
    noteOf(evaluation),
    `95% bootstrap intervals that resample ${new Set(rows.clusters).size} candidates.`,
  );
  const data = { ...evaluation.data, clusters: null };
  assertEquals(noteOf({ ...evaluation, data }), "95% bootstrap intervals that resample rows.");
});

Deno.test("chanceOf() is the same for a purpose, and another for another", () => {
  const draw = (purpose: string) => chanceOf(evaluation, purpose).rng.uniform();
  assertEquals(draw("a"), draw("a"));
  assert(draw("a") !== draw("b"));
  assertEquals([chanceOf(evaluation, "a").resamples, chanceOf(evaluation, "a").level], [100, 0.95]);
});

Deno.test("evaluated() keeps no interval of what is undefined", () => {
  const interval = { low: 0, high: 1 } as never;
  assertEquals(evaluated({ estimate: { value: 0.5 }, interval }), { value: 0.5, interval });
  const none = evaluated({ estimate: { value: null, reason: "no rows" }, interval });
  assertEquals(none, { value: null, reason: "no rows", interval: null });
});

Deno.test("rowsOf() leaves out unknown groups, and rows without a label where a figure needs one", () => {
  const table = {
    source: "x.csv",
    scores: { own: [0.9, 0.1, 0.7, 0.3, 0.6] },
    labels: [1, NaN, 1, 0, 0],
    groups: { sex: ["A", "A", "B", "Unknown", "B"] },
  };
  const own = evaluate(table, { resamples: 10 });
  const read = (which?: "all" | "labelled") => {
    const { scores, groups, table: { labels } } = rowsOf(own, "sex", { table, ...(which ? { which } : {}) });
    return [[...scores], Array.from(groups.codes, (code) => groups.names[code]), Array.from(labels!)];
  };
  assertEquals(read(), [[0.9, 0.1, 0.7, 0.6], ["A", "A", "B", "B"], [1, NaN, 1, 0]]);
  assertEquals(read("labelled"), [[0.9, 0.7, 0.6], ["A", "B", "B"], [1, 1, 0]]);
  assertEquals(read("all")[0], table.scores.own);
});
