import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { readTable } from "../data/read_table.ts";
import { writeTable } from "../data/write_table.ts";
import { groupRows } from "../metrics/mod.ts";
import { audit } from "./audit.ts";
import { auditCsv } from "../report/audit/audit_csv.ts";
import { auditHtml } from "../report/audit/audit_html.ts";
import { auditJson } from "../report/audit/audit_json.ts";
import { auditText } from "../report/audit/audit_text.ts";

// One seed for all runs: a failure must be the same failure for everybody.
fc.configureGlobal({ seed: 2019 });

const cell = fc.record({
  score: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  twin: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  label: fc.integer({ min: 0, max: 1 }),
  group: fc.constantFrom("a", "b", "only once", "<i>&"),
  job: fc.constantFrom("cook", "nurse"),
});

/** An audit of a few random rows, in which much is undefined. */
const audits = fc.record({
  rows: fc.array(cell, { minLength: 1, maxLength: 14 }),
  labelled: fc.boolean(),
  threshold: fc.constantFrom(0, 0.5, 1.1),
}).map(({ rows, labelled, threshold }) => {
  const numbers = (name: "score" | "twin" | "label") => ({ name, values: Float64Array.from(rows, (row) => row[name]) });
  const names = (name: "group" | "job") => ({ name, groups: groupRows(rows.map((row) => row[name])) });
  return audit({
    source: "rows.csv",
    score: numbers("score"),
    counterfactualScore: numbers("twin"),
    label: labelled ? numbers("label") : undefined,
    groups: [names("group")],
    job: names("job"),
    control: names("job"),
  }, { threshold, topK: 2, resamples: 12 });
});

/** Every object in a JSON document. */
function* objects(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* objects(part);
}

Deno.test("an undefined number is null with a reason in JSON, never 0, NaN or a missing field", () => {
  let seen = 0;
  fc.assert(
    fc.property(audits, (result) => {
      const document = JSON.parse(auditJson(result));
      assertEquals(document, result);
      for (const own of objects(document)) {
        if (!("value" in own)) continue;
        if (own.value === null) seen++;
        assertEquals(own.value === null, typeof own.reason === "string", JSON.stringify(own));
      }
    }),
    { numRuns: 25 },
  );
  assert(seen > 500, `${seen} undefined values`);
});

Deno.test("an undefined number is an empty field with a reason in the written CSV", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    await fc.assert(
      fc.asyncProperty(audits, async (result) => {
        for (const { columns, rows } of auditCsv(result)) {
          if (!columns.includes("undefined_because")) continue;
          await writeTable(path, columns, rows);
          const read = await Array.fromAsync(readTable(path), ({ values }) => values);
          assertEquals(read.length, rows.length);
          for (const row of read) {
            assertEquals(row.value === "", row.undefined_because !== "", JSON.stringify(row));
            assert(row.value === "" || Number.isFinite(Number(row.value)), row.value);
          }
        }
      }),
      { numRuns: 10 },
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("terminal and page show any audit without a stray undefined, NaN or markup from the data", () => {
  fc.assert(
    fc.property(audits, (result) => {
      for (const shown of [auditText(result), auditHtml(result)]) {
        assert(
          !/\bNaN\b|Infinity|\bundefined\b(?! )|\[object/.test(shown),
          shown.match(/.{40}(NaN|undefined).{20}/)?.[0],
        );
      }
      assert(!auditHtml(result).includes("<i>"));
    }),
    { numRuns: 15 },
  );
});
