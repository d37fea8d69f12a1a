import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkOptions } from "./command.ts";
import { METRICS_OPTIONS, runMetrics } from "./metrics.ts";
import { readColumns } from "./read_columns.ts";
import type { z } from "zod";
import { permittedTest } from "../_testing.ts";

type Options = z.input<typeof METRICS_OPTIONS>;

/** Checks the options as the command line does, and runs the verb. */
const runWith = async (options: Options, print: (text: string) => void = () => {}) =>
  await runMetrics(checkOptions(METRICS_OPTIONS, options), print);

async function withFile<T>(name: string, text: string, run: (path: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    return await run(`${folder}/${name}`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROWS = Array.from({ length: 40 }, (_, i) => ({
  score: (i * 7 % 40) / 40,
  label: i % 2,
  school: i % 3 === 0 ? "A" : "B",
  job: `j${i % 4}`,
}));
const CSV = "score,label,school,job\n" +
  ROWS.map(({ score, label, school, job }) => `${score},${label},${school},${job}\n`).join("");

const refuses = (text: string, options: Partial<Options>, message: string) =>
  withFile("scored.csv", text, (input) =>
    assertRejects(
      () => runWith({ input, score: ["score"], group: ["school"], resamples: 10, ...options }),
      InputError,
      message,
    ));

permittedTest("metrics prints JSON and nothing else with --json", async () => {
  await withFile("scored.csv", CSV, async (input) => {
    let printed = "";
    const options = { input, score: ["score"], label: "label", group: ["school"], resamples: 20, json: true };
    await runWith(options, (text) => printed += text);
    const result = JSON.parse(printed);
    assertEquals([result.format, result.data.rows, result.data.columns.label], [3, 40, "label"]);
  });
});

permittedTest("metrics writes JSON, page and tables with --output", async () => {
  await withFile("scored.csv", CSV, async (input, folder) => {
    const output = `${folder}/deep/report`;
    const options = { input, score: ["score"], group: ["school"], rankBy: "job", topK: 3, resamples: 20, output };
    await runWith(options);
    const files = (await Array.fromAsync(Deno.readDir(output), ({ name }) => name)).sort();
    assertEquals(files, [
      "distances.csv",
      "evaluation.csv",
      "evaluation.html",
      "evaluation.json",
      "pairs.csv",
      "queries.csv",
    ]);
    assertEquals(JSON.parse(await Deno.readTextFile(`${output}/evaluation.json`)).settings.topK, 3);
    assertStringIncludes(await Deno.readTextFile(`${output}/queries.csv`), "score,school,j0,A,");
  });
});

permittedTest("metrics honours confidence, resamples, seed and threshold", async () => {
  await withFile("scored.csv", CSV, async (input) => {
    const options = { input, score: ["score"], group: ["school"], json: true };
    let printed = "";
    const settings = { confidence: 0.8, resamples: 33, seed: 5, threshold: 0.25 };
    await runWith({ ...options, ...settings }, (text) => printed += text);
    const result = JSON.parse(printed);
    const { threshold, ...others } = settings;
    for (const [name, value] of Object.entries(others)) assertEquals(result.settings[name], value);
    const [model] = result.models;
    assertEquals(model.threshold, threshold);
    const { interval } = model.attributes[0].disparities[0];
    assertEquals([interval.level, interval.resamples], [0.8, 33]);
  });
});

permittedTest("metrics names the option that is wrong", async () => {
  await refuses(CSV, { threshold: 0.5, acceptanceRate: 0.1 }, "found both");
  await refuses(
    CSV,
    { threshold: [0.5, 0.6] },
    "--threshold: expected one, or one for each of the 1 --score columns, found 2",
  );
  await refuses(CSV, { threshold: NaN }, "--threshold: expected a number, found NaN");
  await refuses(CSV, { acceptanceRate: 10 }, "--acceptance-rate: expected a share in (0, 1), found 10");
  await refuses(CSV, { topK: 5 }, "--top-k: expected --rank-by");
  await refuses(CSV, { rankBy: "job", topK: 0 }, "--top-k: expected a whole number");
  await refuses(CSV, { confidence: 95 }, "--confidence");
  await refuses(CSV, { resamples: 1.5 }, "--resamples");
  await refuses(CSV, { group: [] }, "--group: expected at least one column");
  await refuses(CSV, { group: ["school", "school"] }, 'found "school" twice');
  await refuses(CSV, { intersections: true }, "--intersections: expected at least two");
  await refuses(CSV, { positive: ["yes"] }, "--positive: expected --label");
});

permittedTest("metrics names row and column of a value that is wrong", async () => {
  await refuses(CSV, { score: ["scor"] }, 'did you mean "score"?');
  await refuses("score,school\n0.5,A\nhigh,B\n", {}, 'row 2, column "score": expected a finite number, found "high"');
  await refuses("score,school\n0.5,A\nInfinity,B\n", {}, 'row 2, column "score": expected a finite number');
  await refuses("score,school\n0.5,A\n,B\n", {}, "--drop-missing");
  await refuses("score,school\n0.5,A\n0.2,\n", {}, 'row 2, column "school": expected a value');
  await refuses(
    "score,school,label\n0.5,A,maybe\n",
    { label: "label" },
    'column "label": expected 0 and 1, or values named with --positive and --negative, found "maybe" (1)',
  );
  await refuses("score,school,w\n0.5,A,-1\n", { weight: "w" }, 'column "w": expected a weight ≥ 0');
  await refuses("score,school\n", {}, "expected at least one complete row");
  await refuses("score,school\n,A\n", { dropMissing: true }, "expected at least one complete row");
});

permittedTest("metrics says in one line what a file lacks", async () => {
  const three = "score,school,label\n0.5,A,0\n0.4,B,1\n0.3,B,2\n";
  await refuses(three, { label: "label" }, 'column "label": expected 0 and 1, or values named');
  await refuses(three, { label: "label", positive: ["yes"] }, 'column "label": expected "yes" in some row, found');
  await refuses(
    "score,school,w\n0.5,A,0\n",
    { weight: "w" },
    "expected a weight above 0 in some row, found it in none",
  );
  await refuses("score,school,w\n0.5,A,x\n", { weight: "w" }, 'column "w": expected a finite number, found "x"');
  await refuses("score,school\n0.5,A\nNaN,B\n", {}, 'row 2, column "score": expected a value, found "NaN"');
  await refuses("score,school\n0.5,A\n", { cluster: "person" }, 'expected a column "person"');
  await refuses("score,school,person\n0.5,A,\n", { cluster: "person" }, 'row 1, column "person": expected a value');
  await refuses("", {}, "the file is empty");
  await refuses("score,school\n0.5,A\n1.5,B\n", {}, "give a threshold or an acceptance rate");
  await withFile("a.csv", CSV, async (input) => {
    const options = { input: input + "x.csv", score: ["score"], group: ["school"] };
    await assertRejects(() => runWith(options), InputError, "file not found");
    const output = `${input}/folder`;
    await assertRejects(() => runWith({ ...options, input, output }), InputError, "--output");
  });
});

permittedTest("every bad command line ends in one line on stderr, exit code 2 and nothing on stdout", async () => {
  await withFile("scored.csv", "score,school\n0.5,A\nhigh,B\n", async (input) => {
    const cli = new URL("./main.ts", import.meta.url).pathname;
    const run = async (...options: string[]) => {
      const args = [
        "run",
        "--no-check",
        "-R",
        "-W",
        "-E",
        cli,
        "metrics",
        "--input",
        input,
        "--score",
        "score",
        ...options,
      ];
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } })
        .output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    };
    for (
      const [options, code, message] of [
        [["--group", "school"], 2, 'row 2, column "score": expected a finite number, found "high"'],
        [["--group", "school", "--threshold", "half"], 2, "'half' is invalid. Expected a number."],
        [["--group", "scool"], 2, 'did you mean "school"?'],
      ] as const
    ) {
      const outcome = await run(...options);
      assertEquals(
        [outcome.code, outcome.stdout, outcome.stderr.trim().split("\n").length],
        [code, "", 1],
        outcome.stderr,
      );
      assertStringIncludes(outcome.stderr, message);
    }
  });
});

