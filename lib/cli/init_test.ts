import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { permittedTest, withFolder } from "../_testing.ts";
import { writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { projectFolder } from "../project_folder.ts";
import { loadConfig } from "../train/mod.ts";
import { initRun, schemaText } from "./init.ts";
import type { Ask } from "./init/roles.ts";

setColorEnabled(false);

type Options = Partial<Parameters<typeof initRun>[0]>;

async function init(options: Options, ask: Ask | null = null): Promise<string> {
  const printed: string[] = [];
  await initRun({ column: [], positive: [], ...options }, { print: (text) => printed.push(text), ask });
  return printed.join("\n");
}

const LONG = "Worked for eight years as a nurse on nights in three hospitals, and led a team of twelve people there.";
const rows = Array.from({ length: 24 }, (_, i) => ({
  applicant_id: `a${i % 12}`,
  cv_text: `${LONG} ${i % 12}`,
  posting: `${LONG} Wanted: number ${i % 3}.`,
  result: ["Rejected", "Hired"][i % 2]!,
  gender: ["f", "m"][i % 2]!,
  shoe_size: `${40 + i % 4}`,
}));

permittedTest(
  "init says what each column is taken for and writes a configuration that trains on the table",
  () =>
    withFolder(async (folder) => {
      const input = `${folder}/pairs.csv`, output = `${folder}/mine.json`;
      await writeTable(input, Object.keys(rows[0]!), rows);
      const printed = await init({ input, output, name: "mine", column: ["label=result"] });
      for (
        const line of [
          /applicant_id\s+candidateId\s+its name, and short values\s+12/,
          /cv_text\s+resume\s+its name, and long texts/,
          /posting\s+job\s+its name, and long texts/,
          /result\s+label\s+you say so/,
          /gender\s+group\s+its name, and a few groups/,
          /shoe_size\s+not used\s+it may be a group: --column group=…/,
          /deno task prepare --input/,
          /deno task train --config/,
          /deno task report --run models\/lora_adapters\/mine --output reports\/mine/,
        ]
      ) assertEquals(line.test(printed), true, `${line} in\n${printed}`);
      const { data, name } = await loadConfig(output);
      assertEquals(name, "mine");
      assertEquals(data.labels, { Hired: 1, Rejected: 0 });
      assertEquals(data.groups, [{ name: "gender", column: "gender" }]);
      assertEquals(data.columns.resume, "cv_text");
      assertStringIncludes(await Deno.readTextFile(output), `"$schema"`);
      await assertRejects(() => init({ input, output, column: ["label=result"] }), InputError, "--force replaces it");
      const odd = `${folder}/a $(b).csv`;
      await Deno.copyFile(input, odd);
      const again = await init({ input: odd, output: `${folder}/odd.json`, name: "odd", column: ["label=result"] });
      assertStringIncludes(again, `deno task prepare --input '${odd}' --output data/processed/odd.csv`);
    }),
);

permittedTest("init refuses what it cannot know, and says how to tell it", () =>
  withFolder(async (folder) => {
    const input = `${folder}/pairs.csv`, output = `${folder}/mine.json`;
    await writeTable(input, Object.keys(rows[0]!), rows);
    const refused = (options: Options, message: string) =>
      assertRejects(() => init({ input, output, ...options }), InputError, message);
    await refused({}, "no column looks like the label; say which it is with --column label=<name>");
    await refused({ column: ["label=outcom"] }, `expected a column of the table ("applicant_id"`);
    await refused({ column: ["lable=result"] }, "expected one of resume, job, label");
    await refused({ column: ["label=gender"] }, `expected numbers from 0 to 1 or words such as yes and no, found "f"`);
    await refused({ column: ["label=gender"], positive: ["x"] }, `--positive: expected one of "f", "m", found "x"`);
    await refused({ input: undefined as never }, "--input: expected a table to look at");
  }));

/** Somebody who answers some questions, and presses Enter at the others. */
function person(answers: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const left = Object.entries(answers).map(([about, given]) => ({ about, given: [...given] }));
  const ask: Ask = (question, guess) => {
    asked.push(`${question} [${guess}]`);
    return left.find(({ about, given }) => question.includes(about) && given.length > 0)?.given.shift() ?? guess;
  };
  return { ask, asked };
}

permittedTest(
  "init at a terminal asks what each column is, and Enter takes what it guessed",
  () =>
    withFolder(async (folder) => {
      const input = `${folder}/pairs.csv`, output = `${folder}/mine.json`;
      await writeTable(input, Object.keys(rows[0]!), rows);
      const { ask, asked } = person({
        "Which table": [input],
        "with the label": ["outcome", "result"],
        "groups are compared": ["gender, shoe_size"],
        "Name of the runs": ["asked"],
      });
      await init({ output, input: undefined as never }, ask);
      for (
        const question of [
          "Column with the résumé's text? [cv_text]",
          "Column with the label, whether they match? [-]",
          'Expected applicant_id, result, gender, shoe_size, found "outcome". Column with the label, ' +
          "whether they match? [-]",
          'Which words in "result" mean a match, with commas? [Hired]',
          "Name of the runs? [pairs]",
        ]
      ) assertEquals(asked.includes(question), true, `${question} in\n${asked.join("\n")}`);
      const { data, name } = await loadConfig(output);
      assertEquals([name, data.labels], ["asked", { Hired: 1, Rejected: 0 }]);
      assertEquals([data.columns.resume, data.columns.job], ["cv_text", "posting"]);
      assertEquals(data.groups.map(({ name }) => name), ["gender", "shoe_size"]);
      await assertRejects(
        () => init({ input, output, column: ["label=result"] }, person({}).ask),
        InputError,
        "--force",
      );
      await init({ input, output, column: ["label=result"] }, person({ "Replace it": ["y"] }).ask);
      assertEquals((await loadConfig(output)).name, "pairs");
    }),
);

permittedTest("configs/schema.json is what the configuration's schema gives: deno task init --schema", async () => {
  assertEquals(await Deno.readTextFile(`${projectFolder()}/configs/schema.json`), schemaText());
});

permittedTest("every preset names the schema, which its keys are in", async () => {
  const { properties } = JSON.parse(schemaText());
  for await (const { name } of Deno.readDir(`${projectFolder()}/configs`)) {
    if (!name.endsWith(".json") || name === "schema.json") continue;
    const preset = JSON.parse(await Deno.readTextFile(`${projectFolder()}/configs/${name}`));
    assertEquals(preset.$schema, "./schema.json", name);
    for (const key of Object.keys(preset)) assertEquals(key in properties, true, `${name}: ${key}`);
  }
});
