import { assertAlmostEquals, assertEquals } from "@std/assert";
import { permittedTest, withFolder } from "../../_testing.ts";
import type { LoraModule, Parameters } from "../lora.ts";
import { openSafetensors, writeSafetensors } from "../safetensors.ts";
import { loadModelTokenizer, resolveModel } from "../source.ts";
import { mergedWeights, writeModelFolder } from "./model_folder.ts";

permittedTest(
  "writeModelFolder() writes a model that is read back as it was, instructions and length included",
  () =>
    withFolder(async (folder) => {
      const options = { queryInstruction: "query: ", passageInstruction: "passage: ", maxLength: 200 };
      const files = await resolveModel("embedded:minilm", options);
      await writeModelFolder(folder, files);
      await writeSafetensors(`${folder}/model.safetensors`, await mergedWeights({ ...files, lora: [] }, {}));
      const read = await resolveModel(folder);
      const { pooling, normalize, queryInstruction, passageInstruction, maxLength, config } = read;
      assertEquals({ pooling, normalize, queryInstruction, passageInstruction, maxLength, config }, {
        pooling: files.pooling,
        normalize: files.normalize,
        ...options,
        config: files.config,
      });
      const text = "Éva taught [SEP] nurses, 1999–2004";
      const encoded = async (model: typeof files) => (await loadModelTokenizer(model)).encode(text, { maxLength: 200 });
      assertEquals(await encoded(read), await encoded(files));
      const { truncation, padding } = JSON.parse(await Deno.readTextFile(`${folder}/tokenizer.json`));
      assertEquals([truncation, padding], [null, null]);
      const { _name_or_path } = JSON.parse(await Deno.readTextFile(`${folder}/config.json`));
      assertEquals(_name_or_path, undefined);
    }),
);

const name = "encoder.layer.0.attention.self.query";
const module: LoraModule = { name, inFeatures: 2, outFeatures: 2, rank: 1, scaling: 2, dora: false };
const of = (shape: number[], ...values: number[]) => ({ shape, data: Float32Array.from(values) });

async function merged(folder: string, dora: boolean): Promise<number[]> {
  const path = `${folder}/base.safetensors`;
  await writeSafetensors(path, { [`${name}.weight`]: of([2, 2], 1, 2, 3, 4), [`${name}.bias`]: of([2], 5, 6) });
  const at = `base_model.model.${name}.lora_`;
  const parameters: Parameters = {
    [`${at}A.weight`]: of([1, 2], 1, -1),
    [`${at}B.weight`]: of([2, 1], 0.5, 2),
    [`${at}magnitude_vector`]: of([2], 10, 1),
  };
  const { tensors: weights } = await openSafetensors(path);
  const result = await mergedWeights({ weights, lora: [{ ...module, dora }] }, parameters);
  assertEquals([...result[`${name}.bias`]!.data], [5, 6]);
  return [...result[`${name}.weight`]!.data];
}

// W + 2·B·A = [[1 + 1, 2 − 1], [3 + 4, 4 − 4]] by hand.
permittedTest(
  "mergedWeights() adds the scaled product of an adapter to its weight alone",
  () => withFolder(async (folder) => assertEquals(await merged(folder, false), [2, 1, 7, 0])),
);

// Each row at the length of its magnitude: 10·[2, 1]/√5 and 1·[7, 0]/7.
permittedTest(
  "mergedWeights() scales the rows of a DoRA layer to their magnitudes",
  () =>
    withFolder(async (folder) => {
      const expected = [20 / Math.sqrt(5), 10 / Math.sqrt(5), 1, 0];
      (await merged(folder, true)).forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-6));
    }),
);