permittedTest("metrics resamples whole candidates with --cluster", async () => {
  // Each person five times over: five copies of 60 rows say no more than the 60 rows.
  const people = Array.from({ length: 60 }, (_, i) => `${(i * 7 % 60) / 60},${i % 3 ? "A" : "B"},person ${i}\n`);
  const text = "score,school,person\n" + people.flatMap((row) => [row, row, row, row, row]).join("");
  await withFile("scored.csv", text, async (input) => {
    const width = async (cluster?: string) => {
      let printed = "";
      const options = {
        input,
        score: ["score"],
        group: ["school"],
        json: true,
        resamples: 400,
        ...(cluster === undefined ? {} : { cluster }),
      };
      await runWith(options, (text) => printed += text);
      const { data, models } = JSON.parse(printed);
      const { low, high } = models[0].overall.metrics.selectionRate.interval;
      return { clusters: data.clusters, width: high - low };
    };
    const [rows, clusters] = [await width(), await width("person")];
    assertEquals([rows.clusters, clusters.clusters], [null, 60]);
    assert(clusters.width > 1.8 * rows.width, `${clusters.width} against ${rows.width}`);
  });
});

permittedTest("readColumns() counts the rows it drops, and per column what they lacked", async () => {
  await withFile("scored.csv", "score,school\n0.5,A\nNA,\n,B\n0.1,B\n", async (path) => {
    const input = await readColumns(path, { score: ["score"], group: ["school"], dropMissing: true });
    assertEquals([input.dropped, input.missing], [2, { score: 2, school: 1 }]);
    assertEquals(input.scores.score, { scores: Float64Array.of(0.5, 0.1), counterfactual: null });
    assertEquals(input.groups.school, { names: ["A", "B"], codes: Int32Array.of(0, 1) });
  });
});

