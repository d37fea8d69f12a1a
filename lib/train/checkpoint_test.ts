import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import type { Parameters } from "../model/lora.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../model/safetensors.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { BEST_KINDS } from "./selection.ts";
import { initialState, type TrainerState } from "./trainer.ts";

const A = "base_model.model.x.lora_A.weight";

const values = (...data: number[]): Parameters => ({
  [A]: { shape: [1, data.length], data: Float32Array.from(data) },
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

const ORIGIN = { fingerprint: "run", history: "h" };
const load = (path: string, like = someState()) => loadCheckpoint(path, "run", like);
const withPath = (run: (path: string) => Promise<void>) => withFolder((folder) => run(`${folder}/state.safetensors`));

permittedTest("a checkpoint gives every number of the state back, bit by bit", () =>
  withPath(async (path) => {
    for (const state of [someState(), initialState(values(0.1, 2))]) {
      await saveCheckpoint(path, state, ORIGIN);
      const loaded = await load(path, state);
      assertEquals(loaded, { state, history: "h" });
      const bits = (parameters: Parameters) =>
        Object.values(parameters).flatMap(({ data }) => [...new Uint32Array(data.buffer)]);
      for (const kind of BEST_KINDS) {
        assertEquals(bits(loaded.state.best[kind]?.parameters ?? {}), bits(state.best[kind]?.parameters ?? {}));
      }
    }
  }));

permittedTest(
  "a state read back is its own: training on changes neither the file nor the best checkpoints",
  () =>
    withPath(async (path) => {
      await saveCheckpoint(path, someState(), ORIGIN);
      const { state } = await load(path);
      state.parameters["head.scale"]!.data[0] = 99;
      assertEquals(state.best, someState().best);
      assertEquals((await load(path)).state, someState());
    }),
);

permittedTest(
  "saveCheckpoint() that fails leaves the previous checkpoint and nothing beside it",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/state.safetensors`;
      await saveCheckpoint(path, someState(), ORIGIN);
      const torn = { ...someState(), first: { [A]: { shape: [3], data: new Float32Array(2) } } };
      await assertRejects(() => saveCheckpoint(path, torn, ORIGIN), RangeError);
      await assertRejects(() => saveCheckpoint(folder, someState(), ORIGIN), InputError, "cannot be written");
      assertEquals((await load(path)).state, someState());
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["state.safetensors"]);
    }),
);

permittedTest("loadCheckpoint() refuses another run's, a torn and a foreign file", () =>
  withPath(async (path) => {
    await saveCheckpoint(path, someState(), ORIGIN);
    await assertRejects(
      () => loadCheckpoint(path, "other", someState()),
      InputError,
      "another configuration, model or data; resume",
    );
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 4));
    await assertRejects(() => load(path), InputError, path);
    await writeSafetensors(path, values(1), { format: "pt", fingerprint: "run" });
    await assertRejects(() => load(path), InputError, "expected a checkpoint of this project, found");
    await Deno.remove(path);
    await assertRejects(() => load(path), InputError, path);
  }));

permittedTest(
  "loadCheckpoint() refuses a state that no training has: numbers, counts and tensors that cannot be",
  () =>
    withPath(async (path) => {
      const cases: [string, (state: TrainerState) => unknown][] = [
        [`parameters: the checkpoint is damaged, "${A}" holds NaN`, (s) => s.parameters = values(NaN, 2)],
        [`first: the checkpoint is damaged, "${A}" holds Infinity`, (s) => s.first = values(1, Infinity)],
        [`second: the checkpoint is damaged, "${A}" holds -1`, (s) => s.second = values(1, -1)],
        [`terms: the checkpoint is damaged, "parity.sums" holds NaN`, (s) => s.terms["parity.sums"]!.data[1] = NaN],
        [`epoch 1: the checkpoint is damaged`, (s) => s.best.utility!.parameters[A]!.data[0] = NaN],
        [`first: the checkpoint is damaged, "${A}" is missing`, (s) => s.first = {}],
        [
          `second: the checkpoint is damaged, "head.scale" is missing`,
          (s) => delete (s.second as Partial<typeof s.second>)["head.scale"],
        ],
        [`terms: the checkpoint is damaged, "parity.sums" is missing`, (s) => s.terms = {}],
        [
          `epoch 1: the checkpoint is damaged, "${A}" is missing`,
          (s) => s.best.utility = { ...s.best.utility!, parameters: {} },
        ],
        [
          `parameters: the checkpoint is damaged, "${A}" has shape [1,3], expected [1,2]`,
          (s) => s.parameters = values(1, 2, 3),
        ],
        [`parameters: the checkpoint is damaged, nothing is called "stray"`, (s) => s.parameters.stray = values(1)[A]!],
        [`"step": too small: expected number to be >=0, found -1`, (s) => s.step = -1],
        [`"stepInEpoch": `, (s) => s.stepInEpoch = -2],
        [`"lossScale.factor": `, (s) => s.lossScale.factor = 0],
        [`"lossSum": `, (s) => s.lossSum = NaN],
        [`its epochs are not those from 1 to 3`, (s) => s.epoch = 3],
        [`its epochs are not those from 1 to 2`, (s) => s.best.utility = { ...s.best.utility!, epoch: 9 }],
      ];
      for (const [message, change] of cases) {
        const state = someState();
        change(state);
        await saveCheckpoint(path, state, ORIGIN);
        const error = await assertRejects(() => load(path), InputError, message);
        assert(error.message.startsWith(path) && !error.message.includes("\n"), error.message);
      }
    }),
);

permittedTest(
  "loadCheckpoint() refuses numbers other than those that were written, however likely they look",
  () =>
    withPath(async (path) => {
      await saveCheckpoint(path, someState(), ORIGIN);
      const file = await openSafetensors(path);
      const tensors: Parameters = {};
      for (const [name, { shape }] of file.tensors) {
        tensors[name] = { shape: [...shape], data: await readTensor(file, name) };
      }
      const changed = structuredClone(tensors);
      changed[`first/${A}`]!.data[0]! += 1e-6;
      for (
        const [own, metadata] of [[changed, file.metadata], [tensors, { ...file.metadata, history: "other" }]] as const
      ) {
        await writeSafetensors(path, own, metadata);
        await assertRejects(
          () => load(path),
          InputError,
          "its numbers are not those that were written; train without",
        );
      }
    }),
);
