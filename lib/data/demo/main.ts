/** Writes the demo data: `deno task demo-data`. */

import { stringify } from "@std/csv";
import { generateDemo } from "./generate.ts";

/** The demo data as CSV, byte for byte what is committed as `data/raw/demo.csv`. */
export function demoCsv(): string {
  const pairs = generateDemo();
  return stringify(pairs.map((pair) => ({ ...pair })), { columns: Object.keys(pairs[0]!) });
}

if (import.meta.main) {
  const path = new URL("../../../data/raw/demo.csv", import.meta.url);
  await Deno.mkdir(new URL("./", path), { recursive: true });
  await Deno.writeTextFile(path, demoCsv());
}
