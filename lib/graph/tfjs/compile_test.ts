import { assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs-core";
import { permittedTest } from "../../_testing.ts";
import { InputError } from "../../errors.ts";
import { add, cast, mul, softplus } from "../operations.ts";
import { gradients } from "../gradients.ts";
import { gather } from "../layout.ts";
import { gemm, layerNorm, matMul, reduceMean, stopGradient } from "../operations.ts";
import { constant, input, operation, type Tensor, type TensorData, weight } from "../tensor.ts";
import { compileTfjs } from "./compile.ts";
import { TFJS_KERNELS } from "./kernels.ts";

const x = input("x", ["n", 2]), w = input("w", [2, "m"]);

function matrix(rows: number, columns: number, ...values: number[]): TensorData {
  return { dtype: "float32", shape: [rows, columns], data: Float32Array.from(values) };
}

/** How many tensors TensorFlow.js holds; it can say so before any backend is there. */
const tensorCount = () => tf.engine().state.numTensors;

for (const backend of ["wasm", "cpu"] as const) {
  const compile = (outputs: Record<string, Tensor>) => compileTfjs(outputs, backend);

  permittedTest(`one executable runs every size of the named dimensions on ${backend}`, async () => {
    const executable = await compile({ y: matMul(x, w) });
    assertEquals(executable.inputs, ["x", "w"]);
    for (const [n, m] of [[1, 1], [3, 2], [7, 5], [1, 1]] as const) {
      const { y } = await executable.run({
        x: matrix(n, 2, ...new Array(2 * n).fill(2)),
        w: matrix(2, m, ...new Array(2 * m).fill(3)),
      });
      assertEquals([y!.shape, [...y!.data]], [[n, m], new Array(n * m).fill(12)]);
    }
    await executable.release();
  });

  permittedTest(`a hundred runs leave no tensor behind on ${backend}, release() none at all`, async () => {
    const before = tensorCount();
    const rows = gather(
      layerNorm(x, { scale: input("scale", [2]), shift: input("shift", [2]), epsilon: 0.1 }),
      input("rows", ["m"], "int32"),
    );
    const loss = reduceMean(softplus(matMul(stopGradient(rows), w)));
    const executable = await compile({ loss, picked: rows, again: rows, dw: gradients(loss, [w])[0]! });
    const vector = (...values: number[]): TensorData => ({
      dtype: "float32",
      shape: [2],
      data: new Float32Array(values),
    });
    const feeds = {
      x: matrix(3, 2, 1, 2, 3, 5, 8, 13),
      w: matrix(2, 2, 1, 2, 3, 4),
      scale: vector(1, 2),
      shift: vector(3, 4),
      rows: { dtype: "int32", shape: [2], data: Int32Array.of(2, 0) },
    } as const;
    const { loss: first } = await executable.run(feeds);
    const held = tensorCount();
    for (let run = 0; run < 100; run++) {
      assertEquals((await executable.run(feeds)).loss!.data, first!.data);
    }
    assertEquals(tensorCount(), held);
    await executable.release();
    assertEquals(tensorCount(), before);
  });

  permittedTest(
    `float32, float16 and bfloat16 weights are read at their offsets in one file on ${backend}`,
    async () => {
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
      Deno.removeSync(folder, { recursive: true });
      const results = await executable.run({ x: matrix(1, 2, 10, 100) });
      await executable.release();
      assertEquals([...results.full!.data], [2.5, -300]);
      assertEquals([...results.half!.data], [10, -250]);
      assertEquals([...results.brain!.data], [30, -50]);
    },
  );

  permittedTest(`every output has memory of its own on ${backend}, inputs that are outputs too`, async () => {
    const doubled = mul(x, 2);
    const executable = await compile({ a: doubled, b: doubled, c: stopGradient(x) });
    const given = matrix(1, 2, 1, 2);
    const { a, b, c } = await executable.run({ x: given });
    await executable.release();
    a!.data[0] = 100;
    c!.data[0] = 100;
    assertEquals([[...b!.data], [...given.data]], [[2, 4], [1, 2]]);
  });

  permittedTest(`a gather of integer and of boolean rows keeps their type on ${backend}`, async () => {
    const flags = input("flags", ["n"], "bool"), numbers = input("numbers", ["n"], "int32");
    const rows = input("rows", ["m"], "int32");
    const executable = await compile({ a: gather(flags, rows), b: gather(numbers, rows) });
    const { a, b } = await executable.run({
      flags: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) },
      numbers: { dtype: "int32", shape: [3], data: Int32Array.of(7, -8, 9) },
      rows: { dtype: "int32", shape: [2], data: Int32Array.of(2, 1) },
    });
    await executable.release();
    assertEquals([a!.dtype, ...a!.data, b!.dtype, ...b!.data], ["bool", 1, 0, "int32", 9, -8]);
  });
}

