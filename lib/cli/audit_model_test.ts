import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { readAxis, readTable, writeTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { auditText } from "../report/mod.ts";
import { auditModel } from "../train/mod.ts";
import { printer, quietly, writeTinyModel } from "../train/_testing.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { AUDIT_MODEL_OPTIONS, auditModelRun } from "./audit_model.ts";

const OCCUPATIONS = ["nurse", "welder", "baker"];
const texts = (kind: string, each: number) =>
  OCCUPATIONS.flatMap((occupation) =>
    Array.from({ length: each }, (_, i) => ({ text: `${kind} ${i} for a ${occupation}`, occupation }))
  );

permittedTest("auditModel() finds the names that a model likes, in their group alone", async () => {
  const axis = await readAxis("names");
  const liked = new Set(axis.values.filter((_, i) => axis.attributes.race![i] === "White"));
  // Likes a résumé by chance, and one of a White name a little more.
  const embed = (texts: readonly string[]) => {
    const embeddings = texts.map((text) => {
      const angle = 1 + 0.3 * new Rng(1).derive(text).normal() - (liked.has(text.split("\n")[0]!) ? 0.4 : 0);
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    });
    const towards = texts.map(() => Float32Array.of(1, 0));
    return Promise.resolve({
      embeddings: texts[0]!.startsWith("job") ? towards : embeddings,
      tokens: texts.map((text) => text === "" ? 4 : 5), // two of them an instruction
    });
  };
  const audit = await auditModel({
    ...{ axis, embed, resumes: texts("cv", 6), jobs: [...texts("job", 2), { text: "job", occupation: "pilot" }] },
    ...{ top: 0.1, most: 4, seed: 1, resamples: 200, confidence: 0.95 },
  });
  assertEquals([audit.resumes, audit.jobs, audit.occupations, audit.pieces[0]], [12, 6, 3, 1]);
  assertEquals(audit.leftOut, 1);
  assertStringIncludes(auditText(audit), "Left out: occupations with résumés or jobs alone, 1.");
  const [race, gender] = audit.attributes;
  const [pair] = race!.pairs;
  assertEquals([pair!.group, pair!.reference], ["Black", "White"]);
  assertLess(pair!.ratio.value!, 0.6);
  assertLess(pair!.pValue!, 0.01);
  assertEquals(race!.shares[0]!.favoursReference, 3);
  assert(gender!.pairs[0]!.pValue! > 0.05);
});

permittedTest("audit-model reads tables, prints rates and tests, and writes them", () =>
  withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await Deno.mkdir(`${folder}/model/1_Pooling`);
    await Deno.writeTextFile(`${folder}/model/1_Pooling/config.json`, '{"pooling_mode_mean_tokens":true}');
    await writeTable(
      `${folder}/cvs.csv`,
      ["resume", "kind"],
      texts("w1 w2", 3).map(({ text, occupation }) => (
        { resume: text, kind: occupation }
      )),
    );
    await writeTable(
      `${folder}/jobs.csv`,
      ["job", "kind"],
      texts("w3", 2).map(({ text, occupation }) => (
        { job: text, kind: occupation }
      )),
    );
    const given = {
      model: `${folder}/model`,
      resumes: `${folder}/cvs.csv`,
      jobs: `${folder}/jobs.csv`,
      resumeOccupation: "kind",
      jobOccupation: "kind",
      axis: ["employment-gap"],
      resamples: 20,
      output: `${folder}/out`,
    };
    const { print, printed } = printer();
    await quietly(() => auditModelRun(AUDIT_MODEL_OPTIONS.parse(given), print));
    assertStringIncludes(printed(), "Each of 9 résumés was given each of 18 values");
    assertStringIncludes(printed(), "A gap in employment, pairs by employment");
    assertStringIncludes(await Deno.readTextFile(`${folder}/out/audit.md`), "## A gap in employment");
    const { audits } = JSON.parse(await Deno.readTextFile(`${folder}/out/audit.json`));
    assertEquals(audits[0].attributes[0].groups.length, 2);
    const rows = await Array.fromAsync(readTable(`${folder}/out/tests.csv`));
    assertEquals(rows.map(({ values }) => values.occupation), ["", ...OCCUPATIONS]);

    const none = AUDIT_MODEL_OPTIONS.parse({ ...given, jobOccupation: "job" });
    await assertRejects(
      () => quietly(() => auditModelRun(none, print)),
      InputError,
      "both résumés and jobs, found none",
    );
  }));
