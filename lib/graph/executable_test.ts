import { assertEquals, assertThrows } from "@std/assert";
import { add, mul } from "./operations.ts";
import { checkedFeeds, inputLeaves } from "./executable.ts";
import { topologicalOrder } from "./gradients.ts";
import { input, type InputLeaf, type Tensor, type TensorData, weight } from "./tensor.ts";

const x: InputLeaf = { kind: "input", name: "x", dtype: "float32", shape: ["n", 2] };
const y: InputLeaf = { kind: "input", name: "y", dtype: "int32", shape: ["n"] };

function floats(shape: number[], length = shape.reduce((n, dim) => n * dim, 1)): TensorData {
  return { dtype: "float32", shape, data: new Float32Array(length) };
}

Deno.test("checkedFeeds() gives values in the order of the inputs and leaves out what the graph does not have", () => {
  const feeds = { y: { dtype: "int32", shape: [3], data: Int32Array.of(1, 2, 3) }, z: floats([1]), x: floats([3, 2]) };
  assertEquals(checkedFeeds([x, y], feeds as Record<string, TensorData>), [feeds.x, feeds.y] as TensorData[]);
});

Deno.test("checkedFeeds() refuses values that are missing or do not fit", () => {
  const refused = (feeds: Record<string, TensorData>, message: string) =>
    assertThrows(() => checkedFeeds([x, y], feeds), RangeError, message);
  refused({}, 'Input "x" of the graph was not given a value');
  refused({ x: floats([3]) }, 'Input "x": expected float32 [n, 2], was given float32 [3]');
  refused({ x: floats([3, 4]) }, 'Input "x": expected float32 [n, 2], was given float32 [3, 4]');
  refused({ x: floats([3, 2], 5) }, 'Input "x": expected 6 values, was given 5 for shape [3, 2]');
  refused({ x: floats([3, 2]), y: floats([3]) }, 'Input "y": expected int32 [n], was given float32 [3]');
  const two = { dtype: "int32", shape: [2], data: Int32Array.of(1, 2) } as const;
  refused({ x: floats([3, 2]), y: two }, 'Input "y": expected its dimension "n" to be 3 as in input "x", was given 2');
});

Deno.test("inputLeaves() lists inputs in order of first use, and refuses a name that stands for two things", () => {
  const leavesOf = (result: Tensor, name = "result") => inputLeaves(topologicalOrder([result]), [name]);
  const a = input("a", ["n"]), b = input("b", ["n"]);
  const frozen = weight({
    name: "w",
    shape: [1],
    dtype: "float32",
    source: { path: "w.safetensors", byteOffset: 0, byteLength: 4 },
  });
  assertEquals(leavesOf(mul(add(b, a), frozen)).map((leaf) => leaf.name), ["b", "a"]);
  assertThrows(() => leavesOf(add(a, input("a", ["n"]))), RangeError, 'Two leaves of the graph are named "a"');
  assertThrows(() => leavesOf(mul(input("w", ["n"]), frozen)), RangeError, 'Two leaves of the graph are named "w"');
  assertThrows(() => leavesOf(add(a, b), "a"), RangeError, 'An output and a leaf of the graph are named "a"');
});