permittedTest("executables of one backend share their weights, and the last one frees them", async () => {
  const before = tensorCount();
  const path = Deno.makeTempFileSync();
  Deno.writeFileSync(path, new Uint8Array(Float32Array.of(3, 5).buffer));
  const graph = () => ({
    y: mul(x, weight({ name: "w", shape: [2], dtype: "float32", source: { path, byteOffset: 0, byteLength: 8 } })),
  });
  const [first, second] = await Promise.all([0, 1].map(() => compileTfjs(graph(), "wasm")));
  assertEquals(tensorCount(), before + 1);
  await first!.release();
  await first!.release();
  Deno.removeSync(path);
  const third = await compileTfjs(graph(), "wasm");
  for (const executable of [second!, third]) {
    assertEquals([...(await executable.run({ x: matrix(1, 2, 1, 10) })).y!.data], [3, 50]);
    await executable.release();
  }
  assertEquals(tensorCount(), before);
});

permittedTest("a batch of matrices that broadcasts in two directions is multiplied pair by pair", async () => {
  const a = input("a", ["n", 1, 1, 1]), b = input("b", ["m", 1, 1]);
  const executable = await compileTfjs({ y: matMul(a, b) }, "wasm");
  const { y } = await executable.run({
    a: { dtype: "float32", shape: [2, 1, 1, 1], data: Float32Array.of(1, 10) },
    b: { dtype: "float32", shape: [3, 1, 1], data: Float32Array.of(1, 2, 3) },
  });
  await executable.release();
  assertEquals([y!.shape, [...y!.data]], [[2, 3, 1, 1], [1, 2, 3, 10, 20, 30]]);
});

Deno.test("run() refuses a missing input and holds nothing after it", async () => {
  const executable = await compileTfjs({ y: matMul(x, w) }, "cpu");
  const held = tensorCount();
  await assertRejects(() => executable.run({ w: matrix(2, 1, 1, 1) }), RangeError, 'Input "x" of the graph was not');
  assertEquals(tensorCount(), held);
  await executable.release();
});

permittedTest("an operation that fails leaves no tensor behind", async () => {
  const before = tensorCount();
  const Gemm = () => {
    throw new Error("no such luck");
  };
  const y = gemm(mul(x, 3), w);
  const executable = await compileTfjs({ y }, "cpu", { ...TFJS_KERNELS, Gemm });
  await assertRejects(() => executable.run({ x: matrix(1, 2, 1, 2), w: matrix(2, 1, 1, 1) }), Error, "no such luck");
  await executable.release();
  assertEquals(tensorCount(), before);
});

permittedTest("the backend that somebody else made active stays active", async () => {
  const executable = await compileTfjs({ y: mul(x, 2) }, "wasm");
  await (await compileTfjs({ y: mul(x, 2) }, "cpu")).release();
  for (const active of ["cpu", "wasm"]) {
    await tf.setBackend(active);
    const { y } = await executable.run({ x: matrix(1, 2, 1, 2) });
    assertEquals([...y!.data], [2, 4]);
    assertEquals(tf.getBackend(), active);
  }
  await executable.release();
});

permittedTest("two executables on two backends run at the same time", async () => {
  const slow = await compileTfjs({ y: mul(x, 2) }, "cpu");
  const fast = await compileTfjs({ y: add(x, 1) }, "wasm");
  const feeds = { x: matrix(1, 2, 1, 2) };
  const results = await Promise.all([slow.run(feeds), fast.run(feeds), slow.run(feeds)]);
  assertEquals(results.map(({ y }) => [...y!.data]), [[2, 4], [2, 3], [2, 4]]);
  await slow.release();
  await fast.release();
});

Deno.test("an executable that was released runs no more", async () => {
  const executable = await compileTfjs({ y: mul(x, 2) }, "cpu");
  await executable.release();
  await assertRejects(() => executable.run({ x: matrix(1, 2, 1, 2) }), Error, "released");
});

permittedTest("compileTfjs() refuses what it cannot run, and holds nothing after it", async () => {
  const before = tensorCount();
  const refused = (y: Tensor, type: new () => Error, message: string) =>
    assertRejects(() => compileTfjs({ y }, "cpu"), type, message);
  await refused(operation("Sorting", [x], x.shape), RangeError, "no kernel for operation Sorting");
  const long = constant({ dtype: "int64", shape: [1], data: BigInt64Array.of(7n) });
  await refused(add(long, long), RangeError, "TensorFlow.js has no int64");
  await refused(add(x, input("x", ["n", 2])), RangeError, 'Two leaves of the graph are named "x"');
  await refused(mul(input("y", [1]), 2), RangeError, 'An output and a leaf of the graph are named "y"');
  const path = `${import.meta.dirname}/kernels.ts`;
  const short = weight({
    name: "w",
    shape: [2],
    dtype: "float32",
    source: { path, byteOffset: Deno.statSync(path).size - 4, byteLength: 8 },
  });
  await refused(mul(mul(x, 2), short), InputError, 'kernels.ts: the file ends within weight "w"');
  assertEquals(tensorCount(), before);
});

permittedTest("a graph of 2,000 operations runs", async () => {
  let y = x;
  for (let i = 0; i < 2000; i++) y = mul(y, i % 2 === 0 ? 2 : 0.5);
  const executable = await compileTfjs({ y }, "wasm");
  const { y: value } = await executable.run({ x: matrix(1, 2, 3, 4) });
  assertEquals([...value!.data], [3, 4]);
  await executable.release();
});
