/**
 * Writes the demo data: `deno task demo-data`. With other options it writes people that nobody was trained on, from the
 * same labour market: a table to evaluate runs on that is as large as one likes.
 */
import { stringify } from "@std/csv";
import { Command, InvalidArgumentError } from "commander";
import { type DemoOptions, generateDemo } from "./generate.ts";

/** The demo data as CSV, by default byte for byte what is committed as `data/raw/demo.csv`. */
export function demoCsv(options: DemoOptions = {}): string {
  const pairs = generateDemo(options);
  return stringify(pairs.map((pair) => ({ ...pair })), { columns: Object.keys(pairs[0]!) });
}

if (import.meta.main) {
  const { output, ...options } = new Command("deno task demo-data")
    .description("Writes generated résumé–job pairs with a planted bias, which data/README.md describes")
    .option("-o, --output <file>", "where they go", "data/raw/demo.csv")
    .option("--seed <number>", "other people and postings", whole, 42)
    .option("--candidates <count>", "how many people apply, 2.4 times each on average", whole, 500)
    .parse(["deno", "task", ...Deno.args]).opts<{ output: string } & Required<DemoOptions>>();
  await Deno.mkdir(output.replace(/[^/]*$/, "") || ".", { recursive: true });
  await Deno.writeTextFile(output, demoCsv(options));
}

function whole(value: string): number {
  if (/^\d+$/.test(value)) return Number(value);
  throw new InvalidArgumentError("Expected a whole number.");
}
