import { assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { parseConfig } from "../train/config.ts";
import { readTable } from "../data/read_table.ts";
import { writeTable } from "../data/write_table.ts";
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
