import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type * as ORT from "onnxruntime-node";
import { DeviceError } from "../graph/device/compile.ts";
import { InputError } from "../errors.ts";
import { pairRows, printer, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { runPaths } from "./run_file.ts";
import { fineTune } from "./fine_tune.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

const ort = await whenPermitted(() => import("onnxruntime-node"));

/** Lets every session of ONNX Runtime fail with a message once it has computed gradients a number of times. */
async function failingAfter<T>(steps: number, message: string, work: () => Promise<T>): Promise<T> {
  const { create } = ort.InferenceSession;
  let done = 0;
  const failing = async (...given: unknown[]) => {
    const session = await (create as (...given: unknown[]) => Promise<ORT.InferenceSession>)(...given);
    const run = session.run.bind(session);
    const trains = session.outputNames.some((name) => name.startsWith("gradient of"));
    session.run = (feeds: ORT.InferenceSession.FeedsType) => {
      if (trains && ++done > steps) throw new Error(message);
      return run(feeds);
    };
    return session;
  };
  Object.assign(ort.InferenceSession, { create: failing });
  try {
    return await work();
  } finally {
    Object.assign(ort.InferenceSession, { create });
  }
}

async function prepared<T>(work: (folder: string) => Promise<T>): Promise<T> {
  return await withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writePairs(`${folder}/pairs.csv`, pairRows(40));
    return await work(folder);
  });
}

permittedTest(
  "a run whose device is lost saves its state, says so in one line, and resumes to the same bytes",
  async () => {
    await prepared(async (folder) => {
      const config = tinyConfig(folder, { device: "cpu" });
      const { print } = printer();
      const output = `${folder}/lost`;
      const error = await assertRejects(
        () => failingAfter(3, "CUDA failure 700: an illegal memory access", () => fineTune(config, { output, print })),
        DeviceError,
        "was lost",
      );
      assertStringIncludes(error.message, "step 3 is saved, and --resume continues from there on any --device");
      assert(!error.message.includes("\n"));

      assertEquals((await fineTune(config, { output, print, resume: true })).outcome, "finished");
      await fineTune(config, { output: `${folder}/whole`, print });
      const adapter = (run: string) =>
        Deno.readFile(`${runPaths(config.name, `${folder}/${run}`).adapter}/adapter_model.safetensors`);
      assertEquals(await adapter("lost"), await adapter("whole"));
    });
  },
);

permittedTest("a run out of memory resumes with gradient checkpointing, and on another device", async () => {
  await prepared(async (folder) => {
    const config = tinyConfig(folder, { device: "cpu" });
    const { print } = printer();
    const output = `${folder}/run`;
    const run = () => fineTune(config, { output, print });
    await assertRejects(
      () => failingAfter(2, "Failed to allocate memory for requested buffer of size 7", run),
      DeviceError,
      "device cpu ran out of memory: set training.gradientCheckpointing=true",
    );
    const { training } = config;
    const other = tinyConfig(folder, { device: "tfjs:wasm", training: { ...training, gradientCheckpointing: true } });
    assertEquals((await fineTune(other, { output, print, resume: true })).outcome, "finished");
  });
});

permittedTest(
  "a run on a device that is not there, or in a precision it does not have, fails before it writes",
  async () => {
    await prepared(async (folder) => {
      const { print } = printer();
      const refused = async (changes: Parameters<typeof tinyConfig>[1], message: string) => {
        const config = tinyConfig(folder, changes);
        await assertRejects(() => fineTune(config, { output: `${folder}/none`, print }), InputError, message);
      };
      await refused(
        { device: "cpu", training: { precision: "fp16" } },
        'training.precision "fp16": device cpu computes',
      );
      await refused({ device: "tfjs:wasm", training: { precision: "fp16" } }, "device tfjs:wasm computes in float32");
      for (const device of ["tfjs:wasm", "tfjs", "webgpu", "cuda"] as const) {
        const message = `"int8" (training.precision, --precision): expected device cpu, found ${device}, which has`;
        await refused({ device, training: { precision: "int8" } }, message);
      }
      const entries = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(entries, ["model", "pairs.csv"]);
    });
  },
);
