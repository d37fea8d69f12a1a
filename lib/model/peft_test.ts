import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { withFolder } from "../_testing.ts";
import { type BertConfig, readBertConfig } from "./config.ts";
import { readAdapter, writeAdapter } from "./peft.ts";
import { openSafetensors } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors_write.ts";

const testdata = `${import.meta.dirname}/../testdata`;
const adapters = `${testdata}/bert_lora_tiny/adapters`;
const tiny = await readBertConfig(`${testdata}/bert_lora_tiny/base/config.json`);
const minilm: BertConfig = { ...tiny, hiddenSize: 384, numLayers: 6, numHeads: 12, intermediateSize: 1536 };

const golden: [string, BertConfig][] = [
  ...["all_linear", "dora", "last_layer_patterns", "qkv", "rslora"].map((name): [string, BertConfig] => [
    `${adapters}/${name}`,
    tiny,
  ]),
  [`${testdata}/minilm_adapter`, minilm],
];
for (const [folder, bert] of golden) {
  Deno.test(`readAdapter() and writeAdapter() give ${folder.slice(testdata.length + 1)} back byte for byte`, () =>
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
    }));
}

Deno.test("readAdapter() reads rank and alpha patterns with PEFT's numbers", async () => {
  const { modules } = await readAdapter(`${adapters}/last_layer_patterns`, tiny);
  assertEquals(modules.map(({ name, rank, scaling }) => [name, rank, scaling]), [
    ["encoder.layer.1.attention.self.query", 4, 6 / 4],
    ["encoder.layer.1.attention.self.value", 2, 3 / 2],
    ["encoder.layer.1.attention.output.dense", 4, 8 / 4],
    ["encoder.layer.1.output.dense", 4, 8 / 4],
  ]);
});

Deno.test("readAdapter() refuses an adapter for another model and says what differs", async () => {
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

Deno.test("readAdapter() accepts the names of a model with a head, and passes over its pooler", () =>
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
  }));

Deno.test("readAdapter() names the file that is missing or truncated", () =>
  withFolder(async (dir) => {
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${dir}/adapter_config.json cannot be read`);
    await Deno.copyFile(`${adapters}/qkv/adapter_config.json`, `${dir}/adapter_config.json`);
    const weights = `${dir}/adapter_model.safetensors`;
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights} cannot be read: no such file`);
    await Deno.writeFile(weights, (await Deno.readFile(`${adapters}/qkv/adapter_model.safetensors`)).subarray(0, 5000));
    await assertRejects(() => readAdapter(dir, tiny), InputError, `${weights}: the file ends inside tensor`);
  }));
