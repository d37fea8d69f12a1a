import { assertEquals } from "@std/assert";
import { loadModelTokenizer, resolveModel } from "../source.ts";
import { writeSafetensors } from "../safetensors.ts";
import { mergedWeights } from "./merged_weights.ts";
import { writeModelFolder } from "./model_folder.ts";
import { permittedTest, withFolder } from "../../_testing.ts";

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
