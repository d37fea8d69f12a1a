import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { readSentenceModules } from "./pooling.ts";

async function folder(files: Record<string, unknown>, run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      if (name.includes("/")) await Deno.mkdir(`${dir}/${name.split("/")[0]}`);
      await Deno.writeTextFile(`${dir}/${name}`, JSON.stringify(content));
    }
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The modules.json of BAAI/bge-large-en-v1.5 and of most sentence-transformers models. */
const modules = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
];
const modes = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: false, pooling_mode_max_tokens: false };

Deno.test("readSentenceModules() reads bge's files", () =>
  folder({
    "modules.json": modules,
    "1_Pooling/config.json": { word_embedding_dimension: 1024, ...modes, pooling_mode_cls_token: true },
    "sentence_bert_config.json": { max_seq_length: 512, do_lower_case: true },
  }, async (dir) => {
    assertEquals(await readSentenceModules(dir), { pooling: "cls", normalize: true, maxLength: 512 });
  }));

Deno.test("readSentenceModules() takes a list without Normalize at its word", () =>
  folder({
    "modules.json": modules.slice(0, 2),
    "1_Pooling/config.json": { ...modes, pooling_mode_mean_tokens: true },
  }, async (dir) => {
    assertEquals(await readSentenceModules(dir), { pooling: "mean", normalize: false, maxLength: null });
  }));

Deno.test("readSentenceModules() reads the newer form and pooling without modules.json", () =>
  folder({ "1_Pooling/config.json": { pooling_mode: "mean" } }, async (dir) => {
    assertEquals(await readSentenceModules(dir), { pooling: "mean", normalize: null, maxLength: null });
  }));

Deno.test("readSentenceModules() refuses pooling and modules that we do not have", async () => {
  await folder({ "1_Pooling/config.json": { ...modes, pooling_mode_max_tokens: true } }, async (dir) => {
    await assertRejects(
      () => readSentenceModules(dir),
      InputError,
      "expected pooling by cls or mean, found max_tokens",
    );
  });
  const two = { ...modes, pooling_mode_cls_token: true, pooling_mode_mean_tokens: true };
  await folder({ "1_Pooling/config.json": two }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found cls_token and mean_tokens");
  });
  const dense = [...modules, { idx: 3, name: "3", path: "3_Dense", type: "sentence_transformers.models.Dense" }];
  await folder({ "modules.json": dense }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found Dense");
  });
});
