import { assert, assertEquals, assertRejects } from "@std/assert";
import { resolveModel } from "./source.ts";
import { InputError } from "../errors.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { type BertConfig, readBertConfig } from "./config.ts";
import { readAdapter, writeAdapter } from "./peft.ts";
import { type FloatTensor, openSafetensors, writeSafetensors } from "./safetensors.ts";

const testdata = `${import.meta.dirname}/../testdata`;
const adapters = `${testdata}/bert_lora_tiny/adapters`;
const tiny = await whenPermitted(() => readBertConfig(`${testdata}/bert_lora_tiny/base/config.json`));
const minilm: BertConfig = { ...tiny, hiddenSize: 384, numLayers: 6, numHeads: 12, intermediateSize: 1536 };

const golden: [string, BertConfig][] = [
  ...["all_linear", "dora", "last_layer_patterns", "qkv", "rslora"].map((name): [string, BertConfig] => [
    `${adapters}/${name}`,
    tiny,
  ]),
  [`${testdata}/minilm_adapter`, minilm],
];
for (const [folder, bert] of golden) {
  permittedTest(
    `readAdapter() and writeAdapter() give ${folder.slice(testdata.length + 1)} back byte for byte`,
    () =>
      withFolder(async (dir) => {
        const adapter = await readAdapter(folder, bert);
        const stored = await openSafetensors(`${folder}/adapter_model.safetensors`);
        assertEquals(Object.keys(adapter.parameters).sort(), [...stored.tensors.keys()].sort());
        await writeAdapter(`${dir}/new/folder`, adapter.config, adapter.parameters);
        const [written, original] = await Promise.all(
          [`${dir}/new/folder`, folder].map((from) => Deno.readFile(`${from}/adapter_model.safetensors`)),
        );
        assert(written!.every((byte, i) => byte === original![i]) && written!.length === original!.length);
        assertEquals(await readAdapter(`${dir}/new/folder`, bert), adapter);
      }),
  );
}

permittedTest("readAdapter() reads rank and alpha patterns with PEFT's numbers", async () => {
  const { modules } = await readAdapter(`${adapters}/last_layer_patterns`, tiny);
  assertEquals(modules.map(({ name, rank, scaling }) => [name, rank, scaling]), [
    ["encoder.layer.1.attention.self.query", 4, 6 / 4],
    ["encoder.layer.1.attention.self.value", 2, 3 / 2],
    ["encoder.layer.1.attention.output.dense", 4, 8 / 4],
    ["encoder.layer.1.output.dense", 4, 8 / 4],
  ]);
});

permittedTest("readAdapter() refuses an adapter for another model and says what differs", async () => {
  const path = `${adapters}/qkv/adapter_model.safetensors`;
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, hiddenSize: 48 }),
    InputError,
    `${path}: tensor "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight" has shape [4,32], ` +
      "expected [4,48]: the adapter was made for another base model",
  );
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, numLayers: 3 }),
    InputError,
    `expected tensor "base_model.model.encoder.layer.2.attention.self.query.lora_A.weight"`,
  );
  await assertRejects(
    () => readAdapter(`${adapters}/qkv`, { ...tiny, numLayers: 1 }),
    InputError,
    `tensor "base_model.model.encoder.layer.1.attention.self.key.lora_A.weight" belongs to no adapted layer`,
  );
  await assertRejects(
    () => readAdapter(`${adapters}/last_layer_patterns`, { ...tiny, numLayers: 1 }),
    InputError,
    "adapter_config.json, layers_to_transform: expected layers 0 to 0",
  );
});

permittedTest(
  "readAdapter() accepts the names of a model with a head, and passes over its pooler",
  () =>
    withFolder(async (dir) => {
      const { config, parameters } = await readAdapter(`${adapters}/qkv`, tiny);
      const renamed = Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [name.replace("model.encoder", "model.bert.encoder"), value]),
      );
      const pooler = { shape: [1], data: new Float32Array(1) };
      await writeAdapter(dir, config, renamed);
      await writeSafetensors(`${dir}/adapter_model.safetensors`, {
        ...renamed,
        "base_model.model.bert.pooler.dense.lora_A.weight": pooler,
      });
      assertEquals((await readAdapter(dir, tiny)).parameters, parameters);
    }),
);

