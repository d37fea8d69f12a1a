import { assert, assertEquals, assertRejects } from "@std/assert";
import { permitted, permittedTest } from "../../_testing.ts";
import { Rng } from "../../random.ts";
import { cast, matMul, mul, reduceMean, reduceSum } from "../operations.ts";
import { gradients } from "../gradients.ts";
import { input, type TensorData } from "../tensor.ts";
import { compileOnnx as compile } from "./session.ts";

const x = input("x", ["n", 2]), w = input("w", [2, "m"]);

function matrix(rows: number, columns: number, ...values: number[]): TensorData {
  return { dtype: "float32", shape: [rows, columns], data: Float32Array.from(values) };
}

permittedTest("one executable runs every size of the named dimensions", async () => {
  const executable = await compile({ y: matMul(x, w) });
  assertEquals(executable.inputs, ["x", "w"]);
  for (const [n, m] of [[1, 1], [3, 2], [7, 5], [1, 1]] as const) {
    const { y } = await executable.run({
      x: matrix(n, 2, ...new Array(2 * n).fill(2)),
      w: matrix(2, m, ...new Array(2 * m).fill(3)),
    });
    assertEquals([...y!.shape], [n, m]);
    assertEquals([...y!.data], new Array(n * m).fill(12));
  }
  await executable.release();
});

permittedTest("a gradient that counts elements follows the batch", async () => {
  const loss = reduceMean(mul(x, x));
  const executable = await compile({ loss, dx: gradients(loss, [x])[0]! });
  const first = await executable.run({ x: matrix(1, 2, 2, 4) });
  assertEquals([...first.loss!.data, ...first.dx!.data], [10, 2, 4]);
  const second = await executable.run({ x: matrix(2, 2, 2, 4, 2, 4) });
  assertEquals([...second.loss!.data, ...second.dx!.data], [10, 1, 2, 1, 2]);
  await executable.release();
});

permittedTest("run() ignores values for inputs that the graph does not have", async () => {
  const executable = await compile({ y: mul(x, 2) });
  const { y } = await executable.run({ x: matrix(1, 2, 1, 2), other: matrix(1, 1, 5) });
  assertEquals([...y!.data], [2, 4]);
  await executable.release();
});

permittedTest("run() refuses a missing input and values of another type, shape or number", async () => {
  const executable = await compile({ y: matMul(x, w) });
  const given = matrix(2, 1, 1, 1);
  const refused = (feeds: Record<string, TensorData>, message: string) =>
    assertRejects(() => executable.run(feeds), RangeError, message);
  await refused({ x: given }, 'Input "x": expected float32 [n, 2], was given float32 [2, 1]');
  await refused({ w: given }, 'Input "x" of the graph was not given a value');
  const ints: TensorData = { dtype: "int32", shape: [1, 2], data: Int32Array.of(1, 2) };
  await refused({ x: ints, w: given }, 'Input "x": expected float32 [n, 2], was given int32 [1, 2]');
  const flat: TensorData = { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) };
  await refused({ x: flat, w: given }, "was given float32 [2]");
  await refused({ x: matrix(2, 2, 1, 2, 3), w: given }, 'Input "x": expected 4 values, was given 3 for shape [2, 2]');
  await executable.release();
});

permittedTest("run() refuses two sizes of one named dimension", async () => {
  const executable = await compile({ y: mul(x, 2), z: mul(input("v", ["n", 1]), 2) });
  await assertRejects(
    () => executable.run({ x: matrix(2, 2, 1, 2, 3, 4), v: matrix(1, 1, 5) }),
    RangeError,
    'Input "v": expected its dimension "n" to be 2 as in input "x", was given 1',
  );
  await executable.release();
});

permittedTest("booleans go in and come out as bytes", async () => {
  const flags = input("flags", ["n"], "bool");
  const executable = await compile({ flags2: cast(cast(flags, "int32"), "bool") });
  const { flags2 } = await executable.run({ flags: { dtype: "bool", shape: [3], data: Uint8Array.of(1, 0, 1) } });
  assertEquals(flags2!.dtype, "bool");
  assertEquals([...flags2!.data], [1, 0, 1]);
  await executable.release();
});

permittedTest("an executable that was released runs no more", async () => {
  const executable = await compile({ y: mul(x, 2) });
  await executable.release();
  await assertRejects(() => executable.run({ x: matrix(1, 2, 1, 2) }), Error);
});

permittedTest("a graph of 2,000 operations compiles", async () => {
  let y = x;
  for (let i = 0; i < 2000; i++) y = mul(y, i % 2 === 0 ? 2 : 0.5);
  const executable = await compile({ y }, { threads: 1 });
  const { y: value } = await executable.run({ x: matrix(1, 2, 3, 4) });
  assertEquals([...value!.data], [3, 4]);
  await executable.release();
});

permittedTest("products with a layer's weights, and sums, have the same bits on one thread and on two", async () => {
  const rng = new Rng(1);
  const random = (n: number, m: number): TensorData => {
    return { dtype: "float32", shape: [n, m], data: Float32Array.from({ length: n * m }, () => rng.normal()) };
  };
  const a = input("a", ["rows", "inner"]), b = input("b", ["inner", "columns"]), y = matMul(a, b);
  for (const [rows, inner, columns] of [[97, 384, 384], [7, 1536, 384], [300, 384, 8]] as const) {
    const feeds = { a: random(rows, inner), b: random(inner, columns) };
    const [one, two] = await Promise.all([1, 2].map(async (threads) => {
      const executable = await compile({ y, sums: reduceSum(y, { axes: [-1] }) }, { threads });
      const results = await executable.run(feeds);
      await executable.release();
      return results;
    }));
    assert(one!.y!.data.length === rows * columns && one!.sums!.data.length === rows);
    assertEquals(two, one);
  }
});

const hasTaskset = permitted && Deno.build.os === "linux" &&
  await new Deno.Command("taskset", { args: ["-c", "0", "true"] }).output().then(({ success }) => success, () => false);

(hasTaskset ? permittedTest : Deno.test.ignore)("a session has as many threads as the process may use", async () => {
  const sessions = 16; // many: the runtime starts and ends threads of its own meanwhile
  const script = `
    import { compileOnnx } from "${new URL("./session.ts", import.meta.url)}";
    import { mul } from "${new URL("../operations.ts", import.meta.url)}";
    import { input } from "${new URL("../tensor.ts", import.meta.url)}";
    const threads = () => [...Deno.readDirSync("/proc/self/task")].length;
    const started = async (options) => {
      const before = threads();
      for (let i = 0; i < ${sessions}; i++) await compileOnnx({ y: mul(input("x", ["n"]), 2) }, options);
      return threads() - before;
    };
    await started({ threads: 1 });
    console.log(JSON.stringify([navigator.hardwareConcurrency, await started({}), await started({ threads: 3 })]));`;
  const { stdout } = await new Deno.Command("taskset", {
    args: ["-c", "0", Deno.execPath(), "eval", script],
    stderr: "inherit",
  }).output();
  const [processors, own, three] = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(processors, 1);
  // A session on three threads starts two. On two, as on the two cores of another machine, it would start one.
  assert(three - own > sessions, `${sessions} sessions started ${own} threads, and ${three} where told to use three`);
});
