import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { hubOptions } from "../hub/mod.ts";
import { readStored } from "./safetensors.ts";
import { loadModelTokenizer, resolveModel } from "./source.ts";
import { permittedTest } from "../_testing.ts";

const base = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const offline = hubOptions(() => undefined, { offline: true, cacheDir: "/nowhere" });

/** A copy of the tiny BERT, with more or other files. */
async function tinyCopy(files: Record<string, unknown>, run: (dir: string) => Promise<void>, folder = "m") {
  const parent = await Deno.makeTempDir();
  const dir = `${parent}/${folder}`;
  try {
    await Deno.mkdir(`${dir}/1_Pooling`, { recursive: true });
    for (const name of ["config.json", "model.safetensors"]) await Deno.copyFile(`${base}/${name}`, `${dir}/${name}`);
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, JSON.stringify(content));
    }
    await run(dir);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

permittedTest("resolveModel() finds the embedded MiniLM with every weight in half precision", async () => {
  const model = await resolveModel("embedded:minilm");
  assertEquals(model.weights.size, 5 + 6 * 16);
  assert([...model.weights.values()].every(({ dtype }) => dtype === "F16"));
  const { revision, pooling, normalize, queryInstruction, passageInstruction, maxLength, licence } = model;
  assertEquals(
    { revision, pooling, normalize, queryInstruction, passageInstruction, maxLength, licence },
    {
      revision: null,
      pooling: "mean",
      normalize: true,
      queryInstruction: "",
      passageInstruction: "",
      maxLength: 256,
      licence: "Apache-2.0",
    },
  );
  const norm = await readStored(model.weights.get("embeddings.LayerNorm.weight")!);
  assertEquals(norm.length, 384);
  assert(norm.every((x) => x > 0 && x < 10));
});

permittedTest("resolveModel() asks how a model pools that nobody knows, and takes the answer", async () => {
  await assertRejects(() => resolveModel(base), InputError, `${base}: neither 1_Pooling/config.json nor our list`);
  const model = await resolveModel(`${base}/`, { pooling: "cls", normalize: false, queryInstruction: "q: " });
  assertEquals([model.dir, model.pooling, model.normalize, model.queryInstruction], [base, "cls", false, "q: "]);
  assertEquals([model.maxLength, model.licence, model.weights.size], [64, null, 37]);
});

