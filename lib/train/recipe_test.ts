import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { fineTune } from "./fine_tune.ts";
import { parseConfig, type PartialConfig } from "./config.ts";
import { inferRun } from "./infer.ts";
import { runPaths } from "./run_file.ts";

/** Each job with the résumés that match it and those that do not, as FlagEmbedding has them. */
async function writeQueries(path: string, scored = true): Promise<void> {
  const jobs = Map.groupBy(pairRows(48), ({ job }) => job);
  const lines = [...jobs].map(([query, rows]) => {
    const [pos, neg] = ["1", "0"].map((own) => rows.filter(({ label }) => label === own).map(({ resume }) => resume));
    // What the teacher puts above every match is one that nobody has labelled.
    const scores = { pos_scores: pos!.map(() => 2), neg_scores: neg!.map((_, i) => i % 5 === 0 ? 3 : -i) };
    return { query, pos, neg, ...(scored ? scores : {}) };
  });
  await Deno.writeTextFile(path, lines.map((line) => JSON.stringify(line) + "\n").join(""));
}

const contrastive = (folder: string, training: PartialConfig["training"], fairness: PartialConfig["fairness"] = {}) =>
  tinyConfig(folder, {
    data: { path: `${folder}/queries.jsonl`, columns: {}, groups: [{ name: "education", extract: "degree" }] },
    training: { objective: "contrastive", epochs: 1, hardNegatives: 2, ...training },
    fairness,
  });

const metricsOf = (folder: string) => runPaths("tiny", `${folder}/run`).metrics;

/** The loss of each step. */
async function losses(folder: string, config: ReturnType<typeof parseConfig>): Promise<number[]> {
  const { print } = printer();
  await quietly(() => fineTune(config, { output: `${folder}/run`, print }));
  const text = await Deno.readTextFile(`${metricsOf(folder)}/history.jsonl`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line).loss);
}

permittedTest(
  "a run learns from FlagEmbedding's lines, a teacher and shorter embeddings, with fairness terms beside",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writeQueries(`${folder}/queries.jsonl`);
      const plain = await losses(folder, contrastive(folder, {}));
      const fair = {
        adversary: { weight: 0.5 },
        counterfactual: { weight: 1 },
        distribution: { weight: 1, distance: "embeddingMmd" as const },
      };
      for (const loss of ["kl", "marginMse"] as const) {
        const taught = await losses(folder, contrastive(folder, { teacher: { weight: 1, loss } }, fair));
        assert(taught[0]! > plain[0]! + 0.1, `${taught[0]} with ${loss}, ${plain[0]} without`);
      }
      for (const by of ["teacher", "base"] as const) {
        const masked = await losses(folder, contrastive(folder, { falseNegatives: { by } }, fair));
        assert(masked[0]! < plain[0]!, `fewer negatives: ${masked[0]} with ${by}, ${plain[0]} without`);
      }
      const pieces = contrastive(folder, { matryoshka: [8, 16], teacher: { weight: 1 }, miniBatchSize: 2 }, fair);
      const whole = contrastive(folder, { matryoshka: [8, 16], teacher: { weight: 1 } }, fair);
      const [a, b] = [await losses(folder, pieces), await losses(folder, whole)];
      assertAlmostEquals(a[0]!, b[0]!, 1e-5);
      assert(a[0]! > 2 * plain[0]!);

      const rows = await Array.fromAsync(readTable(`${metricsOf(folder)}/dimensions.csv`), ({ values }) => values);
      assertEquals(rows.map(({ dimensions }) => dimensions), ["8", "16", "32"]);
      const [, evaluated] = JSON.parse(await Deno.readTextFile(`${metricsOf(folder)}/evaluation.json`)).models;
      assertEquals(Number(rows[2]!.rocAuc), evaluated.overall.metrics.rocAuc.value);
      assert(Number(rows[0]!.rocAuc) >= 0 && rows[0]!["demographicParityDifference.education"] !== undefined);

      const embedding = async (dimensions?: number) => {
        const { print, printed } = printer();
        const given = dimensions === undefined ? {} : { dimensions };
        await quietly(() => inferRun({ run: `${folder}/run`, text: ["nurse w1"], role: "job", ...given, print }));
        return JSON.parse(printed()).embedding as number[];
      };
      const [first, all] = [await embedding(8), await embedding()];
      const length = Math.hypot(...all.slice(0, 8));
      assertEquals([first.length, all.length], [8, 32]);
      first.forEach((x, i) => assertAlmostEquals(x, all[i]! / length, 1e-6));
      await assertRejects(() => embedding(64), InputError, "--dimensions: expected at most the model's 32, found 64");
    }),
);

permittedTest("a run says what its teacher, or a shorter embedding, lacks", () =>
  withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writeQueries(`${folder}/queries.jsonl`, false);
    const refused = (training: PartialConfig["training"], message: string) =>
      assertRejects(() => losses(folder, contrastive(folder, training)), InputError, message);
    await refused({ teacher: { weight: 1 } }, "training.teacher: expected a teacher's scores of matches");
    await refused({ falseNegatives: { by: "teacher" } }, 'falseNegatives.by "teacher": expected scores of a teacher');
    await refused({ matryoshka: [64] }, "training.matryoshka: expected at most the 32 numbers of an embedding");
  }));

permittedTest("a table of pairs may have a teacher's scores in a column", () =>
  withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    const rows = pairRows(48).map((row, i) => ({ ...row, town: row.town, person: row.person, part: `${i % 7}` }));
    await writePairs(`${folder}/pairs.csv`, rows);
    const training = { objective: "contrastive" as const, epochs: 1, teacher: { weight: 1 } };
    const config = tinyConfig(folder, { training, data: { columns: { candidateId: "person", teacherScore: "part" } } });
    assert((await losses(folder, { ...config, data: { ...config.data, path: `${folder}/pairs.csv` } })).length > 0);
  }));

Deno.test("parts of the contrastive objective are refused with others", () => {
  const message = (training: PartialConfig["training"]) => {
    try {
      parseConfig({ training });
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  assertEquals(
    message({ teacher: { weight: 1 } }),
    'configuration: training.teacher: expected training.objective "contrastive", found "pair"',
  );
  assertEquals(
    message({ objective: "cosent", falseNegatives: { by: "base" } }),
    'configuration: training.falseNegatives: expected training.objective "contrastive", found "cosent"',
  );
  assert(
    message({ objective: "contrastive", hardNegatives: 0, teacher: { weight: 1 } }).includes("expected at least 1"),
  );
});
