import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import { resolveModel } from "../model/mod.ts";
import { openRun } from "../train/mod.ts";
import { printer, quietly, trainTiny } from "../train/_testing.ts";
import { exportFolder } from "./export.ts";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";

/** One run for all tests of this file. */
const folder = await whenPermitted(async () => {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  await trainTiny(folder, { training: { epochs: 1 } });
  return folder;
});

async function exported(output: string, format: Parameters<typeof exportFolder>[0]["format"], adapter = false) {
  const { print, printed } = printer();
  await quietly(() => exportFolder({ run: `${folder}/run`, format, output, adapter }, print));
  return printed();
}

const namesIn = async (path: string) => (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();

permittedTest(
  "export writes a sentence-transformers folder that holds the tuned model",
  () =>
    withFolder(async (out) => {
      const said = await exported(out, "sentence-transformers");
      assertStringIncludes(said, "of 13 texts at least 1.000000");
      const card = await Deno.readTextFile(`${out}/README.md`);
      assertStringIncludes(card, "library_name: sentence-transformers");
      assertStringIncludes(card, "SentenceTransformer(");
      const files = await resolveModel(out);
      assertEquals([files.pooling, files.maxLength, files.weights.size], ["mean", 24, 37]);
    }),
);

permittedTest(
  "export --adapter keeps the adapter apart, for sentence-transformers and for PEFT",
  () =>
    withFolder(async (out) => {
      await exported(`${out}/st`, "sentence-transformers", true);
      await exported(`${out}/peft`, "peft");
      const own = await Deno.readFile(`${folder}/run/adapter_model.safetensors`);
      for (const name of ["st", "peft"]) {
        assertEquals(await Deno.readFile(`${out}/${name}/adapter_model.safetensors`), own);
      }
      assert(!(await namesIn(`${out}/st`)).includes("model.safetensors"));
      assert((await namesIn(`${out}/st`)).includes("modules.json"));
      // transformers would take that adapter, of whichever run, for the merged weights.
      await assertRejects(
        () => exported(`${out}/st`, "sentence-transformers"),
        InputError,
        "found one: Python would load",
      );
      assert(!(await namesIn(`${out}/peft`)).includes("modules.json"));
    }),
);

permittedTest("export writes ONNX files and says what 8 bits change for whom", () =>
  withFolder(async (out) => {
    const said = await exported(out, "onnx");
    assertEquals(await namesIn(`${out}/onnx`), ["model.onnx", "model_quantized.onnx"]);
    assertStringIncludes(said, "onnx/model.onnx: cosine with the run's own embeddings of 13 texts at least 1.000000");
    assertStringIncludes(said, "What 8 bits change on the test split");
    assertStringIncludes(said, "Demographic parity difference");
  }));

permittedTest(
  "a run with thresholds per group is exported with the one for all, since nobody's group is known",
  () =>
    withFolder(async (own) => {
      await trainTiny(own, { training: { epochs: 1 }, evaluation: { groupThresholds: "demographicParity" } });
      const { print, printed } = printer();
      for (const format of ["onnx", "browser"] as const) {
        await quietly(() => exportFolder({ run: `${own}/run`, format, output: `${own}/${format}` }, print));
      }
      assertEquals(printed().match(/of 18 pairs of the test split are decided otherwise/g)?.length, 2);
    }),
);

permittedTest("export writes nothing of a run whose parts do not belong together", () =>
  withFolder(async (out) => {
    const run = `${out}/run`;
    await Deno.mkdir(run);
    for await (const { name, isFile } of Deno.readDir(`${folder}/run`)) {
      if (isFile) await Deno.copyFile(`${folder}/run/${name}`, `${run}/${name}`);
    }
    const options = { run, format: "onnx", output: `${out}/onnx` } as const;
    await assertRejects(() => quietly(() => exportFolder(options)), InputError, "metrics");
    assertEquals(await namesIn(out), ["run"]);
    assert((await openRun(`${folder}/run`)).file.config.name === "tiny");
  }));