permittedTest("resolveModel() believes options, then the folder's files, then the registry", async () => {
  const files = {
    "1_Pooling/config.json": { pooling_mode_mean_tokens: true },
    "modules.json": [
      { path: "", type: "sentence_transformers.models.Transformer" },
      { path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    ],
    "sentence_bert_config.json": { max_seq_length: 32 },
  };
  await tinyCopy(files, async (dir) => {
    const model = await resolveModel(dir);
    assertEquals([model.pooling, model.normalize, model.maxLength], ["mean", false, 32]);
    assertEquals(model.queryInstruction, "Represent this sentence for searching relevant passages: ");
    const other = await resolveModel(dir, { pooling: "cls", normalize: true, maxLength: 64 });
    assertEquals([other.pooling, other.normalize, other.maxLength], ["cls", true, 64]);
  }, "bge-small-en-v1.5");
});

permittedTest(
  "resolveModel() knows a model by its folder's name or by where its config.json says it comes from",
  async () => {
    await tinyCopy({}, async (dir) => {
      const model = await resolveModel(dir);
      assertEquals([model.pooling, model.normalize, model.passageInstruction], ["mean", true, "passage: "]);
      assertEquals(model.maxLength, 64, "the registry's 512 tokens are more than the model has positions");
    }, "e5-small-v2");
    const config = JSON.parse(await Deno.readTextFile(`${base}/config.json`));
    await tinyCopy({ "config.json": { ...config, _name_or_path: "BAAI/bge-base-en-v1.5" } }, async (dir) => {
      assertEquals((await resolveModel(dir)).pooling, "cls");
    });
  },
);

permittedTest("resolveModel() refuses a length that the model has no positions for", async () => {
  for (const maxLength of [65, 1, 3.5]) {
    await assertRejects(
      () => resolveModel(base, { pooling: "cls", maxLength }),
      InputError,
      `expected a maximum length of 2 to 64 tokens, or "auto", found ${maxLength}`,
    );
  }
});

permittedTest("resolveModel() looks a name up on the hub at the registry's commit", async () => {
  const known = () => resolveModel("baai/BGE-small-en-v1.5", { hub: offline });
  await assertRejects(known, InputError, "BAAI/bge-small-en-v1.5 is not on the disk (/nowhere/models--BAAI--bge-small");
});

permittedTest("resolveModel() finds a model that Python has downloaded", async () => {
  const commit = "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a";
  await tinyCopy({ "tokenizer.json": {} }, async (dir) => {
    const hub = { ...offline, cacheDir: dir.split("/models--")[0]! };
    const model = await resolveModel("BAAI/bge-small-en-v1.5", { hub });
    assertEquals([model.revision, model.dir, model.pooling], [commit, dir, "cls"]);
  }, `models--BAAI--bge-small-en-v1.5/snapshots/${commit}`);
});

permittedTest("resolveModel() suggests what a wrong name may have meant", async () => {
  await assertRejects(() => resolveModel("bge-large-en-v1.5"), InputError, "a hub name such as BAAI/bge-large-en-v1.5");
  await assertRejects(() => resolveModel("./nowhere"), InputError, 'there is no model folder "./nowhere"');
  await assertRejects(() => resolveModel("embedded:bert"), InputError, "expected embedded:minilm");
});

permittedTest("resolveModel() names the file of a folder that is not a whole model", async () => {
  await tinyCopy({}, async (dir) => {
    await Deno.truncate(`${dir}/model.safetensors`, 50_000);
    await assertRejects(() => resolveModel(dir), InputError, `${dir}/model.safetensors: the file ends inside tensor`);
    await Deno.remove(`${dir}/model.safetensors`);
    await assertRejects(() => resolveModel(dir), InputError, `${dir}: expected model.safetensors, found no weights`);
    await Deno.remove(`${dir}/config.json`);
    await assertRejects(() => resolveModel(dir), InputError, `${dir}/config.json cannot be read: no such file`);
  }, "bge-small-en-v1.5");
});

permittedTest("loadModelTokenizer() refuses the tokenizer of another model", async () => {
  const minilm = await resolveModel("embedded:minilm");
  const tokenizer = await loadModelTokenizer(minilm);
  assertEquals(tokenizer.vocabSize, 30522);
  const other = { ...minilm, config: { ...minilm.config, vocabSize: 30000 } };
  await assertRejects(() => loadModelTokenizer(other), InputError, "expected at most the 30000 tokens of config.json");
  const tiny = await resolveModel(base, { pooling: "cls" });
  await assertRejects(
    () => loadModelTokenizer(tiny),
    InputError,
    `${base}/tokenizer.json cannot be read: no such file`,
  );
});

permittedTest("loadModelTokenizer() as a reader would call it", async () => {
  const tokenizer = await loadModelTokenizer(await resolveModel("embedded:minilm"));
  assertEquals(tokenizer.encode("Hello world", { maxLength: 8 }), [101, 7592, 2088, 102]);
});

permittedTest("resolveModel() as a reader would call it", async () => {
  const model = await resolveModel("embedded:minilm");
  assertEquals([model.config.numLayers, model.pooling, model.maxLength], [6, "mean", 256]);
});

permittedTest("resolveModel() takes prompts from the folder, and refuses to pool without their tokens", async () => {
  const prompts = { "config_sentence_transformers.json": { prompts: { query: "q: ", document: "" } } };
  const mean = (include_prompt: boolean) => ({ "1_Pooling/config.json": { pooling_mode: "mean", include_prompt } });
  await tinyCopy({ ...prompts, ...mean(true) }, async (dir) => {
    const model = await resolveModel(dir);
    assertEquals([model.queryInstruction, model.passageInstruction], ["q: ", ""], "the folder's, not the registry's");
    const own = await resolveModel(dir, { queryInstruction: "", passageInstruction: "p: " });
    assertEquals([own.queryInstruction, own.passageInstruction], ["", "p: "]);
  }, "e5-small-v2");
  await tinyCopy({ ...prompts, ...mean(false) }, async (dir) => {
    await assertRejects(() => resolveModel(dir), InputError, "its pooling module says include_prompt false");
    assertEquals((await resolveModel(dir, { queryInstruction: "" })).pooling, "mean");
  });
});

permittedTest("resolveModel() knows an adapter when it is given for a model", async () => {
  const adapter = `${import.meta.dirname}/../testdata/minilm_adapter`;
  await assertRejects(
    () => resolveModel(adapter),
    InputError,
    "expected a model with a config.json, found an adapter of",
  );
});
