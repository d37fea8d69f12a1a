import { assertAlmostEquals, assertEquals } from "@std/assert";
import { normalMatrix, products, transposed } from "./_testing.ts";
import { addTransposedTimes, timesTransposed, weightedGram } from "./matrix.ts";

function assertClose(actual: Float64Array, expected: Float64Array) {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-12));
}

for (const rows of [1, 2, 3, 4, 5, 7, 8]) {
  Deno.test(`products of ${rows} rows equal the plain loops, whatever is left of a block of four`, () => {
    const x = normalMatrix(rows, 3, rows), w = normalMatrix(2, 3, 50 + rows), r = normalMatrix(rows, 2, 90 + rows);
    const out = new Float64Array(rows * 2);
    timesTransposed(x, w.data, out);
    assertClose(out, products(x, w));

    const sums = new Float64Array(2 * 3).fill(1);
    addTransposedTimes(r.data, x, sums);
    assertClose(sums, products(transposed(r), transposed(x)).map((v) => v + 1));

    const weights = Float64Array.from({ length: rows }, (_, i) => i + 0.5);
    const weighted = { ...x, data: x.data.map((v, at) => v * weights[Math.floor(at / 3)]!) };
    const full = products(transposed(weighted), transposed(x));
    assertClose(weightedGram(x, weights), full.map((v, at) => at % 3 <= Math.floor(at / 3) ? v : 0));
  });
}
