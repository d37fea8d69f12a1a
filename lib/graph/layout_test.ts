import { assertEquals, assertThrows } from "@std/assert";
import { valuesOf, vector } from "./_testing.ts";
import { log, mul, reduceSum } from "./operations.ts";
import { gradients } from "./gradients.ts";
import { concat, expandLike, gather, oneHotRows, reshape, reshapeLike, slice, squeeze, unsqueeze } from "./layout.ts";
import { input, ShapeError } from "./tensor.ts";

const x = input("x", ["n", 3]);
const feeds = {
  x: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
  i: { shape: [3], data: [1, 1, 0] },
};
const indices = input("i", [3], "int32");

Deno.test("reshape() infers one named dimension and keeps those that stay in place", () => {
  assertEquals(reshape(input("y", ["n", "t", 6]), ["n", "t", 2, 3]).node.attributes.shape, [0, 0, 2, 3]);
  assertEquals(reshape(x, ["rows", 1]).node.attributes.shape, [-1, 1]);
  assertEquals(reshape(x, ["n", 3]) === x, true);
});

Deno.test("reshapeLike() takes the other tensor's shape only where names do not say the sizes", () => {
  const y = input("y", ["n", "t", 3]);
  const rows = reshape(y, ["n·t", 3]);
  assertEquals(reshapeLike(rows, y).node.inputs.length, 2);
  assertEquals(reshapeLike(unsqueeze(x, [0]), x).node.inputs.length, 1);
});

Deno.test("unsqueeze() counts axes in the result, squeeze() in its input", () => {
  assertEquals(unsqueeze(x, [0, -1]).shape, [1, "n", 3, 1]);
  assertEquals(squeeze(unsqueeze(x, [0, -1]), [-1, 0]).shape, ["n", 3]);
});

Deno.test("concat() and slice() take apart and join again", () => {
  const parts = [slice(x, 1, [2, 3]), slice(x, -1, [0, 2])];
  assertEquals(valuesOf(concat(parts, 1), feeds), [3, 1, 2, 6, 4, 5]);
});

Deno.test("slice() gives what it left out the gradient 0 even where that is infinite", () => {
  const y = input("y", [2]);
  const [dy] = gradients(reduceSum(log(slice(y, 0, [1, 2]))), [y]);
  assertEquals(valuesOf(dy!, { y: vector(Infinity, 2) }), [0, 0.5]);
});

Deno.test("gather() picks rows and adds up the gradients of a row picked twice", () => {
  assertEquals(valuesOf(gather(x, indices), feeds), [4, 5, 6, 4, 5, 6, 1, 2, 3]);
  const [dx] = gradients(reduceSum(gather(x, indices)), [x]);
  assertEquals(valuesOf(dx!, feeds), [1, 1, 1, 2, 2, 2]);
});

Deno.test("gather() with an inverse gathers the gradient", () => {
  const inverse = input("inverse", ["n"], "int32");
  const order = input("order", ["n"], "int32");
  const weights = input("weights", ["n", 3]);
  const [dx] = gradients(reduceSum(mul(gather(x, order, inverse), weights)), [x]);
  const swap = { shape: [2], data: [1, 0] };
  const given = { ...feeds, order: swap, inverse: swap, weights: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] } };
  assertEquals(valuesOf(dx!, given), [4, 5, 6, 1, 2, 3]);
});

Deno.test("gather() has no gradient where neither its indices nor its rows have a known size", () => {
  const y = input("y", ["n", "w"]);
  const loss = reduceSum(gather(y, input("j", ["a", "b"], "int32")));
  assertThrows(() => gradients(loss, [y]), ShapeError, "Reshape of [a, b, w]");
});

Deno.test("oneHotRows() has as many columns as the other tensor has rows", () => {
  assertEquals(oneHotRows(indices, x, "n").shape, [3, "n"]);
  assertEquals(valuesOf(oneHotRows(indices, x, "n"), feeds), [0, 1, 0, 1, 1, 0]);
});

Deno.test("a ShapeError of Reshape names both shapes", () => {
  assertThrows(() => reshape(x, ["a", "b"]), ShapeError, "Reshape of [n, 3]: expected at most one new named dimension");
  assertThrows(() => reshape(x, [3]), ShapeError, "Reshape of [n, 3]: expected as many elements as in [3]");
  assertThrows(() => reshape(input("y", [4]), ["n", 3]), ShapeError, "Reshape of [4]: expected as many elements");
  assertThrows(() => reshape(x, ["n", 4]), ShapeError, "as many elements as in [n, 4]");
});

Deno.test("a ShapeError of Unsqueeze and Squeeze names shape and axes", () => {
  assertThrows(() => unsqueeze(x, [3]), ShapeError, "Unsqueeze of [n, 3]: expected distinct axes within rank 3");
  assertThrows(() => unsqueeze(x, [0, 0]), ShapeError, "was given [0,0]");
  assertThrows(() => squeeze(x, [0]), ShapeError, "Squeeze of [n, 3]: expected size 1 along axes [0]");
  assertThrows(() => squeeze(x, [2]), ShapeError, "Squeeze of [n, 3]: expected an axis within the rank");
});

Deno.test("a ShapeError of Concat names all parts", () => {
  assertThrows(() => concat([x, input("y", ["n", 2])], 0), ShapeError, "Concat of [n, 3] and [n, 2]");
  assertThrows(() => concat([x, x], 0), ShapeError, "expected equal dimensions but for a known size along axis 0");
  assertThrows(() => concat([x, input("y", ["n", 2], "int32")], 1), ShapeError, "was given float32 and int32");
  assertThrows(() => concat([], 0), RangeError, "Concat: expected at least one tensor");
});

Deno.test("a ShapeError of Slice names shape and range", () => {
  assertThrows(
    () => slice(x, 1, [1, 4]),
    ShapeError,
    "Slice of [n, 3]: expected a range within axis 1, was given 1 to 4",
  );
  assertThrows(() => slice(x, 1, [2, 2]), ShapeError, "was given 2 to 2");
  assertThrows(() => slice(x, 0, [0, 1]), ShapeError, "a range within axis 0");
});

Deno.test("a ShapeError of Expand names both shapes", () => {
  assertThrows(() => expandLike(x, input("y", [3])), ShapeError, "Expand of [n, 3] and [3]: expected a second shape");
  assertThrows(() => expandLike(x, input("y", ["m", 3])), ShapeError, "Expand of [n, 3] and [m, 3]");
});

Deno.test("a ShapeError of Gather and OneHot names shapes and types", () => {
  assertThrows(
    () => gather(x, input("y", [3])),
    ShapeError,
    "Gather of [n, 3] and [3]: expected rows and int32 indices",
  );
  assertThrows(() => gather(input("s", []), indices), ShapeError, "Gather of [] and [3]");
  const inverse = input("inverse", ["m"], "int32");
  assertThrows(
    () => gather(x, indices, inverse),
    ShapeError,
    "Gather of [n, 3] and [3] and [m]: expected an int32 inverse",
  );
  assertThrows(
    () => oneHotRows(indices, x, "m"),
    ShapeError,
    "OneHot of [3] and [n, 3]: expected int32 indices and m rows",
  );
});
