/** `deno task fuzz`: gives every parser inputs that nobody means, and says which it took for what they are not. */
import { z } from "zod";
import { option, runTyped, texts, verb } from "../cli/command.ts";
import { InputError } from "../errors.ts";
import { right, tableText } from "../report/mod.ts";
import { fuzz } from "./fuzz.ts";
import { allTargets } from "./targets/mod.ts";

const COUNTED = ["inputs", "read", "trace", "hang", "nonsense"] as const;

const whole = z.int("expected a whole number ≥ 0").min(0, "expected a whole number ≥ 0");
const positive = z.number().positive("expected a number above 0");

const command = verb(
  [
    "fuzz",
    "Gives every parser damaged and hostile inputs; keeps those that end in a trace, a hang or nonsense",
    "deno task fuzz --minutes 10 --seed 2",
    'deno task fuzz --only tokenizer.json --only "run.json"',
  ],
  z.object({
    minutes: option(positive.default(10), "--minutes <n>", "how long, all parsers in turn"),
    inputs: option(whole.exactOptional(), "--inputs <n>", "so many for each parser, however long that takes"),
    only: option(texts, "--only <parser>", "this one alone; repeatable"),
    seed: option(whole.default(1), "--seed <n>", "the same seed gives the same inputs"),
    from: option(whole.default(0), "--from <n>", "the first input, to run one again"),
    limit: option(positive.default(20), "--limit <seconds>", "an input that takes longer hangs"),
    output: option(z.string().default("data/processed/fuzz"), "-o, --output <folder>", "where what failed is kept"),
  }),
  async ({ only, inputs, minutes, ...options }) => {
    const all = await allTargets();
    const names = all.map(({ name }) => name);
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new InputError(`--only: expected one of ${names.join(", ")}, found "${unknown}"`);
    const targets = all.filter(({ name }) => only.length === 0 || only.includes(name));
    const time = inputs === undefined ? minutes : Infinity;
    const { counts, findings } = await fuzz(targets, { ...options, inputs, minutes: time });
    const rows = [...counts].map(([name, own]) => [name, ...COUNTED.map((key) => own[key])]);
    const sums = COUNTED.map((_, i) => i + 1).map((i) => rows.reduce((sum, row) => sum + Number(row[i]), 0));
    const columns = ["parser", ...["inputs", "read", "stack traces", "hangs", "nonsense"].map((title) => right(title))];
    console.log(tableText({ columns, rows: [...rows, ["all", ...sums]].map((row) => row.map(String)) }));
    for (const { target, kind, times, signature, folder } of findings) {
      console.log(`${target}: ${kind}, ${times} ${times === 1 ? "time" : "times"}: ${signature}\n  ${folder}`);
    }
    if (findings.length > 0) Deno.exit(1);
  },
);

await runTyped(command.name("deno task fuzz"));
