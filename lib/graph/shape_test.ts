import { assertEquals, assertThrows } from "@std/assert";
import { broadcastShapes, formatShape, resolveAxis, sameShape, ShapeError } from "./shape.ts";
import { input } from "./tensor.ts";

const x = input("x", ["batch", "tokens", 384]);

Deno.test("formatShape() shows names and sizes", () => {
  assertEquals(formatShape(["batch", 2]), "[batch, 2]");
  assertEquals(formatShape([]), "[]");
});

Deno.test("broadcastShapes() aligns from the right and stretches 1", () => {
  assertEquals(broadcastShapes("Add", [x, input("y", [384])]), ["batch", "tokens", 384]);
  assertEquals(broadcastShapes("Add", [input("y", ["n", 1]), input("z", ["m"])]), ["n", "m"]);
  assertEquals(broadcastShapes("Add", [input("y", [1, 1]), input("z", [])]), [1, 1]);
});

Deno.test("broadcastShapes() does not take two names for the same size", () => {
  const error = assertThrows(() => broadcastShapes("Add", [x, input("y", ["length", 384])]), ShapeError);
  assertEquals(
    error.message,
    "Add of [batch, tokens, 384] and [length, 384]: expected dimensions that are equal or 1, aligned from the right",
  );
});

Deno.test("sameShape() compares rank, sizes and names", () => {
  assertEquals(sameShape(["n", 2], ["n", 2]), true);
  assertEquals(sameShape(["n", 2], ["m", 2]), false);
  assertEquals(sameShape(["n"], ["n", 1]), false);
});

Deno.test("resolveAxis() counts negative axes from the right and refuses others", () => {
  assertEquals([resolveAxis("Softmax", x, 0), resolveAxis("Softmax", x, -1)], [0, 2]);
  assertThrows(() => resolveAxis("Softmax", x, 3), ShapeError, "Softmax of [batch, tokens, 384]: expected an axis");
  assertThrows(() => resolveAxis("Softmax", x, -4), ShapeError, "was given -4");
});
