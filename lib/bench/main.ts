/** `deno task bench`: measures training steps and the audit of scored tables, and prints a table of each. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command, Option } from "commander";
import { tableText } from "../report/mod.ts";
import { benchMetrics, METRICS_STAGES, type MetricsBenchResult } from "./metrics_bench.ts";
import { type ShapeName, SHAPES } from "../model/mod.ts";
import { benchTraining } from "./training_bench.ts";

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
const program = new Command("deno task bench")
  .description("Times LoRA training steps on encoders of known shapes, and the audit of scored tables")
  .addOption(new Option("--only <part>", "measure one part only").choices(["training", "metrics"]))
  .option("--shapes <names>", "comma-separated: " + Object.keys(SHAPES).join(", "), Object.keys(SHAPES).join())
  .option("--texts <n>", "texts per step", "16")
  .option("--length <n>", "tokens per text", "128")
  .option("--steps <n>", "measured steps of each shape", "5")
  .option("--rows <counts>", "comma-separated sizes of the scored tables", "10000,100000,1000000")
  .parse(["deno", "bench", ...Deno.args]);
const options = program.opts<
  { shapes: string; texts: string; length: string; steps: string; rows: string; only?: "training" | "metrics" }
>();

const shapes = options.shapes.split(",");
for (const shape of shapes) {
  if (!(shape in SHAPES)) {
    program.error(`error: --shapes: expected ${Object.keys(SHAPES).join(", ")}, found "${shape}"`);
  }
}
const number = (name: "texts" | "length" | "steps", least: number) => {
  const value = Number(options[name]);
  if (Number.isInteger(value) && value >= least) return value;
  return program.error(`error: --${name}: expected a whole number of at least ${least}, found "${options[name]}"`);
};
const [texts, length, steps] = [number("texts", 2), number("length", 2), number("steps", 1)];

const sizes = options.rows.split(",").map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size >= 100)) {
  program.error(`error: --rows: expected whole numbers of at least 100, found "${options.rows}"`);
}

const folder = await Deno.makeTempDir();
try {
  if (options.only !== "metrics") await training();
  if (options.only !== "training") await metrics();
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function training(): Promise<void> {
  const rows: string[][] = [], breakdown: string[][] = [];
  for (const shape of shapes as ShapeName[]) {
    console.error(`measuring ${shape} …`);
    const result = await benchTraining({ shape, texts, length, steps, folder });
    rows.push([
      shape,
      result.milliseconds.toFixed(0),
      result.tokensPerSecond.toFixed(0),
      result.gigaflops.toFixed(0),
      result.matMulGigaflops.toFixed(0),
      result.share.toFixed(2),
      (result.memory / 1e9).toFixed(2),
    ]);
    const top = result.operators.slice(0, 8).map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`);
    breakdown.push([shape, top.join(", ")]);
  }
  const numbers = ["step (ms)", "tokens/s", "GFLOP/s", "MatMul GFLOP/s", "share", "memory (GB)"];
  console.log(`\nLoRA training step, ${texts} texts × ${length} tokens, rank 8 on query, key and value\n`);
  console.log(
    tableText({ columns: [{ title: "shape" }, ...numbers.map((title) => ({ title, align: "right" as const }))], rows }),
  );
  console.log("share: of the rate that the machine's own matrix product reached between the same steps\n");
  console.log(
    tableText({ columns: [{ title: "shape" }, { title: "where the time goes (ONNX operators)" }], rows: breakdown }),
  );
}

async function metrics(): Promise<void> {
  const results: MetricsBenchResult[] = [];
  for (const size of sizes) {
    console.error(`auditing ${size} rows …`);
    results.push(await benchMetrics(size, folder));
  }
  const growth = (stage: typeof METRICS_STAGES[number]) =>
    results.slice(1).map((result, i) => `× ${(result[stage] / results[i]![stage]).toFixed(1)}`);
  const right = (title: string) => ({ title, align: "right" as const });
  console.log("\nAudit of scored tables, 5 groups, 1,000 resamples and permutations\n");
  console.log(tableText({
    columns: [
      { title: "stage" },
      ...sizes.map((size) => right(`${size.toLocaleString("en-US")} rows (s)`)),
      ...sizes.slice(1).map((size) => right(`growth to ${size.toLocaleString("en-US")}`)),
    ],
    rows: METRICS_STAGES.map((stage) => [
      stage === "cells" ? "1,000 resamples of cells alone" : stage,
      ...results.map((result) => result[stage].toFixed(3)),
      ...growth(stage),
    ]),
  }));
}
