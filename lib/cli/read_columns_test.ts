import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { permittedTest, withFolder } from "../_testing.ts";
import { readColumns } from "./read_columns.ts";

const NUMBERS = ["0.5", "1", "-0", "1e-3", " 2 ", "+3", "0x1", "NA", "", "0.11113498591237965", "1e999", "n/a", "0,5"];
const LABELS = ["0", "1", "1.0", "true", "NA", ""];
const NAMES = ["x", " x", "X", "é", "none", "'=1", "=1", 'a "b"', "two\nlines", ""];

const row = fc.record({
  score: fc.constantFrom(...NUMBERS.slice(0, 4), ...NUMBERS.slice(0, 4), ...NUMBERS),
  label: fc.constantFrom(...LABELS.slice(0, 3), ...LABELS),
  group: fc.constantFrom(...NAMES),
  n: fc.constantFrom("1", "2", "7", "0", "1.5"),
});
const quoted = (text: string) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

permittedTest("readColumns() reads of a CSV's bytes what it reads of JSON's texts, errors included", async () => {
  let whole = 0;
  await withFolder(async (folder) => {
    const read = async (path: string, options: object) => {
      try {
        const input = await readColumns(path, { score: ["score"], group: ["group"], label: "label", ...options });
        return { ...input, source: "" };
      } catch (error) {
        return (error as Error).message.replaceAll(path, "");
      }
    };
    const options = fc.record({ dropMissing: fc.boolean(), counts: fc.constantFrom("n", undefined) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), options, async (rows, options) => {
        const [csv, json] = [`${folder}/t.csv`, `${folder}/t.jsonl`];
        // An apostrophe is the mark of a CSV alone.
        const plain = rows.map((own) => ({ ...own, group: own.group.replace(/^'/, "") }));
        const lines = rows.map((own) => Object.values(own).map(quoted).join(","));
        await Deno.writeTextFile(csv, ["score,label,group,n", ...lines, ""].join("\r\n"));
        await Deno.writeTextFile(json, plain.map((own) => JSON.stringify(own)).join("\n"));
        const own = await read(csv, options);
        assertEquals(own, await read(json, options));
        if (typeof own !== "string") whole++;
      }),
      { numRuns: 500 },
    );
  });
  assertEquals(whole > 20, true, `${whole}`);
});
