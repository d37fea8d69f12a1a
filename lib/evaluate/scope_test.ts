import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { adverseImpact, labelSelection } from "./conclusion.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { isUnknownGroup } from "./scope.ts";

/** A table of decisions: by group, so many selected of so many. */
function decided(groups: Readonly<Record<string, readonly [number, number]>>, options: EvaluateOptions = {}) {
  const rows = Object.entries(groups).flatMap(([group, [selected, n]]) =>
    Array.from({ length: n }, (_, i) => ({ group, score: Number(i < selected) }))
  );
  const evaluation = evaluate({
    source: "hired",
    scores: { hired: rows.map(({ score }) => score) },
    groups: { race: rows.map(({ group }) => group) },
  }, { resamples: 20, ...options });
  return evaluation.models[0]!.attributes[0]!;
}
const HIRED = { White: [60, 200], Black: [9, 60], Hispanic: [26, 100], Asian: [3, 3] } as const;

Deno.test("the reference is the best group that is large enough; a pair carries its own test (29 CFR 1607.4 D)", () => {
  const own = decided(HIRED, { standard: "eeoc" });
  assertEquals(own.reference, { group: "White", from: "large" });
  const ratios = Object.fromEntries(own.groups.map(({ group, impactRatio }) => [group, impactRatio.value]));
  assertEquals([ratios.Black, ratios.Asian], [0.5, null]);
  const [black, hispanic] = own.pairs;
  assertAlmostEquals(black!.pValue.value!, 0.0203498, 1e-6);
  assertAlmostEquals(black!.standardDeviations.value!, -2.30795, 1e-5);
  assertAlmostEquals(hispanic!.pValue.value!, 0.500881, 1e-6);
  assertEquals([black, hispanic].map((pair) => adverseImpact(pair!, 0.95)), ["adverse impact", "none"]);
  const small = decided({ a: [2, 10], b: [3, 10] }, { standard: "eeoc" });
  assertEquals([small.reference!.from, adverseImpact(small.pairs[0]!, 0.95)], ["all", "rests on one decision"]);
});

Deno.test("a reference may be named, groups left out, and those that nobody knows are", () => {
  const all = { ...HIRED, Unknown: [50, 50], "Prefer not to say": [40, 40] } as const;
  assertEquals(decided(all).leftOut.map(({ group, count, reason }) => [group, count, reason]), [
    ["Prefer not to say", 40, "unknown"],
    ["Unknown", 50, "unknown"],
  ]);
  assertEquals(decided(all).reference!.group, "White");
  assertEquals(decided(all, { keepUnknown: true }).reference!.group, "Prefer not to say");
  assertEquals(decided(all, { reference: ["Black"], exclude: ["White"] }).reference, {
    group: "Black",
    from: "option",
  });
  assertEquals(decided({ Unknown: [1, 5] }).groups.map(({ group }) => group), ["Unknown"]);
  assertThrows(
    () => decided(all, { reference: ["Unknown"] }),
    InputError,
    "left out as unknown; --keep-unknown keeps it",
  );
  assertThrows(() => decided(HIRED, { reference: ["Blak"] }), InputError, 'found "Blak"; did you mean "Black"?');
  assertThrows(
    () => decided(HIRED, { exclude: Object.keys(HIRED) }),
    InputError,
    'expected a group of "race" to be left',
  );
  assertThrows(() => decided(HIRED, { reference: ["White", "Black"] }), InputError, 'expected one group of "race"');
  const unknown = ["not disclosed", "N/D?", "I do not wish to answer", "Declined to state", "NOT-REPORTED", "?"];
  assertEquals(unknown.map(isUnknownGroup), [true, false, true, true, true, true]);
  assertEquals(["Other", "None", "Two or more races", "No degree", "Notary"].some(isUnknownGroup), false);
});

