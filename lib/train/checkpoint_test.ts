import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import type { Parameters } from "../model/lora.ts";
import { writeSafetensors } from "../model/safetensors.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { BEST_KINDS } from "./selection.ts";
import { initialState, type TrainerState } from "./trainer.ts";

const values = (...data: number[]): Parameters => ({
  "base_model.model.x.lora_A.weight": { shape: [1, data.length], data: Float32Array.from(data) },
  "head.scale": { shape: [], data: Float32Array.of(data[0]!) },
});

function someState(): TrainerState {
  return {
    ...initialState(values(1, 2)),
    first: values(3, 1e-30),
    second: values(5, 6),
    step: 7,
    epoch: 2,
    stepInEpoch: 1,
    lossSum: 0.1 + 0.2,
    terms: { "parity.sums": { shape: [2], data: Float32Array.of(0.25, 3) } },
    epochs: [{ epoch: 1, utility: 0.75, gap: 0.2 }, { epoch: 2, utility: 0.7, gap: null }],
    best: {
      utility: { epoch: 1, utility: 0.75, gap: 0.2, parameters: values(-0, 8) },
      fairness: { epoch: 2, utility: 0.7, gap: 0.1, parameters: values(4, 5) },
      constrained: null,
    },
  };
}

const withPath = (run: (path: string) => Promise<void>) => withFolder((folder) => run(`${folder}/state.safetensors`));

permittedTest("a checkpoint gives every number of the state back, bit by bit", () =>
  withPath(async (path) => {
    for (const state of [someState(), initialState(values(0.1))]) {
      await saveCheckpoint(path, state, "run");
      const loaded = await loadCheckpoint(path, "run");
      assertEquals(loaded, state);
      const bits = (parameters: Parameters) =>
        Object.values(parameters).flatMap(({ data }) => [...new Uint32Array(data.buffer)]);
      for (const kind of BEST_KINDS) {
        assertEquals(bits(loaded.best[kind]?.parameters ?? {}), bits(state.best[kind]?.parameters ?? {}));
      }
    }
  }));

permittedTest(
  "a state read back is its own: training on changes neither the file nor the best checkpoints",
  () =>
    withPath(async (path) => {
      await saveCheckpoint(path, someState(), "run");
      const loaded = await loadCheckpoint(path, "run");
      loaded.parameters["head.scale"]!.data[0] = 99;
      assertEquals(loaded.best, someState().best);
      assertEquals(await loadCheckpoint(path, "run"), someState());
    }),
);

permittedTest("saveCheckpoint() that fails leaves the previous checkpoint", () =>
  withPath(async (path) => {
    await saveCheckpoint(path, someState(), "run");
    await Deno.mkdir(`${path}.tmp`); // where the new one would be written first
    await assertRejects(() => saveCheckpoint(path, initialState(values(1)), "run"), InputError, "cannot be written");
    assertEquals(await loadCheckpoint(path, "run"), someState());
  }));

permittedTest("loadCheckpoint() refuses another run's, a torn and a foreign file", () =>
  withPath(async (path) => {
    await saveCheckpoint(path, someState(), "run");
    await assertRejects(
      () => loadCheckpoint(path, "other"),
      InputError,
      "another configuration, model or data; resume",
    );
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 4));
    await assertRejects(() => loadCheckpoint(path, "run"), InputError, path);
    await writeSafetensors(path, values(1), { format: "pt", fingerprint: "run" });
    await assertRejects(() => loadCheckpoint(path, "run"), InputError, "expected a checkpoint of this project, found");
    await Deno.remove(path);
    await assertRejects(() => loadCheckpoint(path, "run"), InputError, path);
  }));
