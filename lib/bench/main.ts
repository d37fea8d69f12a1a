/** `deno task bench`: measures training steps and the evaluation of scored tables, and prints a table of each. */
import { z } from "zod";
import { option, runTyped, verb } from "../cli/command.ts";
import { InputError } from "../errors.ts";
import { type ShapeName, SHAPES } from "../model/mod.ts";
import { tableText } from "../report/mod.ts";
import { benchMetrics } from "./metrics_bench.ts";
import { type CompareOptions, compareWithPyTorch, MODES } from "./pytorch_bench.ts";
import { benchTraining } from "./training_bench.ts";

const NAMES = Object.keys(SHAPES) as ShapeName[];
const list = (values: string) => values.split(",");

/** The names of an option, each of them one of the known ones. */
function namesOf<T extends string>(option: string, names: string, known: readonly T[]): T[] {
  return list(names).map((name) => {
    const found = known.find((own) => own === name);
    if (found === undefined) throw new InputError(`${option}: expected ${known.join(", ")}, found "${name}"`);
    return found;
  });
}

const count = (least: number) => z.int(`expected a whole number of at least ${least}`).min(least);

const OPTIONS = z.object({
  only: option(z.enum(["training", "metrics"]).exactOptional(), "--only <part>", "measure one part only"),
  shapes: option(z.string().default(NAMES.join()), "--shapes <names>", `comma-separated: ${NAMES.join(", ")}`),
  texts: option(count(2).default(16), "--texts <n>", "texts per step"),
  length: option(count(2).default(128), "--length <n>", "tokens per text"),
  steps: option(count(1).default(5), "--steps <n>", "measured steps of each shape"),
  threads: option(
    count(1).exactOptional(),
    "--threads <n>",
    "threads of one operation; default: as many as the process may use",
  ),
  against: option(
    z.enum(["pytorch", "fairlearn"]).exactOptional(),
    "--against <peer>",
    "pytorch: PyTorch with PEFT does the same in turn, and ratios are printed; needs python3 with torch, transformers, " +
      "peft. fairlearn: its bootstrap of the same tables beside ours; needs python3 with fairlearn",
  ),
  encoding: option(
    z.boolean().exactOptional(),
    "--encoding",
    "with --against: embed 64 texts of 90 to 500 tokens instead",
  ),
  modes: option(z.string().default(MODES.join()), "--modes <names>", `PyTorch's, comma-separated: ${MODES.join(", ")}`),
  rows: option(z.string().default("10000,100000,1000000"), "--rows <counts>", "comma-separated sizes of the tables"),
});

const bench = verb(
  [
    "bench",
    "Times LoRA training steps on encoders of known shapes, and the evaluation of scored tables",
    "deno task bench --only training --shapes minilm",
  ],
  OPTIONS,
  async ({ only, shapes, rows, against, encoding, modes, ...step }) => {
    const known = namesOf("--shapes", shapes, NAMES);
    const sizes = list(rows).map(Number);
    if (!sizes.every((size) => Number.isInteger(size) && size >= 100)) {
      throw new InputError(`--rows: expected whole numbers of at least 100, found "${rows}"`);
    }
    const folder = await Deno.makeTempDir();
    try {
      if (against === "fairlearn" && only === "training") {
        throw new InputError("--against fairlearn: expected --only metrics, found training");
      }
      if (against === "pytorch") {
        const lengths = encoding ? RESUME_LENGTHS : new Array<number>(step.texts).fill(step.length);
        const work = encoding ? "encoding" : "training";
        const { steps: pairs, threads = navigator.hardwareConcurrency } = step;
        const own = namesOf("--modes", modes, MODES);
        await compare(known, { work, lengths, pairs, threads, modes: own, folder });
        return;
      }
      if (only !== "metrics" && against === undefined) await training(known, { ...step, folder });
      if (only !== "training") await metrics(sizes, folder, against);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** As long as résumés are: evenly spaced, so that PyTorch's batches are padded as little as they are in life. */
const RESUME_LENGTHS = Array.from({ length: 64 }, (_, i) => 90 + Math.round(410 * i / 63));

/** The machine's own product may move by so much before a ratio says more of the machine than of the programs. */
const MOST_DRIFT = 1.2;

async function compare(shapes: readonly ShapeName[], options: CompareOptions): Promise<void> {
  const rows: string[][] = [], drifts: string[] = [];
  const busy = Deno.loadavg()[0]!;
  let versions = "";
  for (const shape of shapes) {
    console.error(`comparing ${shape} …`);
    const compared = await compareWithPyTorch(shape, options);
    versions = compared.versions;
    for (const { ours, mode, milliseconds, ratio: [middle, least, most] } of compared.comparisons) {
      const times = [milliseconds.ours, milliseconds.pytorch].map((time) => time.toFixed(0));
      rows.push([shape, ours, mode, ...times, middle.toFixed(2), `${least.toFixed(2)} to ${most.toFixed(2)}`]);
    }
    if (compared.drift > MOST_DRIFT) drifts.push(`${shape} (× ${compared.drift.toFixed(1)})`);
  }
  const numbers = ["ours (ms)", "PyTorch (ms)", "PyTorch / ours", "of the pairs"].map(right);
  const { work, lengths, pairs, threads } = options;
  const what = work === "training"
    ? `LoRA training step, ${lengths.length} texts × ${lengths[0]} tokens, rank 8 on query, key and value`
    : `${lengths.length} texts of ${lengths[0]} to ${lengths.at(-1)} tokens embedded`;
  console.log(`\n${what}; ${pairs} pairs, ${threads} threads; ${versions}; load ${busy.toFixed(1)} when it began\n`);
  console.log(
    tableText({ columns: ["shape", "ours in", "PyTorch in"].map((title) => ({ title })).concat(numbers), rows }),
  );
  if (drifts.length > 0) {
    console.log(
      `The machine's own matrix product moved by more than 20 % meanwhile: ${drifts.join(", ")}. Times are no ` +
        "measurement then, and ratios only where the pairs agree: repeat on a quiet machine.",
    );
  }
}

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

async function metrics(sizes: readonly number[], folder: string, against?: "fairlearn"): Promise<void> {
  const results: Readonly<Record<string, number>>[] = [];
  let versions: string | undefined;
  for (const size of sizes) {
    console.error(`evaluating ${size} rows …`);
    const measured = await benchMetrics(size, folder, against);
    results.push(measured.seconds);
    versions = measured.versions;
  }
  const named = sizes.map((size) => size.toLocaleString("en-US"));
  const growths = named.slice(1).map((size) => right(`growth to ${size}`));
  const rows = Object.keys(results[0]!).map((stage) => [
    stage,
    ...results.map((result) => result[stage]!.toFixed(3)),
    ...results.slice(1).map((result, i) => `× ${(result[stage]! / results[i]![stage]!).toFixed(1)}`),
  ]);
  const columns = [{ title: "stage" }, ...named.map((size) => right(`${size} rows (s)`)), ...growths];
  const beside = versions === undefined ? "" : `; ${versions}; load ${Deno.loadavg()[0]!.toFixed(1)}`;
  console.log(`\nEvaluation of scored tables, 5 groups, 1,000 resamples and permutations${beside}\n`);
  console.log(tableText({ columns, rows }));
}

await runTyped(bench.name("deno task bench"));
