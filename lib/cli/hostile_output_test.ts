import { assertEquals, assertStringIncludes } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { readTable, writeTable } from "../data/mod.ts";
import { run } from "./_testing.ts";

// Sets the window's title, starts a link, clears the screen, goes back to the start of the line, turns the direction.
const ESCAPES = [
  "\x1b]0;owned\x07",
  "\x1b]8;;https://evil.example\x1b\\",
  "\x1b[2J",
  "\u009b31m",
  "\rgone",
  "turned \u202e",
];
const FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "'=1"];
// deno-lint-ignore no-control-regex -- they are what must not come out
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const scored = (texts: readonly string[]) =>
  Array.from({ length: 10 * texts.length }, (_, i) => ({
    [`job${texts[0]}`]: `job ${texts[i % texts.length]}`,
    [`group${texts[1]}`]: texts[Math.floor(i / 2) % texts.length]!,
    score: (i * 7 % 13) / 13,
    label: i % 2,
  }));

permittedTest(
  "nothing that stands in a table is obeyed by the terminal: names, groups, jobs, errors, JSON",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/a.csv`, rows = scored(ESCAPES), columns = Object.keys(rows[0]!);
      const [job, group] = columns as [string, string];
      await writeTable(path, columns, rows);
      const audit = ["metrics", "--input", path, "--score", "score", "--resamples", "20", "--group", group];
      const ended = await Promise.all([
        run(...audit, "--label", "label", "--rank-by", job, "--top-k", "1", "--control", job),
        run(...audit, "--label", "label", "--rank-by", job, "--json"),
        run(...audit, "--label", ESCAPES[0]!),
        run(...audit, "--label", group),
        run(...audit, `--${ESCAPES[0]}`),
        run("prepare", "--input", path, "--output", `${folder}/${ESCAPES[2]}/b.csv`),
      ]);
      assertEquals(ended.map(({ code }) => code), [0, 0, 2, 2, 2, 2]);
      for (const { stdout, stderr } of ended) assertEquals(OBEYED.exec(stdout + stderr), null);
      const { data } = JSON.parse(ended[1]!.stdout);
      assertEquals(data.columns.query, job);
    }),
);

permittedTest(
  "no cell of a table for people is run by a spreadsheet, and reading gives it back",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/a.csv`, out = `${folder}/out`, rows = scored(FORMULAS), columns = Object.keys(rows[0]!);
      const [job, group] = columns as [string, string];
      await writeTable(path, columns, rows);
      const audit = [
        "metrics",
        "--input",
        path,
        "--score",
        "score",
        "--label",
        "label",
        "--group",
        group,
        "--rank-by",
        job,
      ];
      const { code, stderr } = await run(
        ...audit,
        "--resamples",
        "20",
        "--rerank",
        `${folder}/fair.csv`,
        "--output",
        out,
      );
      assertEquals([code, stderr], [0, ""]);
      const files = [path, `${folder}/fair.csv`];
      for await (const { name } of Deno.readDir(out)) if (name.endsWith(".csv")) files.push(`${out}/${name}`);
      const RUN = /(^|\n|,)"?[=+@\t]|(^|\n|,)"?-(?!\d*\.?\d*(e-?\d+)?"?(,|\n|$))/;
      for (const file of files) assertEquals(RUN.exec(await Deno.readTextFile(file))?.[0], undefined, file);
      const groups = await Array.fromAsync(readTable(`${out}/evaluation.csv`), ({ values }) => values.group!);
      assertEquals([...new Set(groups)].filter((name) => FORMULAS.includes(name)).sort(), [...FORMULAS].sort());
      assertStringIncludes(await Deno.readTextFile(`${out}/evaluation.csv`), "'=1+1");
    }),
);
