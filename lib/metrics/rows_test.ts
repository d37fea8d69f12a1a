import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { confusionTable } from "./classification/confusion.ts";
import { scoreTable } from "./classification/scores.ts";
import { metricFrame } from "./fairness/metric_frame.ts";
import { argsortDescending, checkRows, crossGroups, groupRows, isMissingGroup } from "./rows.ts";

Deno.test("a missing or impossible cell is an error that names its column and row", () => {
  const missing = null as unknown as number;
  const bad: [() => unknown, string][] = [
    [() => checkRows({ labels: [0, 2] }), "labels[1]: expected 0 or 1, found 2"],
    [() => checkRows({ predictions: [missing] }), "predictions[0]: expected 0 or 1, found null"],
    [() => checkRows({ scores: [0.5, NaN] }), "scores[1]: expected a finite number, found NaN"],
    [() => checkRows({ scores: [Infinity] }), "scores[0]: expected a finite number, found Infinity"],
    [() => checkRows({ weights: [-1] }), "weights[0]: expected a finite number ≥ 0, found -1"],
    [() => checkRows({ labels: [] }), "Expected at least one row"],
    [() => groupRows(["a", null]), "groups[1]: expected a group name, found null"],
    [() => groupRows([""]), 'groups[0]: expected a group name, found ""'],
    [() => metricFrame({ labels: [1, NaN], attributes: { g: ["a", "b"] }, predictions: [1, 1] }), "labels[1]"],
  ];
  for (const [act, message] of bad) assertThrows(act, InputError, message);
});

Deno.test("columns of different lengths are a RangeError", () => {
  assertThrows(() => checkRows({ labels: [1], scores: [1, 2] }), RangeError, "found 1 and 2 (scores)");
  assertThrows(() => confusionTable({ predictions: [1], groups: ["a", "b"] }), RangeError, "Expected 1 group labels");
  assertThrows(() => scoreTable({ scores: [1], groups: [] }), RangeError, "found 0");
  assertThrows(() => crossGroups([["a"], ["b", "c"]]), RangeError);
  assertThrows(() => crossGroups([]), RangeError, "at least one column");
});

Deno.test("numbers and booleans are group names too", () => {
  assertEquals(groupRows([true, false, 0, 10, 9]).names, ["0", "10", "9", "false", "true"]);
});

Deno.test("isMissingGroup() on an example small enough to check by hand", () => {
  assertEquals([null, "", "PhD", 0].map(isMissingGroup), [true, true, false, false]);
});

Deno.test("groupRows() on an example small enough to check by hand", () => {
  assertEquals(groupRows(["PhD", "BA", "PhD"]), { names: ["BA", "PhD"], codes: Int32Array.of(1, 0, 1) });
});

Deno.test("crossGroups() on an example small enough to check by hand", () => {
  const crossed = crossGroups([["BA", "PhD"], ["F", "M"]]);
  assertEquals(crossed.names, ["BA|F", "BA|M", "PhD|F", "PhD|M"]);
  assertEquals(crossed.codes, Int32Array.of(0, 3));
});

Deno.test("checkRows() on an example small enough to check by hand", () => {
  assertEquals(checkRows({ labels: [0, 1], scores: [0.2, 0.7] }), 2);
  assertThrows(() => checkRows({ labels: [0, NaN] }), Error, "labels[1]: expected 0 or 1, found NaN");
});

Deno.test("argsortDescending() agrees with a stable comparison sort on many values, signs and ties", () => {
  const rng = new Rng(3);
  const values = Array.from({ length: 9000 }, (_, i) => {
    const x = rng.normal() * 10 ** (rng.int(12) - 6);
    return i % 3 === 0 ? Math.round(x) : x;
  });
  const expected = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
  assertEquals(Array.from(argsortDescending(values)), expected);
  assertEquals(Array.from(argsortDescending(values.slice(0, 500))), expected.filter((i) => i < 500));
  assertEquals(Array.from(argsortDescending(values.slice(0, 100))), expected.filter((i) => i < 100));
});

Deno.test("argsortDescending() on an example small enough to check by hand", () => {
  assertEquals(argsortDescending([0.2, 0.9, 0.2, -1]), Uint32Array.of(1, 0, 2, 3));
});
