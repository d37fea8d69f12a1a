import { assertEquals } from "@std/assert";
import { broadcastOffsets, broadcastShape, offsets, pick, sizeOf, stridesOf } from "./nd_array.ts";

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
