/**
 * `deno task demo-data`: writes the demo data. With other options it writes people that nobody was trained on, from the
 * same labour market: a table to evaluate runs on that is as large as one likes.
 */
import { stringify } from "@std/csv";
import { dirname } from "@std/path";
import { z } from "zod";
import { type DemoOptions, generateDemo } from "../data/mod.ts";
import { makeFolder, writeText } from "../files.ts";
import { option, path, verb } from "./command.ts";
import { folderOf, keepOnly } from "./permissions.ts";

const whole = z.int("expected a whole number ≥ 0").min(0, "expected a whole number ≥ 0");

export const demoData = verb(
  [
    "demo-data",
    "Write generated résumé–job pairs with a planted bias, which data/README.md describes",
    "deno task demo-data",
    "deno task demo-data --seed 7 --output data/raw/other_people.csv",
  ],
  z.object({
    output: option(path.default("data/raw/demo.csv"), "-o, --output <file>", "where they go"),
    seed: option(whole.default(42), "--seed <number>", "other people and postings"),
    bias: option(
      z.enum(["education", "signals"]).default("education"),
      "--bias <kind>",
      "what the labels are biased by: the stated education, or signals that go along with it and cannot be masked",
    ),
    candidates: option(whole.default(500), "--candidates <count>", "how many people apply, 2.4 times each on average"),
  }),
  async ({ output, ...options }) => {
    await keepOnly({ write: [folderOf(output)] });
    await makeFolder(dirname(output));
    await writeText(output, demoCsv(options));
  },
);

/** The demo data as CSV, by default byte for byte what is committed as `data/raw/demo.csv`. */
export function demoCsv(options: DemoOptions = {}): string {
  const pairs = generateDemo(options);
  return stringify(pairs.map((pair) => ({ ...pair })), { columns: Object.keys(pairs[0]!) });
}
