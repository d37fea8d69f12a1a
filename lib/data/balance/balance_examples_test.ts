import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { z } from "zod";
import { permittedTest } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { fairnessCases } from "../../metrics/golden_testing.ts";
import type { Example } from "../example.ts";
import { BalanceSettings } from "../settings.ts";
import {
  balanceExamples,
  composeBatches,
  inverseFrequencyWeights,
  reweighing,
  weightedEpoch,
} from "./balance_examples.ts";
import { labelGroupCells } from "./cells.ts";

type Item = { job: number; resume: number; label: number; negatives: number[]; populationWeight?: number };

// 20 of "x", of whom 10 match; 8 of "y", of whom 2 match.
const EXAMPLES: Example[] = [["x", 1, 10], ["x", 0, 10], ["y", 1, 2], ["y", 0, 6]].flatMap(([town, label, count]) =>
  Array.from({ length: count as number }, (_, i): Example => ({
    row: i + 1,
    resume: `${town} ${label} ${i}`,
    job: "job",
    label: label as number,
    candidateId: `${town} ${label} ${i}`,
    jobId: "j",
    groups: { town: town as string, size: i % 2 === 0 ? "even" : "odd" },
    groundTruth: null,
    split: null,
  }))
);
const ITEMS: Item[] = EXAMPLES.map((example, i) => ({
  job: 0,
  resume: i,
  label: example.label!,
  negatives: [],
}));

const configOf = (balance: z.input<typeof BalanceSettings>, batchSize = 16) => ({
  data: { groups: [{ name: "town", column: "t" }, { name: "size", column: "s" }] },
  balance: BalanceSettings.parse(balance),
  training: { seed: 42, batchSize, accumulation: 1 },
});

const count = (examples: readonly Example[], town: string, label: number) =>
  examples.filter((example) => example.groups.town === town && example.label === label).length;

Deno.test("without balancing nothing changes and nothing is reported", () => {
  assertEquals(balanceExamples(EXAMPLES, configOf({})), { examples: EXAMPLES, weights: null, table: [] });
  assertEquals(composeBatches(ITEMS, EXAMPLES, configOf({})), { batches: undefined, table: [] });
});

Deno.test("resampling makes cells, groups or labels equal and tells what it did", () => {
  const { examples: under, table } = balanceExamples(EXAMPLES, configOf({ resample: "undersample" }));
  assertEquals([["x", 0], ["x", 1], ["y", 0], ["y", 1]].map(([t, l]) => count(under, t as string, l as number)), [
    2,
    2,
    2,
    2,
  ]);
  assertEquals(table[0], { step: "resample", group: "x", label: 0, before: 10, after: 2, weight: null });
  const over = balanceExamples(EXAMPLES, configOf({ resample: "oversample", by: "group" })).examples;
  assertEquals(over.filter((one) => one.groups.town === "y").length, 20);
});

Deno.test("reweighing gives the weights of Kamiran and Calders, here by hand", () => {
  const { weights, table } = balanceExamples(EXAMPLES, configOf({ weights: "reweighing" }));
  // W_x · W_1 / (W · W_x1) = 20 · 12 / (28 · 10), and 8 · 12 / (28 · 2) for the rare cell.
  assertAlmostEquals(weights![0]!, 240 / 280, 1e-12);
  assertAlmostEquals(weights![20]!, 96 / 56, 1e-12);
  assertEquals(table.map(({ step, before }) => [step, before]), [["weights", 10], ["weights", 10], ["weights", 6], [
    "weights",
    2,
  ]]);
});

Deno.test("balanced batches hold every cell, and their weights give back the data's rates", () => {
  const config = configOf({ batches: "balanced" }, 8);
  const { batches, table } = composeBatches(ITEMS, EXAMPLES, config);
  const epoch = batches!(3);
  assertEquals([epoch.length, epoch.flat().length], [4, 32]);
  for (const batch of epoch) {
    const own = (town: string, label: number) =>
      batch.filter(({ resume }) => EXAMPLES[resume]!.groups.town === town && EXAMPLES[resume]!.label === label);
    for (const town of ["x", "y"]) for (const label of [0, 1]) assertEquals(own(town, label).length, 2);
    const weight = (items: readonly Item[]) => items.reduce((sum, item) => sum + item.populationWeight!, 0);
    assertAlmostEquals(weight(own("y", 1)) / weight([...own("y", 0), ...own("y", 1)]), 2 / 8, 1e-12);
  }
  assertEquals(batches!(3), epoch);
  assert(JSON.stringify(batches!(4)) !== JSON.stringify(epoch));
  assertEquals(table.length, 4);
});

