import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { openSafetensors, readTensor } from "./safetensors.ts";
import { type TensorData, writeSafetensors } from "./safetensors_write.ts";

const testdata = `${import.meta.dirname}/../testdata/`;

for (
  const name of [
    "bert_lora_tiny/base/model.safetensors",
    "bert_lora_tiny/adapters/dora/adapter_model.safetensors",
    "minilm_adapter/adapter_model.safetensors",
  ]
) {
  Deno.test(`writeSafetensors() gives ${name} the bytes the Python library gave it`, async () => {
    const dir = await Deno.makeTempDir();
    const file = await openSafetensors(testdata + name);
    const tensors: Record<string, TensorData> = {};
    for (const tensor of [...file.tensors.keys()].reverse()) {
      tensors[tensor] = { shape: file.tensors.get(tensor)!.shape, data: await readTensor(file, tensor) };
    }
    await writeSafetensors(`${dir}/copy`, tensors);
    assertEquals(await Deno.readFile(`${dir}/copy`), await Deno.readFile(testdata + name));
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("writeSafetensors() writes views, scalars, empty tensors and odd names", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/w`;
  const data = new Float32Array([1, 2, 3, 4]);
  await writeSafetensors(path, {
    '10"': { shape: [2], data: data.subarray(1, 3) },
    "9": { shape: [], data: data.subarray(3) },
    empty: { shape: [0, 4], data: new Float32Array(0) },
    "é": { shape: [1, 1], data: data.subarray(0, 1) },
  }, { z: "1", a: "2" });
  const file = await openSafetensors(path);
  assertEquals([...file.tensors.keys()].sort(), ['10"', "9", "empty", "é"]);
  assertEquals(JSON.stringify(file.metadata), '{"a":"2","z":"1"}');
  assertEquals([...await readTensor(file, '10"')], [2, 3]);
  assertEquals([...await readTensor(file, "9")], [4]);
  assertEquals([...await readTensor(file, "é")], [1]);
  assertEquals(file.tensors.get('10"')!.byteOffset % 8, 0);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("writeSafetensors() refuses a shape that disagrees with its data", async () => {
  const bad = { w: { shape: [2, 2], data: new Float32Array(3) } };
  await assertRejects(() => writeSafetensors("/nowhere", bad), RangeError, 'Tensor "w" of shape [2,2] needs 4');
});

Deno.test("writeSafetensors() names the file that cannot be written", async () => {
  const good = { w: { shape: [1], data: new Float32Array(1) } };
  await assertRejects(() => writeSafetensors("/no/such/w", good), InputError, "/no/such/w cannot be written");
});
