import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { readBertConfig } from "./config.ts";
import { openSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";
import { resolveModel } from "./source.ts";
import { canonicalWeights, openWeights } from "./weights.ts";
import { hashWeights } from "./fingerprint.ts";

const base = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
const config = () => readBertConfig(`${base}/config.json`);
const tensor = (...data: number[]) => ({ shape: [data.length], data: new Float32Array(data) });

permittedTest("hashWeights() gives what sha256sum gives for the embedded MiniLM", async () => {
  assertEquals(
    await hashWeights((await resolveModel("embedded:minilm")).weights),
    "6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d",
  );
});

permittedTest(
  "hashWeights() changes with any byte, also far from a tensor's beginning",
  () =>
    withFolder(async (dir) => {
      const bytes = await Deno.readFile(`${base}/model.safetensors`);
      const { tensors } = await openSafetensors(`${base}/model.safetensors`);
      const words = tensors.get("embeddings.word_embeddings.weight")!;
      const hashOf = async () => hashWeights(canonicalWeights(await openWeights(dir), await config(), dir));
      await Deno.writeFile(`${dir}/model.safetensors`, bytes);
      const hashes = [await hashOf()];
      for (const at of [words.byteOffset + words.byteLength - 4, words.byteOffset + 5000, bytes.length - 4]) {
        const changed = bytes.slice();
        changed[at]! ^= 1;
        await Deno.writeFile(`${dir}/model.safetensors`, changed);
        hashes.push(await hashOf());
      }
      assertEquals(new Set(hashes).size, 4);
      assertEquals(hashes[0], await hashWeights(await openWeights(base)));
    }),
);

permittedTest(
  "hashWeights() gives what sha256sum | sha256sum gives for weights in parts",
  () =>
    withFolder(async (dir) => {
      await writeSafetensors(`${dir}/model-2.safetensors`, { b: tensor(2) });
      await writeSafetensors(`${dir}/model-1.safetensors`, { a: tensor(1) });
      const weights = new Map<string, StoredTensor>();
      for (const name of ["model-2", "model-1"]) {
        for (const [key, stored] of (await openSafetensors(`${dir}/${name}.safetensors`)).tensors) {
          weights.set(key, stored);
        }
      }
      const command = new Deno.Command("sh", { args: ["-c", "sha256sum model-*.safetensors | sha256sum"], cwd: dir });
      const { stdout } = await command.output();
      assertEquals(await hashWeights(weights), new TextDecoder().decode(stdout).slice(0, 64));
      assertNotEquals(await hashWeights(new Map([["a", weights.get("a")!]])), await hashWeights(weights));
    }),
);

permittedTest(
  "hashWeights() names a tensor with NaN, an infinity or what overflows, whatever its width",
  () =>
    withFolder(async (dir) => {
      const path = `${dir}/w.safetensors`;
      for (const value of [NaN, Infinity, -Infinity, 1.01e12, -3e38]) {
        await writeSafetensors(path, { fine: tensor(1, -9e11), bad: tensor(1, value) });
        const { tensors } = await openSafetensors(path);
        const message = `${path}: tensor "bad" holds numbers that are not finite, or so large that they`;
        await assertRejects(() => hashWeights(tensors), InputError, message);
      }
      for (const [dtype, bits] of [["F16", 0x7c01], ["BF16", 0xff80], ["BF16", 0x7f00]] as const) {
        await writeSafetensors(path, { t: tensor(0) });
        const { tensors } = await openSafetensors(path);
        const half = (word: number) => new Map([["t", { ...tensors.get("t")!, dtype, shape: [2], word }]]);
        await hashWeights(half(0));
        const bytes = await Deno.readFile(path);
        new DataView(bytes.buffer).setUint16(bytes.length - 2, bits, true);
        await Deno.writeFile(path, bytes);
        await assertRejects(() => hashWeights(half(bits)), InputError, "not finite");
      }
    }),
);
