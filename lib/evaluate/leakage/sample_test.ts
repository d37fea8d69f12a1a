import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Matrix } from "ml-matrix";
import { permitted } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { logisticCases, mapped, normalMatrix } from "./_testing.ts";
import { logisticOutOfFold } from "./logistic.ts";
import { mlpOutOfFold } from "./mlp.ts";
import { divide, drawSample, embeddingMatrix, type FoldedData, standardiser, stratifiedFolds } from "./sample.ts";

Deno.test("drawSample() keeps all rows of a person in one fold and counts people, not rows", () => {
  const rng = new Rng(1);
  const clusters = rng.shuffle(Array.from({ length: 90 }, (_, i) => `person ${Math.floor(i / 3)}`));
  const groups = clusters.map((name) => Number(name.slice(7)) % 3 === 0 ? "PhD" : "BA");
  const { person, fold, people, names, groupOf, codes, rows } = drawSample({ groups, clusters }, 5, new Rng(2));
  assertEquals([names, people], [["BA", "PhD"], [20, 10]]);
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
  const { names, excluded, rows } = drawSample({ groups, clusters }, 3, new Rng(1));
  assertEquals(names, ["BA", "MA"]);
  assertEquals(excluded, [{ group: "PhD", reason: "2 people, fewer than the 3 folds" }]);
  assertEquals([...rows], [0, 1, 2, 3, 4, 5]);
});

Deno.test("drawSample() leaves out and counts people of several groups", () => {
  const groups = ["BA", "BA", "BA", "MA", "MA", "MA", "BA", "MA"];
  const clusters = ["a", "b", "c", "d", "e", "f", "x", "x"];
  const { names, people, rows, ambiguous } = drawSample({ groups, clusters }, 3, new Rng(1));
  assertEquals([names, people, [...rows], ambiguous], [["BA", "MA"], [3, 3], [0, 1, 2, 3, 4, 5], 1]);
});

Deno.test("drawSample() does not depend on what people are called", () => {
  const groups = Array.from({ length: 40 }, (_, i) => i % 2 ? "BA" : "MA");
  const named = (prefix: string) => groups.map((_, i) => `${prefix}${Math.floor(i / 4)}${i % 2}`);
  const { fold } = drawSample({ groups, clusters: named("a") }, 4, new Rng(1));
  assertEquals(
    drawSample({ groups, clusters: named("zz").map((name) => [...name].reverse().join("")) }, 4, new Rng(1)).fold,
    fold,
  );
});

Deno.test("drawSample() without clusters takes every row for a person", () => {
  const { person, groupOf } = drawSample({ groups: ["a", "b", "a", "b", "a", "b"] }, 3, new Rng(1));
  assertEquals([...person], [0, 1, 2, 3, 4, 5]);
  assertEquals([...groupOf], [0, 1, 0, 1, 0, 1]);
});

