import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { add, cast, gather, gemm, input, vjp, weight } from "../mod.ts";
import type { Tensor, TensorData } from "../mod.ts";
import { int8Model } from "./portable_model.ts";
import { quantizeRows } from "./quantize_weights.ts";
import { compileOnnx, loadOnnx } from "./session.ts";
import { Rng } from "../../random.ts";
import { permittedTest, withFolder } from "../../_testing.ts";

Deno.test("quantizeRows() gives each row its own scale and keeps a row of zeros", () => {
  // Largest numbers 1.27, 0.254 and 0: scales 0.01, 0.002 and, for want of a number, 1.
  const { quantized, scale } = quantizeRows(Float32Array.of(1.27, -0.5, 0.1, -0.254, 0, 0), 2);
  assertEquals([...quantized], [255, 78, 178, 1, 128, 128]);
  [0.01, 0.002, 1].forEach((expected, row) => assertAlmostEquals(scale[row]!, expected, 1e-9));
});

const floats = (shape: number[], value: () => number): TensorData => ({
  dtype: "float32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, value),
});

/** A frozen matrix of random numbers `[48, 64]`, stored as floats or halves in a file. */
async function frozenMatrix(folder: string, dtype: "float32" | "float16"): Promise<Tensor> {
  const rng = new Rng(4), path = `${folder}/${dtype}.bin`;
  const stored = dtype === "float32" ? new Float32Array(64 * 48) : new Float16Array(64 * 48);
  for (let i = 0; i < stored.length; i++) stored[i] = rng.normal();
  await Deno.writeFile(path, new Uint8Array(stored.buffer));
  const source = { path, byteOffset: 0, byteLength: stored.byteLength };
  return cast(weight({ name: "w", shape: [48, 64], dtype, source }), "float32");
}

async function computed(
  outputs: Record<string, Tensor>,
  feeds: Record<string, TensorData>,
  precision: "fp32" | "int8",
): Promise<Record<string, Float32Array>> {
  const executable = await compileOnnx(outputs, { precision });
  const results = await executable.run(feeds).finally(() => executable.release());
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, results[name]!.data as Float32Array]));
}

permittedTest(
  "products in 8 bits are one percent off, forwards and back, in rows beside much larger ones too",
  () =>
    withFolder(async (folder) => {
      for (const dtype of ["float32", "float16"] as const) {
        const x = input("x", ["rows", 64]), dy = input("dy", ["rows", 48]), rng = new Rng(5);
        const y = gemm(x, await frozenMatrix(folder, dtype), { c: input("bias", [48]), transB: true });
        const graph = { y, dx: vjp(y, dy, [x])[0]! };
        const random = (shape: number[]) => floats(shape, () => rng.normal());
        const feeds = { x: random([9, 64]), dy: random([9, 48]), bias: random([48]) };
        // A row a hundred times as large as the others, as the first tokens of BERT have them.
        for (const { data } of [feeds.x, feeds.dy]) {
          const row = data.subarray(0, data.length / 9);
          row.forEach((value, i) => row[i] = 100 * Number(value));
        }
        const exact = await computed(graph, feeds, "fp32"), rough = await computed(graph, feeds, "int8");
        for (const name of ["y", "dx"] as const) {
          // Of the ordinary rows alone: a scale for all rows would leave them with one bit.
          const ordinary = (all: Float32Array) => all.subarray(all.length / 9);
          const [expected, found] = [ordinary(exact[name]!), ordinary(rough[name]!)];
          const size = Math.hypot(...expected), error = Math.hypot(...expected.map((value, i) => value - found[i]!));
          assert(error / size > 1e-4 && error / size < 0.012, `${name}, ${dtype}: ${error / size}`);
        }
      }
    }),
);

permittedTest(
  "a row in 8 bits gives the same bits whatever it is computed together with",
  () =>
    withFolder(async (folder) => {
      const y = gemm(input("x", ["rows", 64]), await frozenMatrix(folder, "float32"), { transB: true });
      const rng = new Rng(6), x = floats([7, 64], () => Math.max(-0.2, rng.normal())); // as a Gelu gives them
      const { y: together } = await computed({ y }, { x }, "int8");
      for (let row = 0; row < 7; row++) {
        const own = { ...x, shape: [1, 64], data: (x.data as Float32Array).slice(row * 64, (row + 1) * 64) };
        const { y: alone } = await computed({ y }, { x: own }, "int8");
        assertEquals(alone, together!.slice(row * 48, (row + 1) * 48));
      }
    }),
);

permittedTest(
  "weights are signed bytes only where that gives the bits of unsigned ones",
  () =>
    withFolder(async (folder) => {
      const x = input("x", ["rows", 64]), dy = input("dy", ["rows", 48]), rng = new Rng(7);
      const y = gemm(x, await frozenMatrix(folder, "float32"), { transB: true });
      const graph = { y, dx: vjp(y, dy, [x])[0]! };
      const feeds = { x: floats([33, 64], () => rng.normal()), dy: floats([33, 48], () => rng.normal()) };
      const executable = await loadOnnx(await int8Model(graph), { precision: "int8" });
      const unsigned = await executable.run(feeds).finally(() => executable.release());
      assertEquals(await computed(graph, feeds, "int8"), {
        y: unsigned.y!.data as Float32Array,
        dx: unsigned.dx!.data as Float32Array,
      });
    }),
);

permittedTest(
  "tables in 8 bits have a scale per row, and what is no frozen matrix stays as it is",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/table.bin`;
      await Deno.writeFile(path, new Uint8Array(Float32Array.of(1.27, -0.5, 0.1, -0.254).buffer));
      const source = { path, byteOffset: 0, byteLength: 16 };
      const table = weight({ name: "t", shape: [2, 2], dtype: "float32", source });
      const picked = gather(table, input("rows", ["n"], "int32"));
      const executable = await compileOnnx({ y: add(picked, input("shift", [2])) }, { precision: "int8" });
      const rows: TensorData = { dtype: "int32", shape: [2], data: Int32Array.of(1, 0) };
      const { y } = await executable.run({
        rows,
        shift: { dtype: "float32", shape: [2], data: Float32Array.of(0, 1) },
      });
      await executable.release();
      // 0.1 / 0.002 = 50 steps and 0.254 / 0.002 = 127 steps: both fall on one.
      [0.1, 0.746, 1.27, 0.5].forEach((expected, i) => assertAlmostEquals(Number(y!.data[i]), expected, 1e-6));
    }),
);
