/** Runs for the tests of reports: made up, small, and the same each time. */
import {
  evaluate,
  type Evaluation,
  type ModelColumns,
  type Predictions,
  predictionsInput,
} from "../../evaluate/mod.ts";
import { Rng } from "../../random.ts";
import { parseConfig, type RunFile } from "../../train/mod.ts";
import type { ReportRun } from "./report.ts";

/** A name that would be markup in HTML and Markdown, if it were not escaped. */
export const HOSTILE = `<b>R&D</b> | *x*`;

/** How a made-up run differs from the usual one. */
export interface RunOptions {
  readonly name?: string;
  /** How strongly its tuned model favours degrees. */
  readonly advantage?: number;
  readonly attributes?: readonly string[];
  readonly hasGroundTruth?: boolean;
  readonly hasCounterfactuals?: boolean;
  readonly hasProbabilities?: boolean;
  readonly hasLeakage?: boolean;
  readonly decidesByGroup?: boolean;
  readonly confidence?: number;
  readonly file?: Partial<RunFile>;
}

const GROUPS = [["degree", 40], [HOSTILE, 40], ["tiny", 3]] as const;

/** What a base and a tuned model make of two pairs of each of 83 people. */
export function predictionsOf(options: RunOptions = {}): Predictions {
  const { advantage = 1, attributes = ["education"], hasGroundTruth = true, hasCounterfactuals = true } = options;
  const rng = new Rng(3);
  const rows = GROUPS.flatMap(([group, people], g) =>
    Array.from({ length: 2 * people }, (_, i) => {
      const talent = rng.normal();
      const lift = g === 0 ? 1 : 0;
      return {
        group,
        person: `${g}.${Math.floor(i / 2)}`,
        job: `job ${rng.int(12)}`,
        label: Number(talent + 0.5 * lift + 0.5 * rng.normal() > 0),
        groundTruth: Number(talent > 0),
        base: Math.tanh(0.4 * talent + 0.6 * rng.normal()),
        tuned: Math.tanh(0.9 * talent + 0.4 * advantage * lift + 0.3 * rng.normal()),
        other: Math.tanh(0.9 * talent + 0.3 * rng.normal()),
      };
    })
  );
  const column = <Key extends keyof typeof rows[number]>(key: Key) => rows.map((row) => row[key]);
  const base = Float64Array.from(column("base")), tuned = Float64Array.from(column("tuned"));
  const counterfactual = hasCounterfactuals ? Float64Array.from(column("other")) : null;
  const own: ModelColumns & { readonly threshold: number } = {
    scores: tuned,
    threshold: options.decidesByGroup ? NaN : 0.25,
    probabilities: options.hasProbabilities === false ? null : tuned.map((score) => (1 + score) / 2),
    counterfactual,
    ...(options.decidesByGroup
      ? {
        decisions: rows.map(({ tuned }, i) => Number(tuned >= (i % 2) / 4)),
        ...(counterfactual ? { counterfactualDecisions: counterfactual.map((score) => Number(score >= 0.25)) } : {}),
      }
      : {}),
  };
  return {
    rows: rows.map((_, i) => i + 1),
    people: column("person"),
    jobs: column("job"),
    labels: column("label"),
    groundTruth: hasGroundTruth ? column("groundTruth") : null,
    groups: Object.fromEntries(
      attributes.map((
        name,
        a,
      ) => [name, rows.map(({ group, person }) => a === 0 ? group : `side ${person.length % 2}`)]),
    ),
    models: {
      base: { scores: base, threshold: 0.125, probabilities: null, counterfactual: counterfactual && base },
      tuned: own,
    },
  };
}

/** What a probe would have found. */
function leakageOf(attribute: string, value: number, level: number): Evaluation["leakage"][number] {
  const estimate = (value: number) => ({
    value,
    interval: {
      low: value - 0.05,
      high: value + 0.05,
      level,
      method: "percentile" as const,
      resamples: 20,
      undefinedResamples: 0,
      bias: 0,
    },
  });
  const model = (name: string, value: number) => ({
    name,
    balancedAccuracy: estimate(value),
    macroAuc: estimate(value),
    accuracy: estimate(value),
    people: 83,
    pValues: { balancedAccuracy: 0.01, macroAuc: 0.01 },
    majorityAccuracy: { value: 0.5 },
    groups: [],
  });
  return {
    attribute,
    expected: { value: 0.375 },
    models: [model("base", 0.5), model("tuned", value)],
    changes: [{ from: "base", to: "tuned", balancedAccuracy: estimate(value - 0.5), macroAuc: estimate(value - 0.5) }],
  };
}

/** A run file of a configuration that says little. */
export function runFile(changes: Partial<RunFile> = {}, attributes: readonly string[] = ["education"]): RunFile {
  return {
    config: parseConfig({
      name: "fair",
      model: { source: "/home/ann/models/gte-small" },
      data: { path: "/home/ann/pairs.csv", groups: attributes.map((name) => ({ name, column: name })) },
    }),
    modelFingerprint: "a".repeat(64),
    dataFingerprint: "b".repeat(64),
    thresholds: { base: 0.125, tuned: 0.25 },
    head: { scale: 2, bias: 0 },
    temperature: null,
    groupThresholds: null,
    bestEpoch: 1,
    bestEpochBy: "utility",
    steps: 20,
    madeWith: { deno: "2.9.6" },
    ...changes,
  };
}

/** A finished run, as if it had been read. */
export function reportRun(options: RunOptions = {}): ReportRun {
  const { name = "fair", attributes = ["education"], confidence = 0.95 } = options;
  const predictions = predictionsOf(options);
  const leakage = options.hasLeakage ? [leakageOf("education", 0.4 + 0.2 * (options.advantage ?? 1), confidence)] : [];
  return {
    name,
    folder: `/home/ann/runs/${name}`,
    file: runFile(options.file, attributes),
    base: {
      hub: "thenlper/gte-small",
      name: "thenlper/gte-small",
      licence: "MIT",
      use: { pooling: "mean", normalize: true, queryInstruction: "", passageInstruction: "" },
      english: true,
    },
    adapter: { parameters: 1234, fingerprint: "c".repeat(64) },
    evaluation: evaluate(predictionsInput(predictions, "pairs.csv"), { resamples: 20, confidence, seed: 7, leakage }),
    predictions,
    steps: [1, 2, 3].map((step) => ({ step, epoch: 1, loss: 1 / step, learningRate: 1e-3, gradNorm: 1 })),
    epochs: [1, 2].map((epoch) => ({
      epoch,
      step: 10 * epoch,
      trainLoss: 0.5,
      validationLoss: 0.25,
      rocAuc: 0.75,
      averagePrecision: null,
      gaps: [{ attribute: "education", gap: "demographicParityDifference" as const, value: 0.125 }],
      best: epoch === 1,
    })),
    balance: [],
    trainedCounterfactuals: 0,
  };
}

/** The data that a report says it could not read. */
export const NO_DATA = { missing: "nothing was kept" };