Deno.test("inverse-frequency batches show cells equally often", () => {
  const { batches } = composeBatches(ITEMS, EXAMPLES, configOf({ batches: "inverseFrequency" }, 8));
  const shown = batches!(0).flat();
  assertEquals([batches!(0).length, shown.length], [4, 28]);
  const rare = shown.filter(({ resume }) => resume >= 20 && resume < 22).length;
  assertEquals(rare, 7); // a quarter of 28
});

Deno.test("balancing by group leaves the label rates of groups, and several attributes are crossed", () => {
  const config = configOf({ batches: "balanced", by: "group", attributes: ["town", "size"] }, 4);
  for (const batch of composeBatches(ITEMS, EXAMPLES, config).batches!(0)) {
    const crossed = batch.map(({ resume }) => Object.values(EXAMPLES[resume]!.groups).join("|")).sort();
    assertEquals(crossed, ["x|even", "x|odd", "y|even", "y|odd"]);
  }
});

Deno.test("a batch that cannot hold every cell is refused with the number it needs", () => {
  assertThrows(
    () => composeBatches(ITEMS, EXAMPLES, configOf({ batches: "balanced" }, 3)),
    InputError,
    'balance.batches "balanced": expected training.batchSize × training.accumulation of at least 4, one place for each ' +
      "combination of label and group, found 3",
  );
});

/** Cells of 60, 20, 16 and 4 rows. */
const cells = labelGroupCells(
  [...Array(60).fill(0), ...Array(20).fill(1), ...Array(16).fill(0), ...Array(4).fill(1)],
  [...Array(80).fill("x"), ...Array(20).fill("y")],
);
const sums = (weights: Float64Array) => cells.map(({ rows }) => rows.reduce((sum, row) => sum + weights[row]!, 0));

Deno.test("inverseFrequencyWeights() lets every cell weigh the same", () => {
  sums(inverseFrequencyWeights(cells)).forEach((sum) => assertAlmostEquals(sum, 25, 1e-9));
});

Deno.test("inverseFrequencyWeights() passes over empty cells", () => {
  assertEquals([...inverseFrequencyWeights(labelGroupCells([0, 0, 1], ["a", "b", "b"]))], [1, 1, 1]);
});

Deno.test("weightedEpoch() draws every row as often as its weight says, give or take one", () => {
  const weights = inverseFrequencyWeights(cells);
  for (let epoch = 0; epoch < 50; epoch++) {
    const { rows, table } = weightedEpoch(weights, cells, { seed: 1, epoch });
    assertEquals(rows.length, 100);
    for (const row of weights.keys()) {
      const times = rows.filter((drawn) => drawn === row).length;
      assertEquals(times === Math.floor(weights[row]!) || times === Math.floor(weights[row]!) + 1, true);
    }
    assertEquals(table.reduce((sum, { after }) => sum + after, 0), 100);
  }
});

Deno.test("weightedEpoch() draws in proportion to the weights over many epochs", () => {
  const weights = inverseFrequencyWeights(cells);
  const times = new Float64Array(100);
  for (let epoch = 0; epoch < 3000; epoch++) {
    for (const row of weightedEpoch(weights, cells, { seed: 7, epoch, count: 10 }).rows) times[row]!++;
  }
  // Row i occurs 300 · wᵢ times, with a standard deviation of at most √(300 · wᵢ).
  times.forEach((count, row) => assertAlmostEquals(count, 300 * weights[row]!, 5 * Math.sqrt(300 * weights[row]!)));
});

