/** What `training.precision: "int8"` changes: gradients, what is learnt, and which bytes a run has. */
import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { readTable, writeTable } from "../data/mod.ts";
import type { Evaluation } from "../evaluate/mod.ts";
import { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { initLora, loraParameterNames } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "./_testing.ts";
import { parseConfig } from "./config.ts";
import { evaluateRun } from "./evaluate_run.ts";
import { fineTune, type FineTuneOptions } from "./fine_tune.ts";
import { HEAD, type TrainingItem } from "./objective_graph.ts";
import { openModel } from "./open_model.ts";
import { compileTrainingStep } from "./training_step.ts";

const DEMO = `${import.meta.dirname}/../../data/raw/demo.csv`;

async function demoRows(count: number): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for await (const { values } of readTable(DEMO)) if (rows.push(values) === count) break;
  return rows;
}

permittedTest(
  "gradients in 8 bits point where those of float32 do, layer by layer of MiniLM, and are as long",
  async () => {
    const config = parseConfig({ device: "cpu", model: { maxLength: 48 } });
    const { spec, newTokenCache } = await openModel(config, "training");
    const cache = newTokenCache(), rng = new Rng(1);
    const items = (await demoRows(8)).map(({ job, resume, label }): TrainingItem => ({
      job: cache.number(job!, "job"),
      resume: cache.number(resume!, "resume"),
      label: Number(label),
      negatives: [],
    }));
    const parameters = await initLora(spec.lora, rng, () => Promise.reject());
    // Fresh adapters have B = 0, and with it half of the gradients.
    for (const { name } of spec.lora) {
      const { data } = parameters[loraParameterNames(name).b]!;
      data.forEach((_, i) => data[i] = 0.02 * rng.normal());
    }
    parameters[HEAD.scale] = { shape: [], data: Float32Array.of(5) };
    parameters[HEAD.bias] = { shape: [], data: Float32Array.of(-1) };
    const gradients = async (int8: boolean) => {
      const step = await compileTrainingStep({ ...spec, int8 }, config.training, { threads: 1 });
      const given = { tokens: cache.tokens, parameters, matches: () => false, rng };
      return (await step.run(items, given).finally(() => step.release())).gradients;
    };
    const exact = await gradients(false), rough = await gradients(true);
    const cosines: number[] = [];
    for (const name of Object.keys(exact).filter((name) => name.includes("lora"))) {
      const [a, b] = [exact[name]!, rough[name]!];
      const lengths = [Math.hypot(...a), Math.hypot(...b)] as const;
      const cosine = a.reduce((sum, x, i) => sum + x * b[i]!, 0) / lengths[0] / lengths[1];
      cosines.push(cosine);
      assert(cosine > 0.97, `${name}: cosine ${cosine}`);
      assertAlmostEquals(lengths[1] / lengths[0], 1, 0.12, name);
    }
    assertEquals(cosines.length, 36);
    const mean = cosines.reduce((sum, cosine) => sum + cosine) / 36;
    assert(mean > 0.985 && mean < 0.9999, `mean cosine ${mean}`);
  },
);

permittedTest("a training in 8 bits comes to the AUC of one in float32", () =>
  withFolder(async (folder) => {
    const rows = await demoRows(160);
    await writeTable(`${folder}/pairs.csv`, Object.keys(rows[0]!), rows);
    const auc = async (precision: "fp32" | "int8") => {
      const config = parseConfig({
        name: precision,
        device: "cpu",
        model: { maxLength: 24 },
        lora: { layers: [5, 5] },
        data: {
          path: `${folder}/pairs.csv`,
          columns: { candidateId: "candidate_id", jobId: "job_id" },
          groups: [{ name: "education", column: "education" }],
        },
        training: { epochs: 2, batchSize: 8, learningRate: 2e-3, precision },
        evaluation: { resamples: 20 },
      });
      const output = `${folder}/${precision}`;
      const result = await quietly(() => fineTune(config, { output, print: () => {} }));
      assert(result.outcome === "finished");
      return result.evaluation.models.map(({ overall }) => overall.metrics.rocAuc!.value!);
    };
    const [exact, rough] = [await auc("fp32"), await auc("int8")];
    assert(exact[1]! > exact[0]! + 0.02, `nothing was learnt: ${exact}`);
    for (const model of [0, 1]) assertAlmostEquals(rough[model]!, exact[model]!, 0.03);
  }));

permittedTest(
  "a run in 8 bits has bytes of its own, interrupted or not, and is evaluated as it was trained",
  () =>
    withFolder(async (folder) => {
      await writeTinyModel(`${folder}/model`);
      await writePairs(`${folder}/pairs.csv`, pairRows(48));
      const train = async (run: string, precision: "fp32" | "int8", options: FineTuneOptions = {}) => {
        const { print, printed } = printer();
        const config = tinyConfig(folder, {
          lora: { layers: [1, 1], dropout: 0.1, dora: true },
          training: { precision },
        });
        const result = await quietly(() => fineTune(config, { output: `${folder}/${run}`, print, ...options }));
        return { ...result, text: printed() };
      };
      const bytes = (run: string) => Deno.readFile(`${folder}/${run}/adapter_model.safetensors`);
      const prefixes = new FrozenPrefixes();
      await train("float32", "fp32", { prefixes });
      const whole = await train("whole", "int8", { prefixes });
      await prefixes.release();
      assertMatch(whole.text, /layer 0 is frozen below the adapter: computed once/); // not those of float32
      const controller = new AbortController();
      const onEvent = ({ step }: { step: number }) => step === 5 ? controller.abort() : undefined;
      const first = await train("part", "int8", { signal: controller.signal, onEvent });
      assertEquals(first.outcome, "interrupted");
      await train("part", "int8", { resume: true });
      assertEquals(await bytes("part"), await bytes("whole"));
      assert((await bytes("float32")).toHex() !== (await bytes("whole")).toHex());

      const evaluated = async (precision?: "fp32") => {
        const { print, printed } = printer();
        const { evaluation } = await quietly(() => evaluateRun({ run: `${folder}/whole`, precision, print }));
        return { evaluation, text: printed() };
      };
      assert(whole.outcome === "finished");
      assertEquals(await evaluated(), { evaluation: whole.evaluation, text: "" });
      const other = await evaluated("fp32");
      assertStringIncludes(other.text, "! computed in float32: ");
      const brier = ({ models }: Evaluation) => models.map(({ overall }) => overall.metrics.brier?.value);
      assert(JSON.stringify(brier(other.evaluation)) !== JSON.stringify(brier(whole.evaluation)));
    }),
);
