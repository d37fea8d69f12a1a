import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { readSentenceModules } from "./sentence_modules.ts";

function folder(files: Record<string, unknown>, run: (dir: string) => Promise<void>): Promise<void> {
  return withFolder(async (dir) => {
    for (const [name, content] of Object.entries(files)) {
      if (name.includes("/")) await Deno.mkdir(`${dir}/${name.split("/")[0]}`, { recursive: true });
      await Deno.writeTextFile(`${dir}/${name}`, JSON.stringify(content));
    }
    await run(dir);
  });
}

/** The modules.json of BAAI/bge-large-en-v1.5 and of most sentence-transformers models. */
const modules = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.models.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.models.Normalize" },
];
const modes = { pooling_mode_cls_token: false, pooling_mode_mean_tokens: false, pooling_mode_max_tokens: false };

/** What the files say, without what they leave open. */
async function said(dir: string) {
  const { encoder, ...rest } = await readSentenceModules(dir);
  const open = { lowercase: false, poolsInstruction: true };
  const kept = Object.entries(rest).filter(([key, value]) =>
    value !== null && value !== open[key as keyof typeof open]
  );
  return Object.fromEntries([...kept, ...(encoder === dir ? [] : [["encoder", encoder.slice(dir.length + 1)]])]);
}

permittedTest(
  "readSentenceModules() says nothing of a folder that has none of these files",
  () =>
    folder({}, async (dir) => {
      assertEquals(await said(dir), {});
    }),
);

permittedTest("readSentenceModules() reads bge's files", () =>
  folder({
    "modules.json": modules,
    "1_Pooling/config.json": { word_embedding_dimension: 1024, ...modes, pooling_mode_cls_token: true },
    "sentence_bert_config.json": { max_seq_length: 512, do_lower_case: true },
  }, async (dir) => {
    assertEquals(await said(dir), { pooling: "cls", normalize: true, maxLength: 512, lowercase: true });
  }));

permittedTest("readSentenceModules() takes a list without Normalize at its word", () =>
  folder({
    "modules.json": modules.slice(0, 2),
    "1_Pooling/config.json": { ...modes, pooling_mode_mean_tokens: true },
  }, async (dir) => {
    assertEquals(await said(dir), { pooling: "mean", normalize: false });
  }));

permittedTest(
  "readSentenceModules() reads the newer form and pooling without modules.json",
  () =>
    folder({ "1_Pooling/config.json": { pooling_mode: "mean" } }, async (dir) => {
      assertEquals(await said(dir), { pooling: "mean" });
    }),
);

permittedTest("readSentenceModules() refuses pooling and modules that we do not have", async () => {
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
  await folder({ "1_Pooling/config.json": { pooling_mode: ["cls", "mean"] } }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found cls and mean");
  });
  await folder({ "1_Pooling/config.json": { pooling_mode: "lasttoken" } }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "found lasttoken");
  });
  const dense = [...modules, { idx: 3, name: "3", path: "3_Dense", type: "sentence_transformers.models.Dense" }];
  await folder({ "modules.json": dense }, async (dir) => {
    await assertRejects(
      () => readSentenceModules(dir),
      InputError,
      "found Dense: the layer in 3_Dense behind the pooling",
    );
  });
});

permittedTest("readSentenceModules() refuses other orders, other people's code, and folders elsewhere", async () => {
  const [transformer, pooling, normalize] = modules as [typeof modules[0], typeof modules[0], typeof modules[0]];
  const refused: [unknown[], string][] = [
    [[transformer, normalize, pooling], "expected the order Transformer, Pooling, Normalize, found Transformer, Norm"],
    [[transformer, pooling, pooling], "expected the order"],
    [[], "found nothing"],
    [[{ ...transformer, type: "custom_st.Transformer" }, pooling], "found custom_st.Transformer, code of its own"],
    [[{ ...transformer, path: "../other" }, pooling], 'expected a folder within the model\'s, found "../other"'],
    [[transformer, { ...pooling, path: "/etc" }], 'found "/etc"'],
  ];
  for (const [list, message] of refused) {
    await folder({ "modules.json": list }, async (dir) => {
      await assertRejects(() => readSentenceModules(dir), InputError, message);
    });
  }
});

/** The modules.json of sentence-transformers 6, as of 5 but for the types' names. */
const modules6 = [
  { idx: 0, name: "0", path: "", type: "sentence_transformers.base.modules.transformer.Transformer" },
  { idx: 1, name: "1", path: "1_Pooling", type: "sentence_transformers.sentence_transformer.modules.pooling.Pooling" },
  { idx: 2, name: "2", path: "2_Normalize", type: "sentence_transformers.base.modules.normalize.Normalize" },
];

