import { assertEquals, assertThrows } from "@std/assert";
import { valuesOf } from "./_testing.ts";
import { gradients } from "./gradients.ts";
import { gemm, matMul, reduceSum, transpose, transposeLast } from "./operations.ts";
import { input, ShapeError } from "./tensor.ts";

const a = input("a", [2, 3]), b = input("b", [3, 2]), c = input("c", [2]);
const feeds = {
  a: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
  b: { shape: [3, 2], data: [7, 8, 9, 10, 11, 12] },
  c: { shape: [2], data: [100, 1000] },
};

Deno.test("matMul() multiplies matrices", () => {
  assertEquals(valuesOf(matMul(a, b), feeds), [58, 64, 139, 154]);
});

Deno.test("matMul() broadcasts what stands before the matrices", () => {
  assertEquals(matMul(input("x", ["texts", 1, "n", 8]), input("y", [4, 8, "m"])).shape, ["texts", 4, "n", "m"]);
});

Deno.test("gemm() multiplies transposed matrices, scales both terms and broadcasts c", () => {
  assertEquals(valuesOf(gemm(a, b, { c, alpha: 2, beta: 0.5 }), feeds), [166, 628, 328, 808]);
  // aᵀ·bᵀ = (b·a)ᵀ
  assertEquals(valuesOf(gemm(a, b, { transA: true, transB: true }), feeds), [39, 49, 59, 54, 68, 82, 69, 87, 105]);
});

Deno.test("gemm() spreads the gradient of c over what c was broadcast to", () => {
  const [dc] = gradients(reduceSum(gemm(a, b, { c, beta: 0.5 })), [c]);
  assertEquals(valuesOf(dc!, feeds), [1, 1]);
});

Deno.test("transpose() moves dimension permutation[i] to i", () => {
  assertEquals(transpose(input("x", ["n", 2, 3]), [2, 0, 1]).shape, [3, "n", 2]);
  assertEquals(valuesOf(transposeLast(a), feeds), [1, 4, 2, 5, 3, 6]);
});

Deno.test("a ShapeError of MatMul names its shapes", () => {
  assertThrows(() => matMul(a, a), ShapeError, "MatMul of [2, 3] and [2, 3]: expected […, m, k] and […, k, n]");
  assertThrows(() => matMul(a, c), ShapeError, "MatMul of [2, 3] and [2]");
  const [x, y] = [input("x", ["n", 2, 3]), input("y", ["m", 3, 2])];
  assertThrows(() => matMul(x, y), ShapeError, "MatMul of [n, 2, 3] and [m, 3, 2]: expected dimensions that are equal");
});

Deno.test("a ShapeError of Gemm names its shapes and transpositions", () => {
  assertThrows(() => gemm(a, b, { transB: true }), ShapeError, "Gemm of [2, 3] and [3, 2]: expected two matrices");
  assertThrows(() => gemm(a, a, { transA: false }), ShapeError, "(transA false, transB false)");
  assertThrows(() => gemm(input("x", ["n", 2, 3]), b), ShapeError, "Gemm of [n, 2, 3] and [3, 2]");
  assertThrows(() => gemm(a, b, { c: input("d", [3]) }), ShapeError, "Gemm of [2, 3] and [3, 2] and [3]");
  assertThrows(() => gemm(a, b, { c: input("d", [5, 2, 2]) }), ShapeError, "expected c to broadcast to [2, 2]");
});

Deno.test("a ShapeError of Transpose names its shape and the permutation", () => {
  assertThrows(() => transpose(a, [0]), ShapeError, "Transpose of [2, 3]: expected a permutation of its 2 axes");
  assertThrows(() => transpose(a, [0, 0]), ShapeError, "was given [0,0]");
  assertThrows(() => transpose(a, [0, 2]), ShapeError, "axes within its rank, was given [0,2]");
  assertThrows(() => transposeLast(c), ShapeError, "Transpose of [2]: expected at least two dimensions");
});
