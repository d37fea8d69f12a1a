import { assertEquals, assertLess, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { parseConfig } from "../train/config.ts";
import { readTable } from "../data/read_table.ts";
import { joinParts } from "../data/shards.ts";
import { writeTable } from "../data/write_table.ts";
import { overrideData, type TableOverrides } from "../data/table_overrides.ts";
import { InputError } from "../errors.ts";
import { printer, quietly, tinyConfig, withFolder, writeTinyModel } from "../train/_testing.ts";
import { prepareRun } from "./prepare.ts";
import { fineTune } from "../train/fine_tune.ts";
import { permittedTest } from "../_testing.ts";

setColorEnabled(false);

const DEGREES = ["Ph.D. in Botany", "High school diploma", "B.Sc. in Botany", ""];

/** Résumés of four levels of education, each for a job that it fits and one that it does not; two rows to leave out. */
function applications(): Record<"cv" | "ad" | "fit", string>[] {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const cv = `  w${i}   gardener\n\n${DEGREES[i % 4]}`;
    return [{ cv, ad: "nurse wanted", fit: "No Fit" }, { cv, ad: "gardener wanted", fit: "Good Fit" }];
  }).flat();
  return [...rows, rows[0]!, { cv: " ", ad: "nurse wanted", fit: "No Fit" }];
}

const CONFIG = parseConfig({
  data: { columns: { resume: "cv", job: "ad", label: "fit" }, labels: { "No Fit": 0, "Good Fit": 1 } },
});

permittedTest(
  "prepareRun() says what it did, levels of education from low to high, and hands back the counts",
  () =>
    withFolder(async (folder) => {
      await writeTable(`${folder}/raw.csv`, ["cv", "ad", "fit"], applications());
      const { print, printed } = printer();
      const report = await prepareRun(CONFIG, {
        input: `${folder}/raw.csv`,
        output: `${folder}/new/pairs.jsonl`,
        print,
      });
      assertEquals([report.rowsRead, report.rowsWritten, report.duplicates, report.empty], [82, 80, 1, 1]);
      assertEquals(report.education.bachelor, 20);
      assertStringIncludes(printed(), "82 rows read, 82 cleaned, 1 duplicates dropped, 80 written; ");
      const at = ["none mentioned", "high school", "bachelor", "doctorate"].map((level) =>
        printed().indexOf(`education  ${level}`)
      );
      at.slice(1).forEach((position, i) => assertLess(at[i]!, position));
      assertLess(-1, at[0]!);
      assertStringIncludes(printed(), "! 1 row without text left out: 82\n");
      const rows = await Array.fromAsync(readTable(`${folder}/new/pairs.jsonl`), ({ values }) => values);
      assertEquals(rows[0], {
        cv: "w0  gardener\n\nPh.D. in Botany",
        ad: "nurse wanted",
        fit: "No Fit",
        education_level: "doctorate",
        education_span: "Ph.D.",
        school: "",
        split: rows[0]!.split!,
      });
    }),
);

permittedTest("training keeps the split that prepareRun() wrote", () =>
  withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writeTable(`${folder}/raw.csv`, ["cv", "ad", "fit"], applications());
    await prepareRun(CONFIG, { input: `${folder}/raw.csv`, output: `${folder}/pairs.csv`, print: () => {} });
    const rows = await Array.fromAsync(readTable(`${folder}/pairs.csv`), ({ values }) => values);
    const config = tinyConfig(folder, {
      data: {
        columns: { resume: "cv", job: "ad", label: "fit", split: "split" },
        labels: CONFIG.data.labels,
        groups: [{ name: "education", column: "education_level" }],
        path: `${folder}/pairs.csv`,
      },
      training: { epochs: 1, seed: 7 },
    });
    await quietly(() => fineTune(config, { output: `${folder}/run`, print: () => {} }));
    const tested = await Array.fromAsync(
      readTable(`${folder}/run/metrics/predictions.csv`),
      ({ values }) => values.row,
    );
    assertEquals(tested, rows.flatMap(({ split }, i) => split === "test" ? [String(i + 1)] : []));
  }));