permittedTest("readSentenceModules() reads what sentence-transformers 6 saves", () =>
  folder({
    "modules.json": modules6,
    "1_Pooling/config.json": { embedding_dimension: 32, pooling_mode: "mean", include_prompt: true },
    "2_Normalize/config.json": { module_input_name: "sentence_embedding", module_output_name: "sentence_embedding" },
    "sentence_bert_config.json": { transformer_task: "feature-extraction", module_output_name: "token_embeddings" },
    "tokenizer_config.json": { model_max_length: 100, tokenizer_class: "BertTokenizer", do_lower_case: true },
    "config_sentence_transformers.json": {
      model_type: "SentenceTransformer",
      default_prompt_name: null,
      prompts: { document: "resume: ", query: "job advert: " },
    },
  }, async (dir) => {
    assertEquals(await said(dir), {
      pooling: "mean",
      normalize: true,
      maxLength: 100,
      queryInstruction: "job advert: ",
      passageInstruction: "resume: ",
    });
  }));

permittedTest(
  "readSentenceModules() finds prompts by the names that encode_query() and encode_document() use",
  async () => {
    const cases: [Record<string, unknown>, unknown[]][] = [
      [{ prompts: { query: "q: ", passage: "p: " } }, ["q: ", "p: "]],
      [{ prompts: { query: "", document: "", corpus: "c: " } }, ["", ""]],
      [{ prompts: { query: "", document: "" } }, ["", ""]],
      [{ prompts: { sts: "s: " }, default_prompt_name: "sts" }, ["s: ", "s: "]],
      [{ prompts: { sts: "s: ", query: "q: " }, default_prompt_name: "sts" }, ["q: ", "s: "]],
      [{ prompts: { clustering: "c: " }, default_prompt_name: null }, [null, null]],
      [{ prompts: {} }, [null, null]],
      [{}, [null, null]],
    ];
    for (const [file, expected] of cases) {
      await folder({ "config_sentence_transformers.json": file }, async (dir) => {
        const { queryInstruction, passageInstruction } = await readSentenceModules(dir);
        assertEquals([queryInstruction, passageInstruction], expected, JSON.stringify(file));
      });
    }
  },
);

permittedTest("readSentenceModules() finds the encoder of old models in a folder of its own", () =>
  folder({
    "modules.json": [{ path: "0_Transformer", type: "sentence_transformers.models.Transformer" }, modules[1]],
    "0_Transformer/sentence_bert_config.json": { max_seq_length: 128 },
    "1_Pooling/config.json": { ...modes, pooling_mode_mean_tokens: true },
  }, async (dir) => {
    assertEquals(await said(dir), { encoder: "0_Transformer", pooling: "mean", normalize: false, maxLength: 128 });
  }));

permittedTest(
  "readSentenceModules() takes the tokenizer's length only for what sentence-transformers saved",
  async () => {
    const config = { "tokenizer_config.json": { model_max_length: 64 } };
    await folder(config, async (dir) => assertEquals(await said(dir), {}));
    await folder({ ...config, "sentence_bert_config.json": {} }, async (dir) => {
      assertEquals(await said(dir), { maxLength: 64 });
    });
    const none = { "tokenizer_config.json": { model_max_length: 1e30 }, "sentence_bert_config.json": {} };
    await folder(none, async (dir) => assertEquals(await said(dir), {}));
  },
);

permittedTest("readSentenceModules() refuses models of other kinds", async () => {
  for (const name of ["sts", "constructor", "__proto__"]) {
    await folder({ "config_sentence_transformers.json": { prompts: {}, default_prompt_name: name } }, async (dir) => {
      const message = `"default_prompt_name": expected the name of one of the prompts, found "${name}"`;
      await assertRejects(() => readSentenceModules(dir), InputError, message);
    });
  }
  await folder({ "config_sentence_transformers.json": { model_type: "SparseEncoder" } }, async (dir) => {
    const message = '"model_type": expected SentenceTransformer, the only kind supported, found "SparseEncoder"';
    await assertRejects(() => readSentenceModules(dir), InputError, message);
  });
  await folder({ "sentence_bert_config.json": { transformer_task: "fill-mask" } }, async (dir) => {
    await assertRejects(() => readSentenceModules(dir), InputError, "expected feature-extraction");
  });
});
