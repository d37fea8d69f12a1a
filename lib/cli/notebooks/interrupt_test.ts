import { assert, assertEquals, assertMatch } from "@std/assert";
import { permittedTest, withFolder } from "../../_testing.ts";
import { projectFolder } from "../../project_folder.ts";
import { fineTune } from "../../train/mod.ts";
import { pairRows, printer, quietly, tinyConfig, writePairs, writeTinyModel } from "../../train/_testing.ts";
import { type Kernel, type KernelMessage, startKernel } from "./kernel.ts";
import { readNotebook } from "./notebook.ts";

const ROOT = projectFolder();
const EPOCHS = 12;

/** What notebook 2 trains with, without its last line, which trains the demo. */
async function trainingCell(): Promise<string> {
  const { cells } = await readNotebook(`${ROOT}/notebooks/02_model_training.ipynb`);
  const { source } = cells.find(({ source }) => source.includes("await train(plain)"))!;
  return source.replace(/await train\(plain\);\s*$/, "");
}

/** Runs a cell that must not throw; `at`: what is done at its first output. */
async function runCell(kernel: Kernel, code: string, at: () => void = () => {}): Promise<KernelMessage[]> {
  const received: KernelMessage[] = [];
  const error = await kernel.execute(code, (message) => {
    if (received.push(message) === 1) at();
  });
  assertEquals(error, null);
  return received;
}

const textOf = (messages: readonly KernelMessage[]) =>
  messages.map(({ content }) => content.text ?? content.data?.["text/plain"] ?? "").join("\n");

permittedTest(
  "■ stops the training cell of notebook 2 and leaves the kernel; the cell run again goes on",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writePairs(`${folder}/pairs.csv`, pairRows(48));
      const training = { training: { epochs: EPOCHS } };
      const kernel = await startKernel({
        folder: `${ROOT}/notebooks`,
        env: { NO_COLOR: "1", NOTEBOOK_PICTURES: "none" },
      });
      try {
        await runCell(
          kernel,
          `import { fineTune, liveLoss, show } from "lib/mod.ts";
import { tinyConfig } from "lib/train/_testing.ts";
const plain = tinyConfig(${JSON.stringify(folder)}, ${JSON.stringify(training)});`,
        );
        await runCell(kernel, await trainingCell());
        const cell = `await train(plain, { output: ${JSON.stringify(`${folder}/run`)} });`;
        const stopped = await runCell(kernel, cell, () => kernel.interrupt());
        assertMatch(textOf(stopped), /Stopped after step \d+\. Run this cell again: it goes on from there/);
        const whole = await runCell(kernel, cell);
        assert(!textOf(whole).includes("Stopped"));
        assertEquals([...stopped, ...whole].filter(({ content }) => content.name === "stderr"), []);
      } finally {
        await kernel.stop();
      }
      await quietly(() =>
        fineTune(tinyConfig(folder, training), { output: `${folder}/whole`, print: printer().print })
      );
      const bytes = (run: string) => Deno.readFile(`${folder}/${run}/adapter_model.safetensors`);
      assertEquals(await bytes("run"), await bytes("whole"));
    }),
);

permittedTest(
  "what cells show of lines, redrawn figures and values arrives in its place, and lines are gone at the end",
  async () => {
    const kernel = await startKernel({
      folder: `${ROOT}/notebooks`,
      env: { NO_COLOR: "1", NOTEBOOK_PICTURES: "none" },
    });
    try {
      await runCell(
        kernel,
        `import { cellLine, redrawCell } from "lib/jupyter.ts"; import { show } from "lib/mod.ts";`,
      );
      const messages = await runCell(
        kernel,
        `const line = cellLine();
line.set("1 of 2");
line.set("1 of 2");
await redrawCell({ "text/plain": "figure" });
line.set("2 of 2");
line.end();
line.end();
show("done");`,
      );
      assertEquals(
        messages.map(({ type, content }) => [type, content.data?.["text/plain"] ?? content.wait ?? "nothing"]),
        [
          ["display_data", "1 of 2"],
          ["clear_output", true],
          ["display_data", "figure"],
          ["display_data", "1 of 2"],
          ["update_display_data", "2 of 2"],
          ["update_display_data", "nothing"],
          ["display_data", "done"],
          ["execute_result", "nothing"],
        ],
      );
      const [line, , , again, ...updates] = messages.map(({ content }) => content.transient?.display_id);
      assertEquals([again, updates[0], updates[1]], [line, line, line]);
    } finally {
      await kernel.stop();
    }
  },
);
