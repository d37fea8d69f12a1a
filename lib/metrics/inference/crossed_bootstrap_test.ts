import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { crossedDraws } from "./crossed_bootstrap.ts";

const ROWS = 12, COLUMNS = 8;
const cells = Array.from({ length: ROWS * COLUMNS }, (_, i) => ({ row: Math.floor(i / COLUMNS), column: i % COLUMNS }));
const factors = [
  { codes: Int32Array.from(cells, ({ row }) => row) },
  { codes: Int32Array.from(cells, ({ column }) => column) },
];

function varianceOfMean(values: readonly number[]): number {
  const [means] = crossedDraws(factors, (weights) => {
    let sum = 0, total = 0;
    for (let i = 0; i < values.length; i++) {
      sum += weights[i]! * values[i]!;
      total += weights[i]!;
    }
    return [sum / total];
  }, { rng: new Rng(1), resamples: 20_000 });
  const mean = means!.reduce((a, b) => a + b) / means!.length;
  return means!.reduce((sum, x) => sum + (x - mean) ** 2, 0) / means!.length;
}

/** The variance of the mean of n draws with replacement: the variance of the values over n. */
const bootstrapVariance = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length ** 2;
};

Deno.test("crossedDraws() has the variance of each factor's effects, and of both their sum", () => {
  const rng = new Rng(2);
  const rows = Array.from({ length: ROWS }, () => rng.normal());
  const columns = Array.from({ length: COLUMNS }, () => rng.normal());
  const near = (found: number, expected: number) =>
    assert(Math.abs(found / expected - 1) < 0.05, `${found} ${expected}`);
  near(varianceOfMean(cells.map(({ row }) => rows[row]!)), bootstrapVariance(rows));
  near(varianceOfMean(cells.map(({ column }) => columns[column]!)), bootstrapVariance(columns));
  near(
    varianceOfMean(cells.map(({ row, column }) => rows[row]! + columns[column]!)),
    bootstrapVariance(rows) + bootstrapVariance(columns),
  );
});

Deno.test("crossedDraws() counts the variance of single cells about three times, as Owen (2007) finds", () => {
  const rng = new Rng(3);
  const noise = cells.map(() => rng.normal());
  const ratio = varianceOfMean(noise) / bootstrapVariance(noise);
  assert(ratio > 1.8 && ratio < 3.5, String(ratio));
});

Deno.test("crossedDraws() keeps the number of levels of each stratum, and never draws a level without rows", () => {
  const codes = Int32Array.of(0, 0, 1, 3, 4); // level 2 has no rows
  const strata = [0, 0, 0, 1, 1];
  crossedDraws([{ codes, strata }], (weights, [counts]) => {
    assertEquals([counts![0]! + counts![1]!, counts![2], counts![3]! + counts![4]!], [2, 0, 2]);
    assertEquals(weights[0], weights[1]);
    return [];
  }, { rng: new Rng(1), resamples: 50 });
});

Deno.test("crossedDraws() on an example small enough to check by hand", () => {
  // Two runs about two people: the runs differ, people do not.
  const decisions = [1, 1, 0, 0];
  const [rates] = crossedDraws(
    [{ codes: Int32Array.of(0, 1, 0, 1) }, { codes: Int32Array.of(0, 0, 1, 1) }],
    (weights) => [decisions.reduce((sum, d, i) => sum + d * weights[i]!, 0) / weights.reduce((a, b) => a + b)],
    { rng: new Rng(1), resamples: 400 },
  );
  // Half of the resamples draw both runs, a quarter each one of them twice.
  assert(Math.abs(rates!.filter((rate) => rate === 0.5).length / 400 - 0.5) < 0.1);
});