Deno.test("nyc-ll144: shares above the median, ratios to the best category of at least 2%", () => {
  // The counts of the case: above the median of 58, of so many.
  const counts = {
    Hispanic: [174, 330],
    White: [298, 580],
    Asian: [113, 230],
    Black: [87, 300],
    Native: [14, 16],
    Unknown: [34, 60],
  };
  const rows = Object.entries(counts).flatMap(([group, [above, n]]) =>
    Array.from({ length: n! }, (_, i) => ({ group, score: i < above! ? 59 + i % 7 : 58 - i % 9 }))
  );
  const evaluation = evaluate({
    source: "scores",
    scores: { score: rows.map(({ score }) => score) },
    groups: { race: rows.map(({ group }) => group) },
  }, { standard: "nyc-ll144", resamples: 20 });
  const [model] = evaluation.models, [own] = model!.attributes;
  assertEquals([model!.median, model!.thresholdFrom, own!.leftOut[0]!.count], [58, "median", 60]);
  const ratios = Object.fromEntries(own!.groups.map(({ group, impactRatio }) => [group, impactRatio.value]));
  for (const [group, ratio] of Object.entries({ Hispanic: 1, White: 0.974, Asian: 0.932, Black: 0.55 })) {
    assertAlmostEquals(ratios[group]!, ratio, 5e-4);
  }
  assertEquals(ratios.Native, null);
});

Deno.test("COMPAS: the published error rates, and who gets the low score that is hoped for", () => {
  // ProPublica, "How we analyzed the COMPAS recidivism algorithm" (2016): survived low/high, recidivated low/high.
  const published = { "African-American": [990, 805, 532, 1369], Caucasian: [1139, 349, 461, 505] };
  const rows = Object.entries(published).flatMap(([race, cells]) =>
    cells.flatMap((n, cell) => Array.from({ length: n }, () => ({ race, label: cell >> 1, decile: cell & 1 ? 8 : 2 })))
  );
  const own = evaluate({
    source: "compas",
    scores: { decile_score: rows.map(({ decile }) => decile) },
    labels: rows.map(({ label }) => label),
    groups: { race: rows.map(({ race }) => race) },
  }, { threshold: 5, favourable: "low", resamples: 10 }).models[0]!.attributes[0]!;
  const [black, white] = own.groups;
  const rounded = (share: number | null) => Math.round(1e4 * share!) / 100;
  assertEquals([black, white].map((group) => rounded(group!.metrics.fpr!.value)), [44.85, 23.45]);
  assertEquals([black, white].map((group) => rounded(group!.metrics.fnr!.value)), [27.99, 47.72]);
  assertEquals([own.reference!.group, rounded(black!.metrics.selectionRate!.value)], ["Caucasian", 41.18]);
  assertEquals([black!.fourFifths, black!.denominators!.fpr, white!.denominators!.fpr], [false, 1795, 1488]);
});

Deno.test("rows without a label count for what needs none, and outcomes of the selected alone are recognised", () => {
  const rows = [["A", 104, 300, 90], ["B", 61, 300, 59]] as const;
  const table = rows.flatMap(([group, selected, n, good]) =>
    Array.from({ length: n }, (_, i) => ({
      group,
      score: i < selected ? 0.9 : 0.1,
      label: i < selected ? Number(i < good) : NaN,
    }))
  );
  const of = (labels: number[]) =>
    evaluate({
      source: "hired only",
      scores: { score: table.map(({ score }) => score) },
      labels,
      groups: { group: table.map(({ group }) => group) },
    }, { resamples: 20 });
  const { data, models: [model] } = of(table.map(({ label }) => label));
  const [a, b] = model!.attributes[0]!.groups;
  assertEquals([data.rows, data.labelled, a!.labelled, b!.labelled], [600, 165, 104, 61]);
  assertAlmostEquals(b!.impactRatio.value!, 61 / 104, 1e-12);
  assertAlmostEquals(a!.metrics.ppv!.value!, 90 / 104, 1e-12);
  assertEquals(labelSelection(model!, 0.95), "only the selected");
  // Some of those refused are known too; then nobody is; then every fifth.
  const kind = (known: (i: number) => boolean) =>
    labelSelection(of(table.map(({ label }, i) => known(i) ? Number.isNaN(label) ? 0 : label : NaN)).models[0]!, 0.95);
  assertEquals(kind((i) => table[i]!.score > 0.5 || i % 10 === 0), "more of the selected");
  assertEquals(kind((i) => i % 5 === 0), "no sign");
  assertEquals(kind(() => true), null);
});
