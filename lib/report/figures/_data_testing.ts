import { readTable } from "../../data/read_table.ts";

/** A name that holds everything that must appear as text. */
export const HOSTILE_NAME = `<script>alert("x")</script> <a href='javascript:0'>B.A.</a> $y$ %{x} 😀 مرحبا`;

/** The columns of `data/raw/demo.csv`, whose numbers `data/README.md` tells. */
export async function demoColumns(): Promise<Record<string, string[]>> {
  const columns: Record<string, string[]> = {};
  for await (const { values } of readTable(`${import.meta.dirname}/../../../data/raw/demo.csv`)) {
    for (const [name, cell] of Object.entries(values)) (columns[name] ??= []).push(cell);
  }
  return columns;
}
