import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate, type Evaluation } from "../evaluate/mod.ts";
import { countsSql, type SQL_DIALECTS } from "./counts_sql.ts";
import { checkOptions } from "./command.ts";
import { METRICS_OPTIONS } from "./metrics.ts";
import { readColumns } from "./read_columns.ts";
import type { z } from "zod";

const FOLDER = new URL("../testdata/counts", import.meta.url).pathname;
const COLUMNS = { group: ["education"], label: "hired", weight: "weight", control: "region" };
const ROWS = { input: "rows.csv", score: ["score"], ...COLUMNS };

async function audit(given: z.input<typeof METRICS_OPTIONS>): Promise<Evaluation> {
  const options = checkOptions(METRICS_OPTIONS, { resamples: 100, ...given });
  return evaluate(await readColumns(options.input, options), options);
}

const sqlOf = (given: Partial<z.input<typeof METRICS_OPTIONS>>, dialect: (typeof SQL_DIALECTS)[number] = "duckdb") =>
  countsSql(dialect, checkOptions(METRICS_OPTIONS, { ...ROWS, ...given }));

/** The rows as a table whose score is the decision at one half, and the same without a column. */
async function withDecisions<T>(without: readonly string[], run: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  const [head, ...lines] = (await Deno.readTextFile(`${FOLDER}/rows.csv`)).trim().split("\n").map((l) => l.split(","));
  const kept = head!.map((name) => !without.includes(name));
  const text = [["decision", ...head!], ...lines.map((line) => [Number(Number(line[0]) >= 0.5), ...line])]
    .map(([decision, ...line]) => [decision, ...line.filter((_, j) => kept[j])].join(",")).join("\n");
  try {
    await Deno.writeTextFile(path, text);
    return await run(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Every number of two evaluations under the same key, by where it stands. */
function* numbers(a: unknown, b: unknown, where = ""): Generator<[where: string, a: number, b: number]> {
  if (typeof a === "number" && typeof b === "number") yield [where, a, b];
  else if (a !== null && b !== null && typeof a === "object" && typeof b === "object") {
    assertEquals(Object.keys(a).sort(), Object.keys(b).sort(), where);
    for (const key of Object.keys(a)) {
      yield* numbers(a[key as never], b[key as never], `${where}.${key}`);
    }
  } else assertEquals(a, b, where);
}

/** Resamples and tests of scores are drawn otherwise from kinds of rows than from rows, by the same chances. */
const OF_SCORES =
  /meanScore|rocAuc|averagePrecision|logLoss|brier|abroca|calibration|distances.*P\.|disparities\.(9|1\d)\.(interval|pValue)/;

permittedTest("counts that DuckDB made give every number of the audit of the rows to 1e-12", async () => {
  for (const leave of [[], ["weight"]]) {
    const weighted = leave.length === 0;
    const weight = weighted ? { weight: "weight" } : {};
    const { weight: _, ...others } = COLUMNS;
    const options = { score: ["decision"], ...others, ...weight };
    const rows = await withDecisions(leave, (input) => audit({ input, ...options }));
    const counts = await audit({
      input: `${FOLDER}/${weighted ? "weighted" : "decisions"}.csv`,
      counts: "n",
      ...options,
    });
    assertEquals([counts.data.rows, counts.data.columns.counts, counts.data.labelled], [900, "n", rows.data.labelled]);
    let compared = 0;
    for (const [where, a, b] of numbers(rows.models, counts.models)) {
      if (/interval|pValue|P\.value/.test(where) && OF_SCORES.test(where)) continue;
      assertAlmostEquals(a, b, 1e-12, where);
      compared++;
    }
    assert(compared > 500, String(compared));
  }
});

permittedTest("the audit of a histogram that DuckDB made is within the bounds that it states", async () => {
  const { weight: _, ...columns } = COLUMNS;
  const options = { score: ["score"], ...columns };
  const rows = await audit({ input: `${FOLDER}/rows.csv`, ...options });
  const made = await audit({ input: `${FOLDER}/histogram.csv`, counts: "n", binWidth: 0.01, ...options });
  const own = await audit({ input: `${FOLDER}/rows.csv`, binWidth: 0.01, ...options });
  // The reader's bins are those of the SQL.
  const again = new Map(numbersOf(own));
  for (const [where, value] of numbersOf(made)) assertAlmostEquals(value, again.get(where)!, 1e-12, where);
  const bounds = made.data.histogram!.bounds.score!;
  const other = new Map(numbersOf(rows));
  const held = new Set<string>();
  for (const [where, value] of numbersOf(made)) {
    const name = Object.keys(bounds).find((metric) => where.endsWith(`.${metric}`));
    const bound = name === undefined ? /mce$/.test(where) ? 1 : 1e-12 : bounds[name]!;
    assert(Math.abs(value - other.get(where)!) <= bound + 1e-12, `${where}: ${value}, ${other.get(where)}, ${bound}`);
    if (name !== undefined) held.add(name);
  }
  assertEquals([...held].sort(), Object.keys(bounds).sort());
  assert(bounds.rocAuc! < 0.03 && bounds.wasserstein === 0.01 && bounds.meanScore === 0.005, JSON.stringify(bounds));
  assertStringIncludes(made.data.notes.join(), "Scores are middles of bins 0.01 wide");
});

/** Values of metrics by where they stand and what they are called. */
function numbersOf({ models: [model] }: Evaluation): [string, number][] {
  const { overall, attributes: [attribute] } = model!;
  const named = (where: string, list: object) =>
    Object.entries(list as Record<string, { value: number | null }>)
      .flatMap(([name, { value }]): [string, number][] => value === null ? [] : [[`${where}.${name}`, value]]);
  const { groups, disparities, distances } = attribute!;
  return [
    ...named("overall", { ...overall.metrics, ...overall.calibration }),
    ...groups.flatMap(({ group, metrics, calibration }) => named(group, { ...metrics, ...calibration })),
    ...disparities.flatMap((own) => named("disparities", { [own.metric]: own })),
    ...distances.flatMap(({ a, b, wasserstein, kolmogorovSmirnov }) =>
      named(`${a} ${b}`, { wasserstein, kolmogorovSmirnov })
    ),
  ];
}

permittedTest(
  "the SQL is what DuckDB ran for the tables of these tests, and what runs it where there is one",
  async () => {
    const asked = { weighted: {}, decisions: { weight: undefined }, histogram: { weight: undefined, binWidth: 0.01 } };
    for (const [name, { weight, ...more }] of Object.entries({ ...asked, weighted: { weight: "weight" } })) {
      const { weight: _, ...columns } = ROWS;
      const options = { ...columns, ...(weight === undefined ? {} : { weight }), ...more };
      const sql = countsSql("duckdb", checkOptions(METRICS_OPTIONS, options));
      assertEquals(sql, await Deno.readTextFile(`${FOLDER}/${name}.sql`));
      const made = await duckdb(sql);
      if (made !== null) assertEquals(made, await Deno.readTextFile(`${FOLDER}/${name}.csv`));
    }
  },
);

/** What DuckDB's own command makes of a query; `null` where there is none. */
async function duckdb(sql: string): Promise<string | null> {
  try {
    const { stdout, success } = await new Deno.Command("duckdb", {
      args: ["-csv", "-nullvalue", "", "-c", sql],
      cwd: FOLDER,
    }).output();
    assert(success);
    return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

Deno.test("names are quoted as each dialect does, and files are tables where that is possible", () => {
  const odd = { group: ['a"b`c'], input: "project.data.scored" };
  assertStringIncludes(sqlOf(odd), 'FROM "project"."data"."scored"');
  assertStringIncludes(sqlOf(odd), '"a""b`c"');
  assertStringIncludes(sqlOf(odd, "spark"), '`a"b``c`');
  assertStringIncludes(sqlOf(odd, "bigquery"), '`a"b\\`c`');
  assertStringIncludes(sqlOf({ binWidth: 0.001 }, "spark"), "FROM csv.`rows.csv`");
  assertStringIncludes(sqlOf({ input: "t", binWidth: 0.001 }, "bigquery"), "CAST(`score` AS FLOAT64)");
  assertThrows(() => sqlOf({}, "bigquery"), InputError, "expected the name of a table");
  assertThrows(() => sqlOf({ binWidth: 0.3 }), InputError, "of which 1 is a multiple");
  assertThrows(() => sqlOf({ binWidth: 0.01, threshold: 0.505 }), InputError, "of which the threshold 0.505");
  assertThrows(() => sqlOf({ group: ["n"] }), InputError, 'no column "n"');
});

permittedTest("counts that are none, and what needs the rows, are refused", async () => {
  const options = { input: `${FOLDER}/decisions.csv`, score: ["decision"], counts: "n", group: ["education"] };
  await assertRejects(() => audit({ ...options, counts: "education" }), InputError, "expected a whole number of rows");
  await assertRejects(() => audit({ ...options, rankBy: "region" }), InputError, "--rank-by");
  await assertRejects(() => audit({ ...options, binWidth: 0.01, acceptanceRate: 0.2 }), InputError, "--threshold");
});
