import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import {
  broadcastOffsets,
  broadcastShape,
  erf,
  evaluate,
  offsets,
  pick,
  sizeOf,
  stridesOf,
} from "./_reference_testing.ts";
import { vector } from "./_testing.ts";
import { add, cast, mul } from "./operations.ts";
import { gather, oneHotRows, reshape } from "./layout.ts";
import { constant, type DataType, input, operation, weight } from "./tensor.ts";

const x = input("x", ["n"]), y = input("y", ["n"]);

Deno.test("evaluate() computes in float64", () => {
  const { sum } = evaluate({ sum: add(x, 1e-12) }, { x: vector(1) });
  assertEquals(sum, { shape: [1], data: Float64Array.of(1 + 1e-12) });
});

Deno.test("evaluate() reads constants of every type", () => {
  const outputs = {
    int64: constant({ dtype: "int64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 40n) }),
    bool: constant({ dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) }),
    float32: constant({ dtype: "float32", shape: [], data: Float32Array.of(0.1) }),
  };
  const { int64, bool, float32 } = evaluate(outputs, {});
  assertEquals([...int64!.data], [-1, 2 ** 40]);
  assertEquals([...bool!.data], [1, 0]);
  assertEquals([...float32!.data], [Math.fround(0.1)]);
});

Deno.test("evaluate() gives an output that is an input", () => {
  assertEquals([...evaluate({ x }, { x: vector(4) }).x!.data], [4]);
});

Deno.test("evaluate() ignores feeds that the graph does not have, and misses those that it does", () => {
  assertEquals([...evaluate({ x }, { x: vector(1), other: vector(2, 3) }).x!.data], [1]);
  assertThrows(() => evaluate({ x }, { y: vector(1) }), RangeError, 'Input "x" of the graph was not given a value');
});

Deno.test("evaluate() refuses values that do not have the shape of their input", () => {
  const square = mul(input("s", ["n", 2]), 1);
  const given = (shape: number[]) => ({ s: { shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) } });
  assertThrows(
    () => evaluate({ square }, given([3, 3])),
    RangeError,
    'Value of input "s": expected shape [n = 3, 2], was given [3, 3]',
  );
  assertThrows(() => evaluate({ square }, given([6])), RangeError, "expected shape [n, 2], was given [6]");
  assertThrows(
    () => evaluate({ square }, { s: { shape: [3, 2], data: [1] } }),
    RangeError,
    'Input "s": expected 6 values, was given 1 for shape [3, 2]',
  );
});

Deno.test("evaluate() refuses two sizes of one named dimension", () => {
  const given = { x: vector(1, 2), y: vector(1) };
  assertThrows(
    () => evaluate({ sum: add(x, y) }, given),
    RangeError,
    'Value of input "y": expected shape [n = 2], was given [1]',
  );
});

Deno.test("evaluate() finds an operation whose inferred shape is wrong", () => {
  const wrong = operation("Exp", [x], ["n", 1]);
  assertThrows(
    () => evaluate({ wrong }, { x: vector(1) }),
    RangeError,
    "Value of Exp: expected shape [n = 1, 1], was given [1]",
  );
});

Deno.test("evaluate() refuses indices out of range, sizes that do not divide and unknown operations", () => {
  const i = input("i", ["k"], "int32");
  const feeds = { x: vector(1, 2, 3), i: vector(0, 3) };
  assertThrows(
    () => evaluate({ g: gather(x, i) }, feeds),
    RangeError,
    "Gather: expected indices from 0 to 2, was given 3",
  );
  assertThrows(() => evaluate({ h: oneHotRows(i, x, "n") }, { ...feeds, i: vector(-1) }), RangeError, "was given -1");
  assertThrows(() => evaluate({ r: reshape(x, ["m", 2]) }, feeds), RangeError, "Reshape of [3] to [-1,2]");
  assertThrows(() => evaluate({ o: operation("CumSum", [x], ["n"]) }, feeds), RangeError, "CumSum has no reference");
});

permittedTest("evaluate() reads frozen weights of every type from their file", () => {
  const path = Deno.makeTempFileSync();
  try {
    // [1, −2, 0.5] in each type, little-endian, after three bytes of something else.
    const stored: Partial<Record<DataType, ArrayBufferView<ArrayBuffer>>> = {
      float32: Float32Array.of(1, -2, 0.5),
      float16: Uint16Array.of(0x3c00, 0xc000, 0x3800),
      bfloat16: Uint16Array.of(0x3f80, 0xc000, 0x3f00),
      int32: Int32Array.of(1, -2, 7),
      int64: BigInt64Array.of(1n, -2n, 7n),
      bool: Uint8Array.of(1, 0, 1),
    };
    for (const [dtype, values] of Object.entries(stored)) {
      const bytes = new Uint8Array(values.buffer);
      Deno.writeFileSync(path, Uint8Array.of(9, 9, 9, ...bytes));
      const source = { path, byteOffset: 3, byteLength: bytes.length };
      const w = weight({ name: "w", shape: [3], dtype: dtype as DataType, source });
      const expected = dtype === "bool" ? [1, 0, 1] : dtype.startsWith("int") ? [1, -2, 7] : [1, -2, 0.5];
      assertEquals([...evaluate({ w: cast(w, "float32") }, {}).w!.data], expected, dtype);
    }
    const beyond = weight({
      name: "beyond",
      shape: [100],
      dtype: "float32",
      source: { path, byteOffset: 0, byteLength: 400 },
    });
    assertThrows(() => evaluate({ beyond }, {}), RangeError, 'ends within weight "beyond"');
    assertEquals(
      [...evaluate({ beyond }, { beyond: { shape: [100], data: new Array(100).fill(1) } }).beyond!.data][99],
      1,
    );
  } finally {
    Deno.removeSync(path);
  }
});

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
