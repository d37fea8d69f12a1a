import { assertEquals } from "@std/assert";
import type { Figure } from "./figure.ts";

/**
 * Compares a figure's JSON, without its records and the theme that all share, with the snapshot of its name in
 * `__snapshots__/`.
 *
 * `deno test -P=test lib/report/figures -- --update` writes the snapshots instead, `deno fmt` lays them out; review
 * their diff like code.
 */
export async function assertSnapshot(figure: Figure): Promise<void> {
  const url = new URL(`./__snapshots__/${figure.name}.json`, import.meta.url);
  const { template: _, ...layout } = figure.layout;
  const { rows: _rows, ...shown } = figure;
  const actual = JSON.stringify({ ...shown, layout }, null, 1) + "\n";
  if (Deno.args.includes("--update")) await Deno.writeTextFile(url, actual);
  assertEquals(JSON.parse(actual), JSON.parse(await Deno.readTextFile(url)));
}