Deno.test("drawSample() says what is wrong", () => {
  const draw = (groups: string[], clusters?: string[]) => drawSample({ groups, clusters }, 3, new Rng(1));
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

Deno.test("stratifiedFolds() spreads every group and everybody as evenly as numbers allow", () => {
  const cases = fc.record({
    sizes: fc.array(fc.integer({ min: 6, max: 30 }), { minLength: 1, maxLength: 5 }),
    folds: fc.integer({ min: 2, max: 6 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ sizes, folds, seed }) => {
      const rng = new Rng(seed);
      const codes = rng.shuffle(sizes.flatMap((size, code) => Array<number>(size).fill(code)));
      const fold = stratifiedFolds(codes, folds, rng);
      const spread = (of: (i: number) => boolean) => {
        const counts = Array.from({ length: folds }, (_, f) => codes.filter((_, i) => fold[i] === f && of(i)).length);
        return Math.max(...counts) - Math.min(...counts);
      };
      sizes.forEach((_, code) => assert(spread((i) => codes[i] === code) <= 1));
      assert(spread(() => true) <= 1);
    }),
    { seed: 1, numRuns: 100 },
  );
});

Deno.test("stratifiedFolds() is drawn from the generator", () => {
  const codes = Array.from({ length: 40 }, (_, i) => i % 2);
  const draw = (seed: number) => stratifiedFolds(codes, 5, new Rng(seed));
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});

Deno.test("stratifiedFolds() refuses a group that cannot be in every fold", () => {
  assertThrows(() => stratifiedFolds([0, 0, 0, 1], 3, new Rng(1)), RangeError, "found 1 in group 1");
});

for (const { name, x, scaler } of await logisticCases()) {
  Deno.test(`standardiser() equals scikit-learn's StandardScaler: ${name}`, () => {
    const { means, scales } = standardiser(new Matrix(x));
    scaler.mean.forEach((value, j) => assertAlmostEquals(means[j]!, value, 1e-12));
    scaler.scale.forEach((value, j) => assertAlmostEquals(scales[j]!, value, 1e-12));
  });
}

Deno.test("standardiser() keeps a constant feature at 0, whatever rounding made of its mean", () => {
  assertEquals(standardiser(new Matrix([[0.1, 1e9], [0.1, 1e9], [0.1, 1e9]])).scales, [1, 1]);
});

Deno.test("divide() standardises by the rows to learn from and lets groups weigh alike", () => {
  const data = {
    x: new Matrix([[1], [5], [3], [11]]),
    codes: Int32Array.of(0, 1, 1, 0),
    groups: 2,
    fold: Int32Array.of(0, 0, 0, 1),
    folds: 2,
  };
  const { train, test, costs } = divide(data, (fold) => fold === 1);
  assertEquals([train.rows, train.labels, test.rows, test.labels], [[0, 1, 2], [0, 1, 1], [3], [0]]);
  const deviation = Math.sqrt(8 / 3);
  assertEquals(train.x.to1DArray(), [-2 / deviation, 2 / deviation, 0]);
  assertEquals(test.x.to1DArray(), [8 / deviation]);
  assertEquals(costs, [3 / 2, 3 / 4]);
});

const CODES = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const FOLD = stratifiedFolds(CODES, 4, new Rng(1));
// As embeddings come, so that scaled by powers of two and moved they are the same numbers to the last bit.
const EMBEDDINGS = mapped(normalMatrix(60, 5, 2), (v) => Math.fround(v));
const DATA: FoldedData = { x: EMBEDDINGS, codes: CODES, groups: 3, fold: FOLD, folds: 4 };
const mlp = (data: FoldedData) => mlpOutOfFold(data, new Rng(3));
// The network needs ONNX Runtime, which needs permissions.
const PROBES = { logistic: logisticOutOfFold, ...(permitted ? { mlp } : {}) };

/** Rows of a fold. */
function rowsOf(fold: number): number[] {
  return [...FOLD.keys()].filter((i) => FOLD[i] === fold);
}

for (const [name, probe] of Object.entries(PROBES)) {
  const before = await probe(DATA);
  const ofRows = ({ probabilities }: typeof before, rows: readonly number[]) => rows.map((i) => probabilities[i]);

  Deno.test(`${name}: a fold's groups have no say in its predictions or in what is chosen for it`, async () => {
    const codes = CODES.slice();
    for (const i of rowsOf(2)) codes[i] = (codes[i]! + 1) % 3;
    const after = await probe({ ...DATA, codes });
    assertEquals(ofRows(after, rowsOf(2)), ofRows(before, rowsOf(2)));
    assertEquals(after.chosen[2], before.chosen[2]);
    assertNotEquals(ofRows(after, rowsOf(1)), ofRows(before, rowsOf(1)));
  });

  Deno.test(`${name}: a person's embedding has no say in the predictions of the same fold`, async () => {
    const [changed, ...others] = rowsOf(0) as [number, ...number[]];
    const after = await probe({ ...DATA, x: mapped(DATA.x, (v, i) => i === changed ? 1e6 : v) });
    assertEquals(ofRows(after, others), ofRows(before, others));
    assertNotEquals(ofRows(after, [changed]), ofRows(before, [changed]));
  });

  Deno.test(`${name}: units and offsets of features do not matter`, async () => {
    const after = await probe({ ...DATA, x: mapped(DATA.x, (v, _, j) => v * 2 ** j + 8 * j) });
    const rounded = ({ probabilities }: typeof before) =>
      probabilities.map((row) => Array.from(row, (v) => v.toFixed(6)));
    assertEquals(rounded(after), rounded(before));
  });

  Deno.test(`${name}: the same data give the same bytes`, async () => assertEquals(await probe(DATA), before));
}

Deno.test("logistic: noise gets a strong penalty, clear groups the weakest", async () => {
  const { chosen } = await logisticOutOfFold({ ...DATA, x: normalMatrix(60, 40, 9) });
  for (const C of chosen) assert(C <= 0.01);
  const clear = mapped(normalMatrix(60, 5, 4), (v, i, j) => v + (j === CODES[i] ? 8 : 0));
  assertEquals((await logisticOutOfFold({ ...DATA, x: clear })).chosen, [0.1, 0.1, 0.1, 0.1]);
});
