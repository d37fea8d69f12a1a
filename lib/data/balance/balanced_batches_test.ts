import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { balancedBatches, populationWeights } from "./balanced_batches.ts";
import { labelGroupCells } from "./cells.ts";

/** Nine filled cells and an empty one, of 3 to 300 rows. */
const sizes = [300, 120, 80, 40, 30, 20, 10, 5, 3, 0];
const cells = labelGroupCells(
  sizes.flatMap((size, i) => Array<number>(size).fill(i % 2)),
  sizes.flatMap((size, i) => Array<string>(size).fill("abcde"[i >> 1]!)),
);
const n = sizes.reduce((a, b) => a + b);
const options = { batchSize: 16, seed: 42, epoch: 0 };
const cellOf = new Map(cells.flatMap((cell, i) => cell.rows.map((row) => [row, i] as const)));
const counts = (batch: number[]) => cells.map((_, i) => batch.filter((row) => cellOf.get(row) === i).length);

Deno.test("balancedBatches() holds every filled cell in every batch as evenly as the size allows", () => {
  for (const batchSize of [9, 10, 16, 18, 32]) {
    const { batches } = balancedBatches(cells, { ...options, batchSize });
    assertEquals(batches.length, Math.ceil(n / batchSize));
    for (const batch of batches) {
      assertEquals(batch.length, batchSize);
      const filled = counts(batch).slice(0, 9);
      assertEquals([Math.min(...filled), Math.max(...filled)], [
        Math.floor(batchSize / 9),
        Math.ceil(batchSize / 9),
      ]);
    }
  }
});

Deno.test("balancedBatches() gives all cells the same number of places over time", () => {
  const total = cells.map(() => 0);
  for (let epoch = 0; epoch < 9; epoch++) {
    const { batches } = balancedBatches(cells, { ...options, epoch, batches: 10 });
    for (const batch of batches) counts(batch).forEach((count, i) => total[i]! += count);
  }
  assertEquals(total, [...Array(9).fill(160), 0]);
});

Deno.test("balancedBatches() lets every row of a cell have its turn before one has it again, across epochs", () => {
  const seen = new Map<number, number>();
  for (let epoch = 0; epoch < 12; epoch++) {
    for (const batch of balancedBatches(cells, { ...options, epoch }).batches) {
      for (const row of batch) seen.set(row, (seen.get(row) ?? 0) + 1);
    }
    for (const { rows } of cells.slice(0, 9)) {
      const times = rows.map((row) => seen.get(row) ?? 0);
      assert(Math.max(...times) - Math.min(...times) <= 1, `epoch ${epoch}`);
    }
  }
});

Deno.test("balancedBatches() is a pure function of seed and epoch", () => {
  assertEquals(balancedBatches(cells, { ...options, epoch: 5 }), balancedBatches(cells, { ...options, epoch: 5 }));
  assertNotEquals(balancedBatches(cells, options).batches, balancedBatches(cells, { ...options, seed: 43 }).batches);
  assertNotEquals(balancedBatches(cells, options).batches, balancedBatches(cells, { ...options, epoch: 1 }).batches);
});

Deno.test("balancedBatches() puts rows anywhere in a batch and shuffles each pass anew", () => {
  let place = 0, batchesSeen = 0;
  const orders = new Set<string>();
  for (let epoch = 0; epoch < 60; epoch++) {
    const { batches } = balancedBatches(cells, { ...options, epoch, batchSize: 9, batches: 10 });
    const order = batches.map((batch) => batch.find((row) => cellOf.get(row) === 6)!);
    orders.add(order.join());
    for (const batch of batches) {
      place += batch.findIndex((row) => cellOf.get(row) === 6);
      batchesSeen++;
    }
  }
  // Uniform on 0…8: mean 4, standard deviation 2.58.
  assertAlmostEquals(place / batchesSeen, 4, 5 * 2.58 / Math.sqrt(batchesSeen));
  assertEquals(orders.size, 60);
});

