import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { z } from "zod";
import { InputError } from "../../errors.ts";
import type { Example } from "../example.ts";
import { BalanceSettings } from "../settings.ts";
import { balanceExamples, composeBatches } from "./balance_examples.ts";

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
