import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { assertClose } from "./_testing.ts";
import {
  add,
  cast,
  exp,
  gelu,
  gemm,
  layerNorm,
  matMul,
  maximum,
  mul,
  reduceMean,
  reduceSum,
  softmax,
  transposeLast,
  where,
} from "./operations.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import { fullPrecision, toHalf, widenTables } from "./half_precision.ts";
import { gather, reshape } from "./layout.ts";
import { compileOnnx as compile } from "./onnx/session.ts";
import { buildCase, OP_CASES } from "./op_cases.ts";
import { evaluate } from "./_reference_testing.ts";
import { constant, input, type Tensor, weight } from "./tensor.ts";

const x = input("x", ["n", 4]), w = input("w", [4, 4]);
const typesOf = (outputs: Record<string, Tensor>, op: string) =>
  topologicalOrder(Object.values(toHalf(outputs))).filter((node) => node.op === op)
    .map((node) => node.inputs[0]!.dtype);

Deno.test("toHalf() changes no value where nothing is rounded", () => {
  for (const [name, cases] of Object.entries(OP_CASES)) {
    for (const each of cases) {
      const { result, loss, gradients, feeds } = buildCase(each);
      const outputs: Record<string, Tensor> = { result, loss, ...gradients };
      const expected = evaluate(outputs, feeds), halved = evaluate(toHalf(outputs), feeds);
      for (const output of Object.keys(outputs)) assertEquals(halved[output], expected[output], `${name} ${output}`);
    }
  }
});

Deno.test("toHalf() computes products in float16, sums and exponentials in float32", () => {
  const y = matMul(x, w);
  assertEquals(typesOf({ y: exp(y) }, "MatMul"), ["float16"]);
  assertEquals(typesOf({ y: exp(y) }, "Exp"), ["float32"]);
  assertEquals(typesOf({ y: reduceSum(y) }, "ReduceSum"), ["float32"]);
});

Deno.test("toHalf() lets what lies between products follow its operands", () => {
  const y = matMul(x, w);
  assertEquals(typesOf({ y: matMul(gelu(mul(y, 0.5)), w) }, "Gelu"), ["float16"]);
  assertEquals(typesOf({ y: add(y, x) }, "Add"), ["float32"]);
  // 10⁻²⁴ would be 0.
  assertEquals(typesOf({ y: maximum(y, 1e-24) }, "Max"), ["float32"]);
  assertEquals(typesOf({ y: mul(fullPrecision(y), 2) }, "Mul"), ["float32"]);
});

permittedTest(
  "a graph in half precision runs in ONNX Runtime and gives values and gradients to two digits",
  async () => {
    const ids = constant({ dtype: "int32", shape: [2], data: Int32Array.of(1, 0) });
    const scale = constant({ dtype: "float32", shape: [4], data: Float32Array.of(1, 2, 0.5, 1) });
    const hidden = gelu(gemm(x, w, { c: scale, transB: true }));
    const picked = where(constant({ dtype: "bool", shape: [1, 4], data: Uint8Array.of(1, 1, 0, 1) }), hidden, 0);
    const heads = reshape(gather(layerNorm(add(picked, x), { scale, shift: scale, epsilon: 1e-12 }), ids), [2, 2, 2]);
    const loss = reduceMean(mul(softmax(matMul(heads, transposeLast(heads)), -1), heads));
    const [dx, dw] = gradients(loss, [x, w]);
    const outputs = { loss, dx: dx!, dw: dw! };
    const feeds = {
      x: { dtype: "float32", shape: [2, 4], data: Float32Array.from({ length: 8 }, (_, i) => Math.sin(3 * i)) },
      w: { dtype: "float32", shape: [4, 4], data: Float32Array.from({ length: 16 }, (_, i) => Math.cos(5 * i)) },
    } as const;
    const expected = evaluate(outputs, feeds);
    const executable = await compile(toHalf(outputs), { threads: 1 });
    const actual = await executable.run(feeds);
    await executable.release();
    for (const name of ["loss", "dx", "dw"] as const) {
      assertEquals(actual[name]!.dtype, "float32");
      assertClose(actual[name]!.data, expected[name]!.data, 5e-3, name);
    }
    assert(actual.dw!.data.some((value, i) => value !== Math.fround(expected.dw!.data[i]!)), "nothing was rounded");
  },
);

permittedTest("widenTables() leaves no float16 but the weights and their casts, and changes no value", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(Float16Array.of(1, -2, 0.5, 8, 3, -0.25, 7, 9).buffer));
  const table = weight({
    name: "table",
    shape: [4, 2],
    dtype: "float16",
    source: { path, byteOffset: 0, byteLength: 16 },
  });
  const i = input("i", ["n"], "int32"), j = input("j", ["n"], "int32");
  const graph = { sum: add(cast(gather(table, i), "float32"), cast(gather(table, j), "float32")) };
  const widened = widenTables(graph);

  const feeds = { i: { shape: [3], data: [3, 0, 1] }, j: { shape: [3], data: [2, 2, 0] } };
  const [before, after] = [evaluate(graph, feeds).sum!, evaluate(widened, feeds).sum!];
  before.data.forEach((value, k) => assertAlmostEquals(after.data[k]!, value, 0));
  const gathers = topologicalOrder([widened.sum!]).filter((node) => node.op === "Gather");
  assertEquals(gathers.map((node) => node.inputs[0]!.dtype), ["float32", "float32"]);
  await Deno.remove(path);
});
