import { assertEquals, assertThrows } from "@std/assert";
import onnxProto from "onnx-proto";
import { permittedTest } from "../../_testing.ts";
import { add, cast, mul } from "../operations.ts";
import { reduceSum } from "../operations.ts";
import { constant, input, type Tensor, weight } from "../tensor.ts";
import { toOnnxModel } from "./model_proto.ts";
import { compileOnnx as compile } from "./session.ts";

function decoded(outputs: Record<string, Tensor>) {
  return onnxProto.onnx.ModelProto.decode(toOnnxModel(outputs).bytes).graph!;
}

const x = input("x", ["n", 2]);
const floats = (...values: number[]) =>
  ({ dtype: "float32", shape: [values.length], data: Float32Array.from(values) }) as const;

Deno.test("toOnnxModel() lists inputs in order of first use and outputs in the order given", () => {
  const y = input("y", [2]);
  const model = toOnnxModel({ b: add(y, x), a: mul(x, 2) });
  assertEquals(model.inputs.map((leaf) => leaf.name), ["y", "x"]);
  assertEquals(model.outputs, ["b", "a"]);
  assertEquals(model.weightsFolder, null);
});

Deno.test("toOnnxModel() declares named dimensions as dimension parameters", () => {
  const graph = decoded({ y: mul(x, 2) });
  const dims = graph.output![0]!.type!.tensorType!.shape!.dim!;
  assertEquals([dims[0]!.dimParam, Number(dims[1]!.dimValue)], ["n", 2]);
});

Deno.test("toOnnxModel() writes a node once however often it is used", () => {
  const square = mul(x, x);
  const operators = decoded({ y: add(square, square), z: square }).node!.map((node) => node.opType);
  assertEquals(operators, ["Mul", "Add", "Identity", "Identity"]);
});

Deno.test("toOnnxModel() shares the integer constants of reductions", () => {
  const graph = decoded({ y: add(reduceSum(x, { axes: [1] }), reduceSum(mul(x, x), { axes: [1] })) });
  assertEquals(graph.initializer!.map((tensor) => tensor.name), ["/integers_1"]);
});

Deno.test("toOnnxModel() refuses two inputs of one name", () => {
  const other = input("x", ["n", 2]);
  assertThrows(() => toOnnxModel({ y: add(x, other) }), RangeError, 'Two leaves of the graph are named "x"');
});

Deno.test("toOnnxModel() refuses an output named like an input", () => {
  assertThrows(() => toOnnxModel({ x: mul(x, 2) }), RangeError, 'An output and a leaf of the graph are named "x"');
});

permittedTest("toOnnxModel() lets inputs be named like operations", async () => {
  const a = input("Add_1", ["n"]), b = input("Leaf_0", ["n"]);
  const executable = await compile({ Identity_2: add(a, add(b, 1)) });
  const { Identity_2: sum } = await executable.run({ "Add_1": floats(1, 2), "Leaf_0": floats(10, 20) });
  assertEquals([...sum!.data], [12, 23]);
  await executable.release();
});

Deno.test("toOnnxModel() refuses weights in two folders", () => {
  const at = (path: string) =>
    weight({ name: path, shape: [1], dtype: "float32", source: { path, byteOffset: 0, byteLength: 4 } });
  assertThrows(
    () => toOnnxModel({ y: add(at("/a/w.bin"), at("/b/w.bin")) }),
    RangeError,
    "Weights lie in /a and in /b: expected one folder",
  );
  assertEquals(toOnnxModel({ y: at("w.bin") }).weightsFolder, ".");
  assertEquals(toOnnxModel({ y: at("/w.bin") }).weightsFolder, "/");
});

Deno.test("toOnnxModel() points to weights in their file instead of copying them", () => {
  const source = { path: "/models/w.safetensors", byteOffset: 96, byteLength: 8 };
  const [stored] = decoded({ y: weight({ name: "w", shape: [2], dtype: "float32", source }) }).initializer!;
  const entries = stored!.externalData!.map(({ key, value }) => [key, value]);
  assertEquals(entries, [["location", "w.safetensors"], ["offset", "96"], ["length", "8"]]);
  assertEquals(stored!.rawData?.length ?? 0, 0);
});

permittedTest("float32, float16 and bfloat16 weights are read at their offsets in one file", async () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/weights.bin`;
  const full = new Uint8Array(Float32Array.of(0.25, -3).buffer);
  const half = new Uint8Array(Uint16Array.of(0x3c00, 0xc100).buffer); // 1, −2.5
  const brain = new Uint8Array(Uint16Array.of(0x4040, 0xbf00).buffer); // 3, −0.5
  Deno.writeFileSync(path, Uint8Array.of(...full, ...half, ...brain));
  const executable = await compile({
    full: mul(
      x,
      weight({ name: "full32", shape: [2], dtype: "float32", source: { path, byteOffset: 0, byteLength: 8 } }),
    ),
    half: mul(
      x,
      cast(
        weight({ name: "half16", shape: [2], dtype: "float16", source: { path, byteOffset: 8, byteLength: 4 } }),
        "float32",
      ),
    ),
    brain: mul(
      x,
      cast(
        weight({ name: "brain16", shape: [2], dtype: "bfloat16", source: { path, byteOffset: 12, byteLength: 4 } }),
        "float32",
      ),
    ),
  });
  const results = await executable.run({ x: { dtype: "float32", shape: [1, 2], data: Float32Array.of(10, 100) } });
  await executable.release();
  Deno.removeSync(folder, { recursive: true });
  assertEquals([...results.full!.data], [2.5, -300]);
  assertEquals([...results.half!.data], [10, -250]);
  assertEquals([...results.brain!.data], [30, -50]);
});

permittedTest("constants of every type reach the runtime", async () => {
  const outputs = {
    int32: constant({ dtype: "int32", shape: [2], data: Int32Array.of(-1, 7) }),
    int64: constant({ dtype: "int64", shape: [1], data: BigInt64Array.of(2n ** 40n) }),
    bool: constant({ dtype: "bool", shape: [2], data: Uint8Array.of(1, 0) }),
    part: constant({ dtype: "float32", shape: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) }),
  };
  const executable = await compile(outputs);
  const { int32, int64, bool, part } = await executable.run({});
  await executable.release();
  assertEquals([int32!.dtype, int64!.dtype, bool!.dtype], ["int32", "int64", "bool"]);
  assertEquals([...int32!.data], [-1, 7]);
  assertEquals([...int64!.data], [2n ** 40n]);
  assertEquals([...bool!.data], [1, 0]);
  assertEquals([...part!.data], [2, 3]);
});
