/** `deno task bench`: measures training steps and prints a table. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command } from "commander";
import { textTable } from "../report/text_table.ts";
import { type ShapeName, SHAPES } from "./random_model.ts";
import { benchTraining } from "./training_bench.ts";

setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
const program = new Command("deno task bench")
  .description("Times LoRA training steps on encoders of known shapes with random weights")
  .option("--shapes <names>", "comma-separated: " + Object.keys(SHAPES).join(", "), Object.keys(SHAPES).join())
  .option("--texts <n>", "texts per step", "16")
  .option("--length <n>", "tokens per text", "128")
  .option("--steps <n>", "measured steps of each shape", "5")
  .parse(["deno", "bench", ...Deno.args]);
const options = program.opts<{ shapes: string; texts: string; length: string; steps: string }>();

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

const folder = await Deno.makeTempDir();
try {
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
  console.log(textTable([{ title: "shape" }, ...numbers.map((title) => ({ title, align: "right" as const }))], rows));
  console.log("share: of the rate that the machine's own matrix product reached between the same steps\n");
  console.log(textTable([{ title: "shape" }, { title: "where the time goes (ONNX operators)" }], breakdown));
} finally {
  await Deno.remove(folder, { recursive: true });
}
