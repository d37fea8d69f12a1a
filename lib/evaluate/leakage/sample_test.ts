import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { drawSample, embeddingMatrix } from "./sample.ts";

Deno.test("drawSample() keeps all rows of a person in one fold and counts people, not rows", () => {
  const rng = new Rng(1);
  const clusters = rng.shuffle(Array.from({ length: 90 }, (_, i) => `person ${Math.floor(i / 3)}`));
  const groups = clusters.map((name) => Number(name.slice(7)) % 3 === 0 ? "PhD" : "BA");
  const { person, fold, people, names, groupOf, codes, rows } = drawSample(groups, clusters, 5, new Rng(2));
  assertEquals([names, [...people]], [["BA", "PhD"], [20, 10]]);
  const foldsOf = new Map<string, Set<number>>();
  rows.forEach((row, r) => {
    const name = clusters[row]!;
    foldsOf.set(name, (foldsOf.get(name) ?? new Set()).add(fold[r]!));
    assertEquals(groupOf[person[r]!], codes[r]);
  });
  assertEquals(foldsOf.size, 30);
  for (const [name, folds] of foldsOf) assertEquals(folds.size, 1, name);
  for (let f = 0; f < 5; f++) {
    for (const group of names) assert(rows.some((row, r) => groups[row] === group && fold[r] === f));
  }
});

Deno.test("drawSample() leaves out a group of few people, however many rows they have", () => {
  const groups = ["BA", "BA", "BA", "MA", "MA", "MA", "PhD", "PhD", "PhD"];
  const clusters = ["a", "b", "c", "d", "e", "f", "g", "g", "h"];
  const { names, excluded, rows } = drawSample(groups, clusters, 3, new Rng(1));
  assertEquals(names, ["BA", "MA"]);
  assertEquals(excluded, [{ group: "PhD", reason: "2 people, fewer than the 3 folds" }]);
  assertEquals([...rows], [0, 1, 2, 3, 4, 5]);
});

Deno.test("drawSample() leaves out and counts people of several groups", () => {
  const groups = ["BA", "BA", "BA", "MA", "MA", "MA", "BA", "MA"];
  const clusters = ["a", "b", "c", "d", "e", "f", "x", "x"];
  const { names, people, rows, ambiguous } = drawSample(groups, clusters, 3, new Rng(1));
  assertEquals([names, [...people], [...rows], ambiguous], [["BA", "MA"], [3, 3], [0, 1, 2, 3, 4, 5], 1]);
});

Deno.test("drawSample() does not depend on what people are called", () => {
  const groups = Array.from({ length: 40 }, (_, i) => i % 2 ? "BA" : "MA");
  const named = (prefix: string) => groups.map((_, i) => `${prefix}${Math.floor(i / 4)}${i % 2}`);
  const { fold } = drawSample(groups, named("a"), 4, new Rng(1));
  assertEquals(drawSample(groups, named("zz").map((name) => [...name].reverse().join("")), 4, new Rng(1)).fold, fold);
});

Deno.test("drawSample() without clusters takes every row for a person", () => {
  const { person, groupOf } = drawSample(["a", "b", "a", "b", "a", "b"], undefined, 3, new Rng(1));
  assertEquals([...person], [0, 1, 2, 3, 4, 5]);
  assertEquals([...groupOf], [0, 1, 0, 1, 0, 1]);
});

Deno.test("drawSample() says what is wrong", () => {
  const draw = (groups: string[], clusters?: string[]) => drawSample(groups, clusters, 3, new Rng(1));
  assertThrows(() => draw(["a", ""]), InputError, 'groups[1]: expected a group name, found ""');
  assertThrows(() => draw(["a", "b"], ["x"]), RangeError, "Expected 2 people, one per row, found 1");
  assertThrows(() => draw(["a", "b"], ["x", ""]), InputError, "clusters[1]: expected a person, found none");
});

Deno.test("embeddingMatrix() says where a number is not finite or missing", () => {
  const make = (...rows: number[][]) => () => embeddingMatrix(rows, [0], "tuned");
  assertThrows(make([1, 2], [3, NaN]), InputError, "tuned[1][1]: expected a finite number, found NaN");
  assertThrows(make([1, Infinity]), InputError, "tuned[0][1]: expected a finite number, found Infinity");
  assertThrows(make([1, 2], [3]), RangeError, "tuned[1]: expected 2 numbers, found 1");
  assertThrows(make([]), InputError, "tuned: expected embeddings with at least one number, found none");
  assertThrows(make(), InputError, "tuned: expected embeddings with at least one number, found none");
});