permittedTest("readAdapter() names the file that is missing or truncated", () =>
  withFolder(async (dir) => {
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${dir}/adapter_config.json cannot be read`);
    await Deno.copyFile(`${adapters}/qkv/adapter_config.json`, `${dir}/adapter_config.json`);
    const weights = `${dir}/adapter_model.safetensors`;
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights} cannot be read: no such file`);
    await Deno.writeFile(weights, (await Deno.readFile(`${adapters}/qkv/adapter_model.safetensors`)).subarray(0, 5000));
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights}: the file ends inside tensor`);
  }));

permittedTest("readAdapter() as a reader would call it", async () => {
  const { config } = await resolveModel("embedded:minilm");
  const adapter = await readAdapter(`${import.meta.dirname}/../testdata/minilm_adapter`, config);
  assertEquals([adapter.config.r, adapter.config.targetModules], [4, ["query", "value"]]);
});

/** An adapter of the tiny BERT whose tensors are changed. */
async function changed(
  change: (tensors: Record<string, FloatTensor>) => void,
  run: (dir: string) => Promise<void>,
  settings: Record<string, unknown> = {},
) {
  await withFolder(async (dir) => {
    const { parameters } = await readAdapter(`${adapters}/qkv`, tiny);
    const config = JSON.parse(await Deno.readTextFile(`${adapters}/qkv/adapter_config.json`));
    await Deno.writeTextFile(`${dir}/adapter_config.json`, JSON.stringify({ ...config, ...settings }));
    const tensors: Record<string, FloatTensor> = { ...parameters };
    change(tensors);
    await writeSafetensors(`${dir}/adapter_model.safetensors`, tensors);
    await run(dir);
  });
}
const first = "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight";

for (const value of [NaN, Infinity, -Infinity]) {
  permittedTest(
    `readAdapter() refuses ${value}, with file, tensor, cause and remedy`,
    () =>
      changed((tensors) => tensors[first]!.data[7] = value, async (dir) => {
        const message =
          `${dir}/adapter_model.safetensors: tensor "${first}" holds 1 of 128 numbers that are not finite, ` +
          `the first is ${value}: the training that made it diverged; train it again with a lower learning rate`;
        await assertRejects(() => readAdapter(dir, tiny), InputError, message);
      }),
  );
}

permittedTest("readAdapter() refuses finite numbers whose update overflows, by size or by scale", async () => {
  await changed((tensors) => tensors[first]!.data[7] = -1e38, async (dir) => {
    const message = `tensor "${first}" holds numbers up to 1.0e+38, with which the update of ` +
      '"encoder.layer.0.attention.self.query" overflows';
    await assertRejects(() => readAdapter(dir, tiny), InputError, message);
  });
  await changed(() => {}, async (dir) => {
    await assertRejects(() => readAdapter(dir, tiny), InputError, "(its alpha and rank scale it by 2.5e+299)");
  }, { lora_alpha: 1e300 });
});

permittedTest("readAdapter() tells another rank from another base model", () =>
  changed(() => {}, async (dir) => {
    const message =
      `tensor "${first}" has shape [4,32], expected [8,32]: it has rank 4, adapter_config.json says 8 (r, `;
    await assertRejects(() => readAdapter(dir, tiny), InputError, message);
  }, { r: 8 }));

permittedTest(
  "readAdapter() names empty tensors and where they come from",
  () =>
    changed((tensors) => tensors[first] = { shape: [0], data: new Float32Array() }, async (dir) => {
      const message = `tensor "${first}" is empty (shape [0], expected [4,32]), as DeepSpeed's ZeRO-3 leaves it`;
      await assertRejects(() => readAdapter(dir, tiny), InputError, message);
    }),
);

permittedTest("readAdapter() passes over parts behind the encoder that were trained along", () =>
  changed((tensors) => {
    tensors["base_model.model.pooler.dense.weight"] = { shape: [32, 32], data: new Float32Array(1024).fill(NaN) };
    tensors["base_model.model.classifier.bias"] = { shape: [2], data: new Float32Array(2) };
  }, async (dir) => {
    const { parameters } = await readAdapter(`${adapters}/qkv`, tiny);
    assertEquals((await readAdapter(dir, tiny)).parameters, parameters);
  }, { modules_to_save: ["pooler", "classifier"] }));

permittedTest("readAdapter() names an adapted embedding table", () =>
  changed((tensors) => {
    const name = "base_model.model.embeddings.word_embeddings.lora_embedding_A";
    tensors[name] = { shape: [4, 100], data: new Float32Array(400) };
  }, async (dir) => {
    const message = "adapts embeddings.word_embeddings: only linear layers of the encoder are supported";
    await assertRejects(() => readAdapter(dir, tiny), InputError, message);
  }));

permittedTest("readAdapter() says how an adapter for Python is converted", () =>
  changed(() => {}, async (dir) => {
    await Deno.rename(`${dir}/adapter_model.safetensors`, `${dir}/adapter_model.bin`);
    const message = `${dir}: expected adapter_model.safetensors, found adapter_model.bin, which only Python reads; ` +
      'convert it with python -c "import sys, torch;';
    await assertRejects(() => readAdapter(dir, tiny), InputError, message);
  }));