permittedTest("readColumns() reads words as labels when told the positive one", async () => {
  await withFile("adult.csv", "score,school,income\n0.5,A,>50K\n0.4,B,<=50K\n", async (path) => {
    const names = { score: ["score"], group: ["school"], label: "income", positive: [">50K"] };
    assertEquals((await readColumns(path, names)).labels, Float64Array.of(1, 0));
  });
  await withFile("scored.csv", "score,school,fit\n0.5,A,true\n0.4,B,0.0\n", async (path) => {
    const names = { score: ["score"], group: ["school"], label: "fit" };
    assertEquals((await readColumns(path, names)).labels, Float64Array.of(1, 0));
  });
});

permittedTest("readColumns() reads TSV, JSONL and other delimiters alike", async () => {
  const read = (name: string, text: string, options: { delimiter?: string } = {}) =>
    withFile(name, text, async (path) => {
      const { source: _, ...rest } = await readColumns(path, { score: ["s"], group: ["g"], ...options });
      return rest;
    });
  const csv = await read("a.csv", "s,g\n0.5,A\n0.25,B\n");
  assertEquals(await read("a.tsv", "s\tg\n0.5\tA\n0.25\tB\n"), csv);
  assertEquals(await read("a.jsonl", '{"s":0.5,"g":"A"}\n{"s":0.25,"g":"B"}\n'), csv);
  assertEquals(await read("b.csv", "s;g\n0.5;A\n0.25;B\n", { delimiter: ";" }), csv);
});

permittedTest("readColumns() takes one column for several purposes", async () => {
  await withFile("scored.csv", CSV, async (path) => {
    const input = await readColumns(path, {
      score: ["score"],
      group: ["school", "job"],
      rankBy: "job",
      control: "school",
    });
    assert(input.queries === input.groups.job && input.control === input.groups.school);
  });
});
