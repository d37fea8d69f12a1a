import { assertEquals, assertStringIncludes } from "@std/assert";
import { fairness, fairnessRows } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { thresholdDisparities } from "./thresholds.ts";
import { permittedTest } from "../../_testing.ts";

const thresholds = [0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9];
const { evaluation, table } = fairness();
const figure = thresholdDisparities(evaluation, { table, thresholds });

permittedTest("thresholdDisparities() looks as reviewed", () => assertSnapshot(figure));

Deno.test("thresholdDisparities() compares the difference in use with those of thresholds that cost little F1", () => {
  const rows = figure.rows as { threshold: number; demographicParityDifference: number; f1: number }[];
  const near = rows.filter(({ f1 }) => f1 >= rows[3]!.f1 - 0.02).map((row) => row.demographicParityDifference);
  assertEquals(
    figure.title,
    `Selection rates of the tuned model differ by ${
      rows[3]!.demographicParityDifference.toFixed(2)
    }; thresholds that cost at most 0.02 of F1 ` +
      `give ${Math.min(...near).toFixed(2)} to ${Math.max(...near).toFixed(2)}`,
  );
});

Deno.test("thresholdDisparities() is drawn at quantiles of the scores, and at the threshold in use", () => {
  const own = thresholdDisparities(evaluation, { table }).rows.map(({ threshold }) => threshold as number);
  assertEquals([own.length <= 26, own.includes(0.6), own], [true, true, own.toSorted((a, b) => a - b)]);
});

Deno.test("thresholdDisparities() of one group has nothing to compare", () => {
  const { evaluation, table } = fairness(fairnessRows([["a", 60]]));
  const alone = thresholdDisparities(evaluation, { table, thresholds });
  assertStringIncludes(alone.title, "only one group");
  assertStringIncludes(alone.alt, "demographic parity undefined, a disparity needs two groups, found 1");
});
