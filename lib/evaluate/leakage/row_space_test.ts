import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { matrix, normalMatrix, products } from "./_testing.ts";
import type { Matrix } from "./matrix.ts";
import { rowSpace } from "./row_space.ts";

function assertRotation(x: Matrix) {
  const { coordinates, lift } = rowSpace(x);
  assertEquals([coordinates.rows, coordinates.columns], [x.rows, x.rows]);
  const angles = products(coordinates, coordinates);
  products(x, x).forEach((value, at) => assertAlmostEquals(angles[at]!, value, 1e-11, `product ${at}`));
  lift(coordinates.data).forEach((value, at) => assertAlmostEquals(value, x.data[at]!, 1e-12, `number ${at}`));
}

for (const [rows, columns] of [[1, 1], [1, 5], [4, 4], [5, 9], [6, 30]] as const) {
  Deno.test(`rowSpace() keeps lengths and angles of ${rows} rows of ${columns}, and lift() leads back`, () => {
    assertRotation(normalMatrix(rows, columns, rows));
  });
}

Deno.test("rowSpace() needs no rank: equal, opposite and empty rows", () => {
  assertRotation(matrix([[1, 2, 3, 4], [1, 2, 3, 4], [-1, -2, -3, -4], [0, 0, 0, 0]]));
  assertRotation(matrix([[0, 0, 0, 0], [0, 0, 0, 5]]));
});

Deno.test("lift() is an isometry of every vector, also of those that no row needs", () => {
  const { lift } = rowSpace(matrix([[1, 1, 0], [2, 2, 0]]));
  const lifted = lift(Float64Array.of(0, 1));
  assertAlmostEquals(lifted.reduce((sum, v) => sum + v * v, 0), 1, 1e-12);
});

Deno.test("rowSpace() refuses more rows than columns", () => {
  assertThrows(() => rowSpace(normalMatrix(3, 2, 1)), RangeError, "at most 2 rows, as many as columns, found 3");
});
