import { assertEquals } from "@std/assert";
import * as data from "./data/mod.ts";
import * as fairness from "./train/fairness/mod.ts";
import * as metrics from "./metrics/mod.ts";
import * as report from "./report/mod.ts";
import * as surface from "./mod.ts";

Deno.test("the public surface is everything of data, metrics, report and fairness objectives, and these names", () => {
  const whole = [data, metrics, report, fairness].flatMap((part) => Object.keys(part));
  assertEquals(Object.keys(surface).filter((name) => !whole.includes(name)).sort(), EXPECTED);
  assertEquals(whole.filter((name) => !(name in surface)), []);
});

interface Dependency {
  specifier: string;
  isDynamic?: boolean;
  code?: { specifier?: string };
}

Deno.test("importing the public surface loads no tokenizer, TensorFlow.js or data frames", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", `${import.meta.dirname}/mod.ts`],
    stderr: "null",
  }).output();
  const { roots, modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    roots: string[];
    modules: { specifier: string; dependencies?: Dependency[] }[];
  };
  const byName = new Map(modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const reached = new Set<string>(roots);
  for (const specifier of reached) { // grows while it is walked
    for (const { isDynamic, code } of byName.get(specifier) ?? []) {
      if (!isDynamic && code?.specifier) reached.add(code.specifier);
    }
  }
  const packages = [...reached].flatMap((specifier) => /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1] ?? []);
  assertEquals([...new Set(packages)].sort(), [
    "cli-progress",
    "deno-std",
    "onnx-proto",
    "onnxruntime-node",
    "string-width",
    "zod",
  ]);
});

const EXPECTED = `
  DEVICES Encoder FrozenPrefixes HEAD InputError KEPT KNOWN_MODELS LEAKAGE_METRICS Rng ShapeError TextTable abs
  adapterConfig adapterModules add and audit auditCsv auditHtml auditJson auditText buildEncoder cast chooseDevice
  chosenEpoch clip compareLeakage compile compileTrainingStep concat constant contrastiveLoss cosentLoss customVjp
  div elementCount epochsSinceBest equal erf evaluateRun exp expandLike fairnessTerms findKnownModel fitPlatt
  formatQuality gather gelu gemm gradients greater greaterOrEqual inferRun initLora initialState input isAdapter
  isAllowed isBetter knownMatches layerNorm leakageProbe learningRateFactor less loadCheckpoint loadConfig
  loadModelTokenizer loadTokenizer log logSoftmax logSumExp logisticProbabilities matMul maximum measureQuality
  mergedWeight minimum mlpClassifier mlpProbabilities mul multinomialLogistic neg negativesPerItem normalisedMix not
  objectiveBatch objectiveLoss openDataset openModel openRun openSafetensors packBatch pairLoss pairwiseCosine
  paretoFront parseConfig prepareRun projectFolder readAdapter readBertConfig readColumns readHistory readTensor
  reduceMax reduceMean reduceSum relu reshape reshapeLike resolveModel rowNorms runPaths runSweep saveCheckpoint
  scalar sigmoid sign slice softmax softplus sqrt squeeze stepsPerEpoch stopGradient sub tanh train trainRun
  transpose transposeLast tripletLoss unitLength unsqueeze vjp where writeAdapter writeSafetensors
`.trim().split(/\s+/);
