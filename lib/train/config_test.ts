import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Config, loadConfig, parseConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";

const CONFIGS = `${import.meta.dirname}/../../configs`;

/** The message without its beginning, and a check that it is one line. */
function refusal(value: unknown): string {
  const { message } = assertThrows(() => parseConfig(value, "mine.json"), InputError, "mine.json: ");
  assertEquals(message.includes("\n"), false, message);
  return message.slice("mine.json: ".length);
}

async function overridden(...assignments: string[]): Promise<Config> {
  return await loadConfig(`${CONFIGS}/demo.json`, assignments);
}

Deno.test("parseConfig() names an unknown key in any depth and the nearest one that exists", () => {
  const cases: [unknown, string][] = [
    [{ trainig: {} }, 'unknown key "trainig", did you mean "training"'],
    [{ lora: { rnk: 4 } }, 'unknown key "lora.rnk", did you mean "lora.rank"'],
    [{ data: { columns: { resum: "cv" } } }, 'unknown key "data.columns.resum", did you mean "data.columns.resume"'],
    [
      { data: { groups: [{ name: "g", column: "g" }, { name: "h", colum: "h" }] } },
      'unknown key "data.groups.1.colum", did you mean "data.groups.1.column"',
    ],
  ];
  for (const [value, message] of cases) assertEquals(refusal(value), message);
});

Deno.test("parseConfig() takes whoever says gpu to mean auto, which finds one", () => {
  for (const device of ["gpu", "metal", "NVIDIA"]) {
    const message = refusal({ device });
    assertEquals(message.slice(message.indexOf(", found")), `, found "${device}", did you mean auto`);
  }
});

Deno.test("parseConfig() says what is wrong with a constraint", () => {
  const parity = { metric: "demographicParityDifference", attribute: "education", atMost: 0.05 };
  const cases: [unknown, string][] = [
    [{ ...parity, atMost: undefined }, '.0: expected "atMost" and no other bound with demographicParityDifference'],
    [{ ...parity, atLeast: 0.1 }, '.0: expected "atMost" and no other bound with demographicParityDifference'],
    [{ metric: "tpr", attribute: "education", atMost: 1 }, '.0: expected "atLeast" and no other bound with tpr'],
    [{ metric: "rocAuc", atLeast: 0.8 }, ".0: expected an attribute with rocAuc"],
    [{ ...parity, metric: "flipRate" }, ".0: expected no attribute with flipRate"],
    [
      { ...parity, against: "groundTruth" },
      '.0: expected no "against" with demographicParityDifference, which reads no label',
    ],
    [
      { ...parity, metric: "tpr", atMost: undefined, atLeast: 0.5, against: "groundTruth" },
      '.0.against: expected data.columns.groundTruth with "groundTruth", found none',
    ],
    [
      { ...parity, attribute: "educaton" },
      '.0.attribute: expected a name from data.groups, found "educaton", did you mean "education"',
    ],
  ];
  for (const [constraint, message] of cases) {
    assert(refusal({ fairness: { constraints: [constraint] } }).startsWith(`fairness.constraints${message}`), message);
  }
  const fairness = { constraints: [parity] };
  assertEquals(
    refusal({ fairness: { constraints: [parity, { ...parity, atMost: 0.1 }] } }),
    "fairness.constraints.1: expected one bound on demographicParityDifference.education, found two",
  );
  assertEquals(
    refusal({ fairness, selection: { maxGap: 0.1 } }),
    "selection.maxGap: expected null with fairness.constraints, which say what is fair enough, found 0.1",
  );
  assertEquals(
    refusal({ fairness, training: { objective: "cosent" } }),
    'fairness.constraints: expected training.objective "pair", whose pairs have a probability, found "cosent"',
  );
  assertEquals(
    refusal({
      fairness: { constraints: [{ metric: "flipRate", atMost: 0.1 }] },
      evaluation: { counterfactuals: false },
    }),
    "fairness.constraints.0.metric: expected evaluation.counterfactuals with flipRate, found false",
  );
});

