import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { withFolder } from "../_testing.ts";
import { readStored } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors_write.ts";
import { openWeights } from "./weights.ts";

const tensor = (...data: number[]) => ({ shape: [data.length], data: new Float32Array(data) });
const index = (weightMap: Record<string, string>) => JSON.stringify({ metadata: {}, weight_map: weightMap });

Deno.test("openWeights() finds the tensors of a model that is split into parts", () =>
  withFolder(async (dir) => {
    await writeSafetensors(`${dir}/model-00001-of-00002.safetensors`, { a: tensor(1), unused: tensor(9) });
    await writeSafetensors(`${dir}/model-00002-of-00002.safetensors`, { b: tensor(2, 3) });
    await Deno.writeTextFile(
      `${dir}/model.safetensors.index.json`,
      index({ a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" }),
    );
    const weights = await openWeights(dir);
    assertEquals([...weights.keys()], ["a", "b"]);
    assertEquals([...await readStored(weights.get("b")!)], [2, 3]);
  }));

Deno.test("openWeights() refuses an index that disagrees with its parts or leaves the folder", () =>
  withFolder(async (dir) => {
    const path = `${dir}/model.safetensors.index.json`;
    await writeSafetensors(`${dir}/p.safetensors`, { a: tensor(1) });
    await Deno.writeTextFile(path, index({ a: "p.safetensors", b: "p.safetensors" }));
    await assertRejects(() => openWeights(dir), InputError, `tensor "b" is not in p.safetensors`);
    await Deno.writeTextFile(path, index({ a: "q.safetensors" }));
    await assertRejects(() => openWeights(dir), InputError, `${path}: its part q.safetensors is not in`);
    await Deno.writeTextFile(path, index({ a: "../p.safetensors" }));
    await assertRejects(() => openWeights(dir), InputError, "its part ../p.safetensors is not in");
    await Deno.writeTextFile(path, "{}");
    await assertRejects(() => openWeights(dir), InputError, `${path}, "weight_map"`);
  }));

Deno.test("openWeights() takes the only safetensors file of a folder, or a file by its path", () =>
  withFolder(async (dir) => {
    await writeSafetensors(`${dir}/model.fp16.safetensors`, { a: tensor(1) });
    assertEquals((await openWeights(dir)).size, 1);
    assertEquals((await openWeights(`${dir}/model.fp16.safetensors`)).size, 1);
    await writeSafetensors(`${dir}/other.safetensors`, { b: tensor(1) });
    await assertRejects(() => openWeights(dir), InputError, "found model.fp16.safetensors and other.safetensors");
    await writeSafetensors(`${dir}/model.safetensors`, { c: tensor(1) });
    assertEquals([...(await openWeights(dir)).keys()], ["c"]);
  }));

Deno.test("openWeights() says what it found instead of weights", () =>
  withFolder(async (dir) => {
    await assertRejects(() => openWeights(dir), InputError, "expected model.safetensors, found no weights");
    await Deno.writeTextFile(`${dir}/pytorch_model.bin`, "");
    await assertRejects(() => openWeights(dir), InputError, "found pytorch_model.bin (convert it");
    await assertRejects(() => openWeights(`${dir}/gone`), InputError, "gone cannot be read: no such file or folder");
  }));
