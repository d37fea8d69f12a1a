import type { CellValue } from "../write_table.ts";
import { writeTable, type WriteTableOptions } from "../write_table.ts";
import type { Twins } from "./education_counterfactuals.ts";

/** Columns of the table that {@linkcode writeTwins} writes. */
const COLUMNS = [
  "id",
  "level",
  "tier",
  "twin_level",
  "twin_tier",
  "changes",
  "reason",
  "original",
  "twin",
] as const;

/**
 * Writes originals beside their twins for a person to review: a row per twin, with what was changed (`a B.S. → an M.S.`,
 * joined by ` | `), and a row per twin that is not possible, with the reason instead.
 *
 * @param path The table to write; its extension decides the format.
 * @param resumes Each résumé with what `educationTwins` made of it, and a name for it.
 * @param options As for `writeTable`.
 * @returns The number of rows written.
 * @throws {InputError} If the table cannot be written.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { educationTwins } from "./education_counterfactuals.ts";
 * import { writeTwins } from "./write_counterfactuals.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * const text = "Holds a B.S. in Botany.";
 * const twins = educationTwins(text, { targets: [{ level: "master" }], rng: new Rng(1) });
 * await writeTwins(path, [{ id: "c1", text, twins }]);
 * assertEquals((await Deno.readTextFile(path)).split("\n")[1],
 *   "c1,bachelor,,master,,a B.S. → an M.S.,,Holds a B.S. in Botany.,Holds an M.S. in Botany.");
 * await Deno.remove(path);
 * ```
 */
export async function writeTwins(
  path: string,
  resumes: Iterable<{ id: string; text: string; twins: Twins }>,
  options: WriteTableOptions = {},
): Promise<number> {
  return await writeTable(path, COLUMNS, rows(resumes), options);
}

function* rows(resumes: Iterable<{ id: string; text: string; twins: Twins }>): Generator<Record<string, CellValue>> {
  for (const { id, text, twins: { level, tier, twins, impossible } } of resumes) {
    const base = { id, level, tier, original: text };
    for (const twin of twins) {
      const changes = twin.changes.map((change) => `${change.text} → ${change.replacement}`).join(" | ");
      yield { ...base, twin_level: twin.level, twin_tier: twin.tier, changes, reason: null, twin: twin.text };
    }
    for (const { target, reason } of impossible) {
      const wanted = { twin_level: target.level ?? level, twin_tier: target.tier ?? null };
      yield { ...base, ...wanted, changes: null, reason, twin: null };
    }
  }
}