Deno.test("parseConfig() names a wrong choice, the choices and the nearest one", () => {
  assertEquals(
    refusal({ training: { objective: "cosine" } }),
    'training.objective: expected one of pair, contrastive, cosent, triplet, found "cosine", did you mean cosent',
  );
  assertEquals(
    refusal({ lora: { targetModules: ["query", "vlaue"] } }),
    "lora.targetModules.1: expected one of query, key, value, attention.output.dense, intermediate.dense, " +
      'output.dense, found "vlaue", did you mean value',
  );
  assertEquals(
    refusal({ data: { groups: [{ name: "education", extract: "degrees" }] } }),
    'data.groups.0.extract: expected one of degree, found "degrees", did you mean degree',
  );
});

Deno.test("parseConfig() says what was expected and found where a value has the wrong type or size", () => {
  const cases: [unknown, string][] = [
    [{ lora: { rank: "8" } }, 'lora.rank: expected number, found "8"'],
    [{ lora: { rank: 0 } }, "lora.rank: expected number to be >0, found 0"],
    [{ lora: { rank: 1.5 } }, "lora.rank: expected int, found 1.5"],
    [{ lora: { rank: Infinity } }, "lora.rank: expected number, found Infinity"],
    [{ lora: { dropout: 1 } }, "lora.dropout: expected number to be <1, found 1"],
    [{ lora: { rslora: "yes" } }, 'lora.rslora: expected boolean, found "yes"'],
    [{ lora: { layers: [5] } }, "lora.layers: expected array to have >=2 items, found [5]"],
    [{ lora: { targetModules: [] } }, "lora.targetModules: expected array to have >=1 items, found []"],
    [{ selection: { patience: 0 } }, "selection.patience: expected number to be >0, found 0"],
    [{ training: { warmup: 1.5 } }, "training.warmup: expected number to be <=1, found 1.5"],
    [{ model: { source: "" } }, 'model.source: expected string to have >=1 characters, found ""'],
    [{ model: "embedded:minilm" }, 'model: expected object, found "embedded:minilm"'],
    [{ data: { validation: 0 } }, "data.validation: expected number to be >0, found 0"],
    [{ data: { labels: { Good: 2 } } }, "data.labels.Good: expected number to be <=1, found 2"],
    [{ data: { labels: {} } }, "data.labels: expected at least one label, found {}"],
    [{ data: { groups: ["education"] } }, 'data.groups.0: expected object, found "education"'],
    [{ data: { groups: [{ name: "g" }] } }, 'data.groups.0: expected either "column" or "extract", found {"name":"g"}'],
    [
      { data: { groups: [{ name: "g", column: "g", extract: "degree" }] } },
      'data.groups.0: expected either "column" or "extract", found {"name":"g","column":"g","extract":"degree"}',
    ],
    [
      { data: { groups: [{ name: "label", column: "g" }] } },
      'data.groups.0.name: expected a name that is no other column of predictions.csv, found "label"',
    ],
    [[], "the configuration: expected object, found []"],
    [null, "the configuration: expected object, found null"],
    [undefined, "the configuration: expected object, found nothing"],
  ];
  for (const [value, message] of cases) assertEquals(refusal(value), message);
});

Deno.test("parseConfig() takes no name that leaves the folders of runs", () => {
  for (const name of ["", ".", "..", "../x", "a/b", "-x", "a b"]) {
    const message = refusal({ name });
    assertEquals(message.startsWith("name: expected letters, digits, dots, dashes or underscores"), true, message);
  }
  for (const name of ["CON", "nul.txt", "aux", "lpt1.json", "Com9", "x.", "run-2."]) {
    assertEquals(refusal({ name }).startsWith("name: expected a name that any system takes for a folder"), true, name);
  }
  assertEquals(refusal({ name: "x".repeat(101) }).startsWith("name: expected at most 100 letters"), true);
  for (const name of ["bge-large_v1.5", "console", "null", "com10"]) assertEquals(parseConfig({ name }).name, name);
});

Deno.test("the defaults are those of PEFT, PyTorch and sentence-transformers where these have them", () => {
  const { lora, training, model, data } = parseConfig({});
  // peft 0.21, LoraConfig.
  assertEquals([lora.rank, lora.dropout, lora.rslora, lora.dora], [8, 0, false, false]);
  // torch.optim.AdamW.
  assertEquals(training.weightDecay, 0.01);
  // sentence-transformers 6.0, MultipleNegativesRankingLoss and CoSENTLoss: a scale of 20.
  assertEquals(training.temperature, 1 / 20);
  // What works without a download and without another file.
  assertEquals([model.source, data.path], ["embedded:minilm", "data/raw/demo.csv"]);
  assertEquals(data.groups, [{ name: "education", extract: "degree" }]);
});

