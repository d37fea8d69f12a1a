import type { CellValue } from "../write_table.ts";
import { writeTable, type WriteTableOptions } from "../write_table.ts";
import type { Counterfactuals } from "./education_counterfactuals.ts";

/** Columns of the table that {@linkcode writeCounterfactuals} writes. */
const COLUMNS = [
  "id",
  "level",
  "tier",
  "counterfactual_level",
  "counterfactual_tier",
  "changes",
  "reason",
  "original",
  "counterfactual",
] as const;

/**
 * Writes originals beside their counterfactuals for a person to review: a row per counterfactual, with what was changed (`a B.S. → an M.S.`,
 * joined by ` | `), and a row per counterfactual that is not possible, with the reason instead.
 *
 * @param path The table to write; its extension decides the format.
 * @param resumes Each résumé with what `educationCounterfactuals` made of it, and a name for it.
 * @param options As for `writeTable`.
 * @returns The number of rows written.
 * @throws {InputError} If the table cannot be written.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { educationCounterfactuals } from "./education_counterfactuals.ts";
 * import { writeCounterfactuals } from "./write_counterfactuals.ts";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * const text = "Holds a B.S. in Botany.";
 * const counterfactuals = educationCounterfactuals(text, { targets: [{ level: "master" }], rng: new Rng(1) });
 * await writeCounterfactuals(path, [{ id: "c1", text, counterfactuals }]);
 * assertEquals((await Deno.readTextFile(path)).split("\n")[1],
 *   "c1,bachelor,,master,,a B.S. → an M.S.,,Holds a B.S. in Botany.,Holds an M.S. in Botany.");
 * await Deno.remove(path);
 * ```
 */
export async function writeCounterfactuals(
  path: string,
  resumes: Iterable<{ id: string; text: string; counterfactuals: Counterfactuals }>,
  options: WriteTableOptions = {},
): Promise<number> {
  return await writeTable(path, COLUMNS, rows(resumes), options);
}

function* rows(
  resumes: Iterable<{ id: string; text: string; counterfactuals: Counterfactuals }>,
): Generator<Record<string, CellValue>> {
  for (const { id, text, counterfactuals: { level, tier, counterfactuals, impossible } } of resumes) {
    const base = { id, level, tier, original: text };
    for (const counterfactual of counterfactuals) {
      const changes = counterfactual.changes.map((change) => `${change.text} → ${change.replacement}`).join(" | ");
      yield {
        ...base,
        counterfactual_level: counterfactual.level,
        counterfactual_tier: counterfactual.tier,
        changes,
        reason: null,
        counterfactual: counterfactual.text,
      };
    }
    for (const { target, reason } of impossible) {
      const wanted = { counterfactual_level: target.level ?? level, counterfactual_tier: target.tier ?? null };
      yield { ...base, ...wanted, changes: null, reason, counterfactual: null };
    }
  }
}