Deno.test("weightedEpoch() depends on seed and epoch alone, and never draws a weight of 0", () => {
  const weights = [0, 1, 3, 0], rows = labelGroupCells([0, 0, 1, 1], Array(4).fill("a"));
  const draw = (seed: number, epoch: number) => weightedEpoch(weights, rows, { seed, epoch, count: 40 }).rows;
  assertEquals(draw(1, 2), draw(1, 2));
  assertNotEquals(draw(1, 2), draw(1, 3));
  assertNotEquals(draw(1, 2), draw(2, 2));
  assertEquals(draw(1, 2).filter((row) => row === 2).length, 30);
  assertEquals(draw(1, 2).filter((row) => row === 0 || row === 3), []);
});

Deno.test("weightedEpoch() refuses weights that nobody can draw with", () => {
  assertThrows(() => weightedEpoch([0, 0], [], { seed: 1, epoch: 0 }), RangeError, "above 0");
  assertThrows(() => weightedEpoch([1, NaN], [], { seed: 1, epoch: 0 }), RangeError, "weights[1]");
  assertEquals(weightedEpoch([], [], { seed: 1, epoch: 0 }).rows, []);
});

permittedTest(
  "reweighing() equals AIF360's weights wherever those are numbers, and is null where they are not",
  async () => {
    let compared = 0, empty = 0;
    for (const { name, inputs, expected } of await fairnessCases()) {
      const golden = expected.aif360?.reweighing;
      if (golden === undefined) continue;
      const cells = labelGroupCells(inputs.y_true, inputs.groups.map(String));
      const { weights, table } = reweighing(cells, inputs.sample_weight);
      for (const { group, label, weight } of table) {
        // AIF360 leaves out a label that nobody has.
        const value = golden.all_groups[group][label] ?? "NaN";
        if (typeof value === "number") {
          compared++;
          assertAlmostEquals(weight!, value, 1e-9, `${name}, label ${label} of ${group}`);
        } else {
          empty++;
          assertEquals(weight, null, `${name}, label ${label} of ${group}`);
        }
      }
      assertAlmostEquals(weights.reduce((a, b) => a + b, 0), golden.sample_weight_sum, 1e-9 * weights.length, name);
    }
    assertEquals([compared > 50, empty > 3], [true, true]);
  },
);

Deno.test("reweighing() gives every group the label rate of all, and keeps its size", () => {
  const labels = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0], groups = [..."aaaabbbbbb"];
  const { weights, table } = reweighing(labelGroupCells(labels, groups));
  for (const group of ["a", "b"]) {
    const [zero, one] = table.filter((row) => row.group === group);
    assertAlmostEquals(one!.after / (zero!.after + one!.after), 0.4, 1e-12);
    assertAlmostEquals(zero!.after + one!.after, zero!.before + one!.before, 1e-12);
  }
  assertAlmostEquals(weights.reduce((a, b) => a + b), 10, 1e-12);
});

Deno.test("reweighing() leaves finite weights beside an empty cell", () => {
  const { weights, table } = reweighing(labelGroupCells([1, 0, 0, 0], ["a", "a", "b", "b"]));
  // 2 · 3 / (4 · 1), 2 · 1 / (4 · 1), 2 · 3 / (4 · 2)
  assertEquals(table.map(({ weight }) => weight), [1.5, 0.5, 0.75, null]);
  assertEquals(weights.every(Number.isFinite), true);
});

Deno.test("reweighing() refuses weights that are none", () => {
  const cells = labelGroupCells([1, 0], ["a", "a"]);
  assertThrows(() => reweighing(cells, [1]), RangeError, "2 sample weights");
  assertThrows(() => reweighing(cells, [1, -1]), RangeError, "sampleWeights[1]");
  assertThrows(() => reweighing(cells, [NaN, 1]), RangeError, "sampleWeights[0]");
});

Deno.test("weightedEpoch() draws strata equally often", () => {
  const cells = labelGroupCells([0, 0, 0, 1], ["x", "x", "x", "x"]);
  const { table } = weightedEpoch(inverseFrequencyWeights(cells), cells, { seed: 42, epoch: 0 });
  assertEquals(table.map(({ before, after }) => [before, after]), [[3, 2], [1, 2]]);
});

Deno.test("inverseFrequencyWeights() gives a rare cell a large weight", () => {
  const cells = labelGroupCells([0, 0, 0, 1], ["x", "x", "x", "x"]);
  assertEquals([...inverseFrequencyWeights(cells)], [2 / 3, 2 / 3, 2 / 3, 2]);
});