Deno.test("a complete configuration completes to itself, so that a run file can be read again", () => {
  const config = parseConfig({ data: { groups: [{ name: "g", column: "g" }], labels: { "No Fit": 0, Good: 1 } } });
  assertEquals(parseConfig(JSON.parse(JSON.stringify(config))), config);
});

permittedTest("every preset is a valid configuration named like its file", async () => {
  const names = (await Array.fromAsync(Deno.readDir(CONFIGS), ({ name }) => name)).sort();
  const presets = names.filter((name) => name.endsWith(".json") && name !== "schema.json"); // and the folder of sweeps
  const bge = ["base", "large", "small"].flatMap((size) => [`bge-${size}-fair`, `bge-${size}`]);
  const expected = [...bge, "demo-fair", "demo", "minilm", "resume-job-fit"];
  assertEquals(presets, expected.map((name) => `${name}.json`));
  for (const file of presets) {
    assertEquals((await loadConfig(`${CONFIGS}/${file}`)).name, file.replace(".json", ""));
  }
});

permittedTest("the preset bge-large is the recipe of the project that this one replaces", async () => {
  const { model, lora, training } = await loadConfig(`${CONFIGS}/bge-large.json`);
  assertEquals([model.source, model.maxLength], ["BAAI/bge-large-en-v1.5", 256]);
  assertEquals([lora.rank, lora.alpha, lora.dropout], [16, 32, 0.1]);
  const { learningRate, batchSize, accumulation, weightDecay, seed } = training;
  assertEquals([learningRate, batchSize, accumulation, weightDecay, seed], [5e-5, 16, 2, 0.01, 42]);
});

permittedTest("--set takes JSON, and anything else as text", async () => {
  const { training, selection, lora, name, data, model } = await overridden(
    "training.epochs=2",
    "training.learningRate=1e-4",
    "lora.dora=true",
    "lora.layers=[4,5]",
    "selection.patience=null",
    "name=quick",
    "data.path=a=b.csv",
    'model.queryInstruction=""',
    'data.labels={"No Fit":0,"Good Fit":1}',
  );
  assertEquals([training.epochs, training.learningRate, selection.patience], [2, 1e-4, null]);
  assertEquals([lora.dora, lora.layers, name, data.path, model.queryInstruction], [
    true,
    [4, 5],
    "quick",
    "a=b.csv",
    "",
  ]);
  assertEquals(data.labels, { "No Fit": 0, "Good Fit": 1 });
});

permittedTest("--set reaches into groups that the file leaves out, and into lists; later ones win", async () => {
  const { evaluation, data } = await overridden(
    "evaluation.resamples=10",
    "evaluation.resamples=20",
    "data.labels.Good Fit=1",
    "data.groups.0.name=degree",
    "data.columns.split=part",
  );
  assertEquals(evaluation.resamples, 20);
  assertEquals(data.labels, { "Good Fit": 1 });
  assertEquals(data.groups, [{ name: "degree", column: "education" }]);
  assertEquals([data.columns.split, data.columns.candidateId], ["part", "candidate_id"]);
});

permittedTest("--set without key or value says what it looks like", async () => {
  for (const wrong of ["training.epochs", "=3", ".epochs=3", "training.=3", "training..epochs=3"]) {
    const message = `--set ${wrong}: expected key=value, for example training.epochs=2`;
    const error = await assertRejects(() => overridden(wrong), InputError);
    assertEquals(error.message, message);
  }
});

permittedTest("--set through a value, to an unknown key or to a wrong value is refused", async () => {
  await assertRejects(
    () => overridden("name.first=x"),
    InputError,
    "--set name.first=x: name holds a value, expected a group of keys",
  );
  await assertRejects(
    () => overridden("training.epoch=2"),
    InputError,
    'demo.json with --set: unknown key "training.epoch", did you mean "training.epochs"',
  );
  await assertRejects(
    () => overridden("training.epochs=two"),
    InputError,
    'demo.json with --set: training.epochs: expected number, found "two"',
  );
});

