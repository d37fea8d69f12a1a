import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { add, gather, gemm, input, weight } from "../mod.ts";
import type { TensorData } from "../mod.ts";
import { quantizeRows } from "./quantize_weights.ts";
import { compileOnnx } from "./session.ts";
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

/** The relative error of a product in 8 bits, its weight stored as floats or halves. */
async function productError(folder: string, dtype: "float32" | "float16"): Promise<number> {
  const rng = new Rng(4), path = `${folder}/${dtype}.bin`;
  const stored = dtype === "float32" ? new Float32Array(64 * 48) : new Float16Array(64 * 48);
  for (let i = 0; i < stored.length; i++) stored[i] = rng.normal();
  await Deno.writeFile(path, new Uint8Array(stored.buffer));
  const source = { path, byteOffset: 0, byteLength: stored.byteLength };
  const frozen = weight({ name: "w", shape: [48, 64], dtype, source });
  const { cast } = await import("../mod.ts");
  const y = gemm(input("x", ["rows", 64]), cast(frozen, "float32"), { c: input("bias", [48]), transB: true });
  // A row a hundred times as large as the others, as the first tokens of BERT have them.
  const x = floats([9, 64], () => rng.normal());
  x.data.subarray(0, 64).forEach((value, i) => x.data[i] = 100 * Number(value));
  const feeds = { x, bias: floats([48], () => rng.normal()) };
  const results: Float32Array[] = [];
  for (const precision of ["fp32", "int8"] as const) {
    const executable = await compileOnnx({ y }, { precision });
    results.push((await executable.run(feeds)).y!.data as Float32Array);
    await executable.release();
  }
  const [exact, rough] = results as [Float32Array, Float32Array];
  // Of the ordinary rows alone: a scale for all rows would leave them with one bit.
  const rows = exact.subarray(48), size = Math.sqrt(rows.reduce((sum, value) => sum + value * value, 0));
  return Math.sqrt(rows.reduce((sum, value, i) => sum + (value - rough[i + 48]!) ** 2, 0)) / size;
}

permittedTest(
  "products in 8 bits are one percent off, in rows beside much larger ones too",
  () =>
    withFolder(async (folder) => {
      for (const dtype of ["float32", "float16"] as const) {
        const error = await productError(folder, dtype);
        assert(error > 1e-4 && error < 0.012, `${dtype}: ${error}`);
      }
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
