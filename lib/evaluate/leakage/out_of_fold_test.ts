import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { normalMatrix } from "./_testing.ts";
import { stratifiedFolds } from "./folds.ts";
import { type FoldedData, logisticOutOfFold, mlpOutOfFold } from "./out_of_fold.ts";

const CODES = Int32Array.from({ length: 60 }, (_, i) => i % 3);
const FOLD = stratifiedFolds(CODES, 3, 4, new Rng(1));
const DATA: FoldedData = { x: normalMatrix(60, 5, 2), codes: CODES, groups: 3, fold: FOLD, folds: 4 };
const PROBES = { logistic: logisticOutOfFold, mlp: (data: FoldedData) => mlpOutOfFold(data, new Rng(3)) };

/** Rows of a fold. */
function rowsOf(fold: number): number[] {
  return [...FOLD.keys()].filter((i) => FOLD[i] === fold);
}

for (const [name, probe] of Object.entries(PROBES)) {
  const before = probe(DATA);
  const ofRows = ({ probabilities }: typeof before, rows: readonly number[]) =>
    rows.map((i) => [...probabilities.subarray(3 * i, 3 * i + 3)]);

  Deno.test(`${name}: a fold's groups have no say in its predictions or in what is chosen for it`, () => {
    const codes = CODES.slice();
    for (const i of rowsOf(2)) codes[i] = (codes[i]! + 1) % 3;
    const after = probe({ ...DATA, codes });
    assertEquals(ofRows(after, rowsOf(2)), ofRows(before, rowsOf(2)));
    assertEquals(after.chosen[2], before.chosen[2]);
    assertNotEquals(ofRows(after, rowsOf(1)), ofRows(before, rowsOf(1)));
  });

  Deno.test(`${name}: a person's embedding has no say in the predictions of the same fold`, () => {
    const [changed, ...others] = rowsOf(0) as [number, ...number[]];
    const data = DATA.x.data.slice();
    data.fill(1e6, 5 * changed, 5 * changed + 5);
    const after = probe({ ...DATA, x: { ...DATA.x, data } });
    assertEquals(ofRows(after, others), ofRows(before, others));
    assertNotEquals(ofRows(after, [changed]), ofRows(before, [changed]));
  });

  Deno.test(`${name}: units and offsets of features do not matter`, () => {
    const data = DATA.x.data.map((v, at) => v * 2 ** (at % 5) + 8 * (at % 5));
    const after = probe({ ...DATA, x: { ...DATA.x, data } });
    const rounded = (values: Float64Array) => [...values].map((v) => v.toFixed(6));
    assertEquals(rounded(after.probabilities), rounded(before.probabilities));
  });

  Deno.test(`${name}: the same data give the same bytes`, () => assertEquals(probe(DATA), before));
}

Deno.test("logistic: noise gets a strong penalty, clear groups the weakest", () => {
  for (const C of logisticOutOfFold({ ...DATA, x: normalMatrix(60, 40, 9) }).chosen) assert(C <= 0.01);
  const clear = normalMatrix(60, 5, 4);
  clear.data.forEach((v, at) => clear.data[at] = v + (at % 5 === CODES[Math.floor(at / 5)] ? 8 : 0));
  assertEquals(logisticOutOfFold({ ...DATA, x: clear }).chosen, [0.1, 0.1, 0.1, 0.1]);
});