permittedTest("--set reaches no deeper than configurations go", async () => {
  await assertRejects(() => overridden(`${"a.".repeat(5000)}a=1`), InputError, "expected at most 20 keys within each");
});

permittedTest("--set never changes the prototype of objects", async () => {
  for (const key of ["__proto__", "constructor.prototype"]) {
    await assertRejects(() => overridden(`${key}.polluted=1`), InputError, "unknown key");
    assertEquals("polluted" in {}, false);
  }
});

permittedTest(
  "loadConfig() says when a file is missing, a folder, no JSON, or no object, with and without --set",
  async () => {
    await assertRejects(
      () => loadConfig("nowhere.json"),
      InputError,
      "nowhere.json: no such configuration file; the pre",
    );
    await assertRejects(
      () => loadConfig(CONFIGS),
      InputError,
      "configs cannot be read: it is a folder, expected a file",
    );
    for (
      const [text, message] of [["", "expected JSON, "], ["{", "expected JSON, "], ["3", "expected object, found 3"]]
    ) {
      await withFolder(async (folder) => {
        const path = `${folder}/mine.json`;
        await Deno.writeTextFile(path, text!);
        await assertRejects(() => loadConfig(path), InputError, message);
        await assertRejects(() => loadConfig(path, ["name=x"]), InputError, message);
      });
    }
  },
);

permittedTest(
  "loadConfig() puts a file over those that it extends, key by key, from their own folder",
  () =>
    withFolder(async (folder) => {
      const write = (name: string, value: unknown) => Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value));
      await Deno.mkdir(`${folder}/parts`);
      await write("parts/base.json", { model: { maxLength: 64 }, training: { epochs: 9, batchSize: 4 }, name: "base" });
      await write("parts/far.json", { extends: "base.json", data: { groups: [{ name: "a", column: "a" }] } });
      await write("fair.json", { training: { epochs: 5 }, data: { groups: [{ name: "b", column: "b" }] } });
      await write("mine.json", { extends: ["parts/far.json", "fair.json"], name: "mine", model: { pooling: "cls" } });
      const { name, model, training, data } = await loadConfig(`${folder}/mine.json`, ["training.seed=3"]);
      assertEquals([name, model.maxLength, model.pooling], ["mine", 64, "cls"]);
      assertEquals([training.epochs, training.batchSize, training.seed], [5, 4, 3]);
      assertEquals(data.groups.map(({ name }) => name), ["b"]);

      const refused = async (value: unknown, message: string) => {
        await write("wrong.json", value);
        const error = await assertRejects(() => loadConfig(`${folder}/wrong.json`), InputError);
        assertEquals(error.message.replaceAll(`${folder}/`, ""), message);
      };
      await write("round.json", { extends: "./wrong.json" });
      await refused(
        { extends: "round.json" },
        "wrong.json → round.json → wrong.json: expected configurations that do not extend each other in a circle",
      );
      await refused(
        { extends: "none.json" },
        "wrong.json → none.json: no such configuration file; extends names a file from the file's own folder",
      );
      await refused({ extends: 3 }, "wrong.json: extends: expected the name of a file or a list of them, found 3");
      await refused(
        { extends: "parts/base.json", trainin: 1 },
        'wrong.json: unknown key "trainin", did you mean "training"',
      );
      await write("layers.json", { model: { source: "a/b" }, lora: { layers: [4, 5] } });
      await write("wrong.json", { extends: "layers.json", model: { source: "c/d" } });
      await assertRejects(
        () => loadConfig(`${folder}/wrong.json`),
        InputError,
        "expected its model a/b, for which it chose",
      );
    }),
);

permittedTest("the presets of the three BGE models differ in size, name and steps alone", async () => {
  for (const size of ["small", "base", "large"]) {
    const plain = await loadConfig(`${CONFIGS}/bge-${size}.json`),
      fair = await loadConfig(`${CONFIGS}/bge-${size}-fair.json`);
    assertEquals(plain.model.source, `BAAI/bge-${size}-en-v1.5`);
    assertEquals([plain.name, fair.name], [`bge-${size}`, `bge-${size}-fair`]);
    assertEquals([fair.model, fair.lora, fair.data], [plain.model, plain.lora, plain.data]);
    assertEquals([plain.training.epochs, fair.training.epochs], [3, 12]);
  }
});

