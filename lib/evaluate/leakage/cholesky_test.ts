import { assertAlmostEquals, assertThrows } from "@std/assert";
import { normalMatrix, products } from "./_testing.ts";
import { choleskyFactor, choleskySolve } from "./cholesky.ts";

for (const n of [1, 2, 5, 12]) {
  Deno.test(`choleskySolve() solves ${n} equations for three right-hand sides`, () => {
    const x = normalMatrix(n, n + 2, n);
    const a = products(x, x);
    const b = normalMatrix(3, n, 20 + n).data;
    const solution = b.slice();
    choleskySolve(choleskyFactor(a.slice(), n), n, solution);
    for (let c = 0; c < 3; c++) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += a[i * n + j]! * solution[c * n + j]!;
        assertAlmostEquals(sum, b[c * n + i]!, 1e-9);
      }
    }
  });
}

Deno.test("choleskyFactor() refuses a matrix that is not positive definite", () => {
  assertThrows(() => choleskyFactor(Float64Array.of(1, 0, 2, 1), 2), RangeError, "found pivot -3 in row 1");
});
