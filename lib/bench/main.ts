/** `deno task bench`: measures training steps and the evaluation of scored tables, and prints a table of each. */
import { z } from "zod";
import { option, runTyped, verb } from "../cli/command.ts";
import { InputError } from "../errors.ts";
import { type ShapeName, SHAPES } from "../model/mod.ts";
import { tableText } from "../report/mod.ts";
import { benchMetrics } from "./metrics_bench.ts";
import { benchTraining } from "./training_bench.ts";

const NAMES = Object.keys(SHAPES) as ShapeName[];
const list = (values: string) => values.split(",");
const count = (least: number) => z.int(`expected a whole number of at least ${least}`).min(least);

const OPTIONS = z.object({
  only: option(z.enum(["training", "metrics"]).exactOptional(), "--only <part>", "measure one part only"),
  shapes: option(z.string().default(NAMES.join()), "--shapes <names>", `comma-separated: ${NAMES.join(", ")}`),
  texts: option(count(2).default(16), "--texts <n>", "texts per step"),
  length: option(count(2).default(128), "--length <n>", "tokens per text"),
  steps: option(count(1).default(5), "--steps <n>", "measured steps of each shape"),
  rows: option(z.string().default("10000,100000,1000000"), "--rows <counts>", "comma-separated sizes of the tables"),
});

const bench = verb(
  [
    "bench",
    "Times LoRA training steps on encoders of known shapes, and the evaluation of scored tables",
    "deno task bench --only training --shapes minilm",
  ],
  OPTIONS,
  async ({ only, shapes, rows, ...step }) => {
    const unknown = list(shapes).find((name) => !NAMES.includes(name as ShapeName));
    if (unknown !== undefined) {
      throw new InputError(`--shapes: expected ${NAMES.join(", ")}, found "${unknown}"`);
    }
    const sizes = list(rows).map(Number);
    if (!sizes.every((size) => Number.isInteger(size) && size >= 100)) {
      throw new InputError(`--rows: expected whole numbers of at least 100, found "${rows}"`);
    }
    const folder = await Deno.makeTempDir();
    try {
      if (only !== "metrics") await training(list(shapes) as ShapeName[], { ...step, folder });
      if (only !== "training") await metrics(sizes, folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

const right = (title: string) => ({ title, align: "right" as const });

async function training(shapes: readonly ShapeName[], step: Parameters<typeof benchTraining>[1]): Promise<void> {
  const rows: string[][] = [], breakdown: string[][] = [];
  for (const shape of shapes) {
    console.error(`measuring ${shape} …`);
    const { milliseconds, gigaflops, matMulGigaflops, memory, operators } = await benchTraining(shape, step);
    const speeds = [milliseconds, step.texts * step.length / milliseconds * 1000, gigaflops, matMulGigaflops];
    const others = [(gigaflops / matMulGigaflops).toFixed(2), (memory / 1e9).toFixed(2)];
    rows.push([shape, ...speeds.map((speed) => speed.toFixed(0)), ...others]);
    const top = operators.slice(0, 8).map(({ name, share }) => `${name} ${(100 * share).toFixed(0)}%`);
    breakdown.push([shape, top.join(", ")]);
  }
  const numbers = ["step (ms)", "tokens/s", "GFLOP/s", "MatMul GFLOP/s", "share", "memory (GB)"].map(right);
  const operators = { title: "where the time goes (ONNX operators)" };
  console.log(`\nLoRA training step, ${step.texts} texts × ${step.length} tokens, rank 8 on query, key and value\n`);
  console.log(tableText({ columns: [{ title: "shape" }, ...numbers], rows }));
  console.log("share: of the rate that the machine's own matrix product reached between the same steps\n");
  console.log(tableText({ columns: [{ title: "shape" }, operators], rows: breakdown }));
}

async function metrics(sizes: readonly number[], folder: string): Promise<void> {
  const results: Readonly<Record<string, number>>[] = [];
  for (const size of sizes) {
    console.error(`evaluating ${size} rows …`);
    results.push(await benchMetrics(size, folder));
  }
  const named = sizes.map((size) => size.toLocaleString("en-US"));
  const growths = named.slice(1).map((size) => right(`growth to ${size}`));
  const rows = Object.keys(results[0]!).map((stage) => [
    stage,
    ...results.map((result) => result[stage]!.toFixed(3)),
    ...results.slice(1).map((result, i) => `× ${(result[stage]! / results[i]![stage]!).toFixed(1)}`),
  ]);
  const columns = [{ title: "stage" }, ...named.map((size) => right(`${size} rows (s)`)), ...growths];
  console.log("\nEvaluation of scored tables, 5 groups, 1,000 resamples and permutations\n");
  console.log(tableText({ columns, rows }));
}

await runTyped(bench.name("deno task bench"));