permittedTest("the fair demo differs from the plain one in its bound, and in keeping the last epoch", async () => {
  const { fairness, selection, name: _fairName, ...fair } = await loadConfig(`${CONFIGS}/demo-fair.json`);
  const { fairness: _plain, selection: _, name: _plainName, ...plain } = await loadConfig(`${CONFIGS}/demo.json`);
  assertEquals(fair, plain);
  assertEquals(fairness.constraints.map(({ metric, atMost }) => [metric, atMost]), [[
    "demographicParityDifference",
    0.05,
  ]]);
  assertEquals(selection.window, [3, 3]);
});

permittedTest("the preset bge-large-fair has the weights of the project that this one replaces", async () => {
  const { fairness, selection, training } = await loadConfig(`${CONFIGS}/bge-large-fair.json`);
  const { adversary, equalizedOdds, attributeHead, demographicParity } = fairness;
  const weights = [adversary, equalizedOdds, attributeHead, demographicParity].map(({ weight }) => weight);
  assertEquals(weights, [0.5, 0.3, 0.2, 0.05]);
  assertEquals([training.maxGradNorm, selection.window, selection.maxGap], [1, [7, 12], 0.12]);
});

Deno.test("a key that was renamed is read under its old name, and refused beside the new one", () => {
  const { data } = parseConfig({ data: { columns: { merit: "m" } } });
  assertEquals([data.columns.groundTruth, "merit" in data.columns], ["m", false]);
  assertThrows(
    () => parseConfig({ data: { columns: { merit: "m", groundTruth: "g" } } }, "old.json"),
    InputError,
    'old.json: unknown key "data.columns.merit"',
  );
});

permittedTest("loadConfig() as a reader would call it", async () => {
  const preset = `${import.meta.dirname}/../../configs/demo.json`;
  const { name, training } = await loadConfig(preset, ["training.epochs=1", "name=quick"]);
  assertEquals([name, training.epochs], ["quick", 1]);
});

permittedTest("loadConfig() takes objects, section by section, and gives other settings another name", async () => {
  const preset = `${CONFIGS}/demo.json`;
  const same = await loadConfig(preset, { name: "demo", device: "cpu" });
  assertEquals(same.name, "demo");
  const other = await loadConfig(preset, { name: "demo", data: { columns: { label: "hired" } } });
  assertEquals(/^demo-[0-9a-f]{6}$/.test(other.name), true, other.name);
  assertEquals(other.data.path, same.data.path);
  // The columns that the preset names are of its own table.
  assertEquals(other.data.columns.groundTruth, null);
  assertEquals((await loadConfig(preset, { name: "mine", training: { epochs: 1 } })).name, "mine");
  assertEquals((await loadConfig(preset, { training: { epochs: 1 } })).training.batchSize, 16);
});

permittedTest("loadConfig() refuses another model with the layers that a preset chose for its own", async () => {
  const preset = `${CONFIGS}/demo.json`;
  const large = "BAAI/bge-large-en-v1.5";
  for (const overrides of [{ model: { source: large } }, [`model.source=${large}`]]) {
    await assertRejects(() => loadConfig(preset, overrides), InputError, "for which it chose lora.layers [4,5]");
  }
  const { lora } = await loadConfig(preset, { model: { source: large }, lora: { layers: null } });
  assertEquals(lora.layers, null);
  assertEquals((await loadConfig(`${CONFIGS}/bge-large.json`)).training.learningRate, 0.00005);
});

permittedTest("parseConfig() takes $schema for what it is: a word to editors", () => {
  assertEquals(parseConfig({ $schema: "./schema.json", name: "a" }), parseConfig({ name: "a" }));
});

Deno.test("parseConfig() refuses a budget of tokens for batches that are composed by label and group", () => {
  const balance = { batches: "balanced" } as const, training = { batchTokens: 4096 };
  assertThrows(
    () => parseConfig({ balance, training }),
    InputError,
    'training.batchTokens: expected null with balance.batches "balanced", whose batches are composed by label and group',
  );
  assertEquals(parseConfig({ training }).training.batchTokens, 4096);
  assertEquals(parseConfig({ balance }).training.batchTokens, null);
});