permittedTest("prepareRun() names a wrong label and a missing column", () =>
  withFolder(async (folder) => {
    const refused = async (rows: Record<string, string>[], message: string) => {
      await writeTable(`${folder}/raw.csv`, Object.keys(rows[0]!), rows);
      const run = () =>
        prepareRun(CONFIG, { input: `${folder}/raw.csv`, output: `${folder}/out.csv`, print: () => {} });
      await assertRejects(run, InputError, message);
    };
    await refused(
      [{ cv: "x", ad: "y", fit: "Fit" }],
      'column "fit": expected one of "No Fit", "Good Fit", found "Fit"',
    );
    await refused([{ cv: "x", job: "y", fit: "Fit" }], 'expected a column "ad", found the columns "cv", "job", "fit"');
  }));

permittedTest(
  "prepare reads a table of résumés as Kaggle has them with one command",
  () =>
    withFolder(async (folder) => {
      const degrees = ["Bachelor of Arts", "Master of Science", "High school diploma", "Ph.D. in Physics"];
      const rows = Array.from({ length: 80 }, (_, i) => ({
        ID: 16852973 + i,
        Resume_str: `HR MANAGER ${i} ${degrees[i % 4]}`,
        Resume_html: `<div><b>HR MANAGER ${i}</b><p>Education: ${degrees[i % 4]}</p></div>`,
        Category: ["HR", "CHEF"][i % 2]!,
      }));
      await writeTable(`${folder}/Resume.csv`, Object.keys(rows[0]!), rows);
      const column = ["resume=Resume_html", "job=Category", "label=", "candidateId=ID", "education="];
      const data = overrideData(parseConfig({ data: { groups: [{ name: "education", column: "edu" }] } }).data, {
        column,
      });
      const { print, printed } = printer();
      const paths = { input: `${folder}/Resume.csv`, output: `${folder}/pairs.csv`, print };
      const report = await prepareRun({ ...CONFIG, data }, paths);
      assertEquals([report.rowsWritten, report.education.doctorate, report.education.bachelor], [80, 20, 20]);
      assertStringIncludes(printed(), "HTML");
      const [first] = await Array.fromAsync(readTable(paths.output), ({ values }) => values);
      assertEquals([first!["ID"], first!["Resume_html"]!.includes("<")], ["16852973", false]);
      const wrong = (column: string, message: string) =>
        assertThrows(() => overrideData(CONFIG.data, { column: [column] }), InputError, message);
      wrong("resum=x", 'did you mean "resume="?');
      wrong("Resume_str", "expected one of resume, job, label");
      wrong("resume=", "expected the name of a column, found nothing");
    }),
);

permittedTest(
  "prepare tells what the values of a label column are when it cannot take them",
  () =>
    withFolder(async (folder) => {
      const rows = applications().map((row) => ({ ...row, fit: row.fit.replace("Good", "good") }));
      await writeTable(`${folder}/raw.csv`, ["cv", "ad", "fit"], rows);
      const run = (options: TableOverrides) =>
        prepareRun({ ...CONFIG, data: overrideData(CONFIG.data, options) }, {
          input: `${folder}/raw.csv`,
          output: `${folder}/out.csv`,
          print: () => {},
        });
      await assertRejects(
        () => run({}),
        InputError,
        'row 2, column "fit": expected one of "No Fit", "Good Fit", found "good Fit"; the column holds "No Fit" (42), ' +
          '"good Fit" (40); data.labels says what each means',
      );
      assertEquals((await run({ positive: ["good Fit"], negative: ["No Fit"] })).rowsWritten, 80);
      await assertRejects(() => run({ positive: ["good Fit"] }), InputError, 'found "No Fit"');
    }),
);

permittedTest(
  "parts that processes of their own prepare join to the bytes that one writes",
  () =>
    withFolder(async (folder) => {
      const input = `${folder}/raw.csv`, output = `${folder}/joined.csv`, whole = `${folder}/whole.csv`;
      await writeTable(input, ["cv", "ad", "fit"], applications());
      const print = () => {};
      await prepareRun(CONFIG, { input, output: whole, print });
      for (const part of [1, 2, 3]) await prepareRun(CONFIG, { input, output, shard: { part, of: 3 }, print });
      assertEquals(await joinParts(output), { rows: 80, parts: 3 });
      assertEquals(await Deno.readTextFile(output), await Deno.readTextFile(whole));
      const other = parseConfig({ ...CONFIG, training: { ...CONFIG.training, seed: 7 } });
      await prepareRun(other, { input, output, shard: { part: 2, of: 3 }, print });
      await assertRejects(() => joinParts(output), InputError, "expected the same options");
    }),
);
