import { assertAlmostEquals, assertEquals } from "@std/assert";
import { broadcastOffsets, broadcastShape, erf, offsets, pick, sizeOf, stridesOf } from "./reference_kernels.ts";

Deno.test("sizes and strides of shapes", () => {
  assertEquals([sizeOf([]), sizeOf([2, 3]), sizeOf([2, 0])], [1, 6, 0]);
  assertEquals(stridesOf([2, 3, 4]), [12, 4, 1]);
});

Deno.test("offsets() of a transposed, a sliced and an empty view", () => {
  assertEquals([...offsets([3, 2], [1, 3])], [0, 3, 1, 4, 2, 5]);
  assertEquals([...offsets([2, 2], [3, 1], 1)], [1, 2, 4, 5]);
  assertEquals([...offsets([], [])], [0]);
  assertEquals([...offsets([2, 0], [0, 1])], []);
});

Deno.test("broadcastOffsets() repeats dimensions of size 1 and missing ones", () => {
  assertEquals(broadcastShape([[2, 1], [3], []]), [2, 3]);
  assertEquals([...broadcastOffsets([2, 1], [2, 3])], [0, 0, 0, 1, 1, 1]);
  assertEquals([...broadcastOffsets([3], [2, 3])], [0, 1, 2, 0, 1, 2]);
});

Deno.test("broadcastShape() keeps an empty dimension", () => {
  assertEquals(broadcastShape([[0, 3], [1, 3]]), [0, 3]);
});

Deno.test("pick() reads the elements at offsets", () => {
  assertEquals([...pick({ shape: [3], data: Float64Array.of(5, 6, 7) }, Int32Array.of(2, 0))], [7, 5]);
});

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