Deno.test("balancedBatches() says in its table what became of each cell", () => {
  const { batches, table } = balancedBatches(cells, options);
  const total = cells.map((_, i) => batches.reduce((sum, batch) => sum + counts(batch)[i]!, 0));
  assertEquals(table.map(({ after }) => after), total);
  assertEquals(table.map(({ before }) => before), sizes);
  assertEquals(table[8], { group: "e", label: 0, before: 3, after: total[8]!, leastPerBatch: 1, mostPerBatch: 2 });
  assertEquals(table[9], { group: "e", label: 1, before: 0, after: 0, leastPerBatch: 0, mostPerBatch: 0 });
});

Deno.test("balancedBatches() refuses a batch that cannot hold every cell", () => {
  assertThrows(
    () => balancedBatches(cells, { ...options, batchSize: 8 }),
    InputError,
    "Batch size: expected at least 9 to hold every combination of label and group (9 occur), found 8",
  );
  for (const batchSize of [0, 1.5, NaN]) {
    assertThrows(() => balancedBatches(cells, { ...options, batchSize }), RangeError, "batch size");
  }
  assertThrows(() => balancedBatches(cells, { ...options, epoch: -1 }), RangeError, "epoch");
});

Deno.test("balancedBatches() of nothing is nothing", () => {
  assertEquals(balancedBatches([], options), { batches: [], table: [] });
});

Deno.test("populationWeights() make means over balanced batches estimate the means over the data", () => {
  const rng = new Rng(3);
  // A score that differs much between the cells.
  const score = Array.from({ length: n }, (_, row) => cellOf.get(row)! + rng.normal());
  const mean = score.reduce((a, b) => a + b) / n;
  const groupRows = [...cells[2]!.rows, ...cells[3]!.rows];
  const groupMean = groupRows.reduce((sum, row) => sum + score[row]!, 0) / groupRows.length;
  let all = 0, group = 0, plain = 0, count = 0;
  for (let epoch = 0; epoch < 20; epoch++) {
    for (const batch of balancedBatches(cells, { ...options, epoch }).batches) {
      const weights = populationWeights(batch, cells);
      assertAlmostEquals(weights.reduce((a, b) => a + b), 16, 1e-9);
      const inGroup = batch.map((row) => Number(cellOf.get(row)! >> 1 === 1));
      const average = (w: number[]) => batch.reduce((sum, row, i) => sum + w[i]! * score[row]!, 0) / sumOf(w);
      all += average(weights);
      group += average(weights.map((weight, i) => weight * inGroup[i]!));
      plain += average(weights.map(() => 1));
      count++;
    }
  }
  assertAlmostEquals(all / count, mean, 0.1);
  assertAlmostEquals(group / count, groupMean, 0.1);
  assert(plain / count > mean + 1);
});

Deno.test("populationWeights() refuse batches that do not hold the cells", () => {
  assertThrows(() => populationWeights([0], cells), RangeError, 'label 1 of "a" is not');
  assertThrows(() => populationWeights([n], cells), RangeError, `found ${n}`);
});

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

Deno.test("populationWeights() undoes the balance of a batch", () => {
  const cells = labelGroupCells([0, 0, 0, 1], ["x", "x", "x", "x"]);
  assertEquals(populationWeights([1, 3], cells), [1.5, 0.5]);
});

Deno.test("balancedBatches() as a reader would call it", () => {
  const cells = labelGroupCells([0, 0, 0, 0, 0, 1, 0, 1], ["x", "x", "x", "x", "x", "x", "y", "y"]);
  const { batches, table } = balancedBatches(cells, { batchSize: 4, seed: 42, epoch: 0 });
  assertEquals(batches.map((batch) => batch.slice().sort().slice(1)), [[5, 6, 7], [5, 6, 7]]);
  assertEquals(table[0], { group: "x", label: 0, before: 5, after: 2, leastPerBatch: 1, mostPerBatch: 1 });
});
