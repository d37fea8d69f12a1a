import { assertAlmostEquals, assertEquals } from "@std/assert";
import { erf } from "./erf.ts";

Deno.test("erf() agrees with the C library to 10⁻¹⁵ at these points", () => {
  // CPython 3.11, math.erf
  const known = [
    [1e-8, 1.1283791670955126e-8],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
    [5, 0.9999999999984626],
    [5.9, 0.9999999999999999],
  ] as const;
  for (const [x, y] of known) {
    assertAlmostEquals(erf(x), y, 1e-15);
    assertEquals(erf(-x), -erf(x));
  }
  assertAlmostEquals(erf(1e-8) / 1.1283791670955126e-8, 1, 1e-15);
});

Deno.test("erf() saturates and keeps zero and NaN", () => {
  assertEquals([erf(0), erf(7), erf(-7), erf(Infinity), erf(-Infinity), erf(NaN)], [0, 1, -1, 1, -1, NaN]);
});
