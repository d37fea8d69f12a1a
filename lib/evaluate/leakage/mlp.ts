/** A classifier with one hidden layer, trained by AdamW on typed arrays. */
import type { Rng } from "../../random.ts";
import { adamwStep } from "../../graph/mod.ts";
import { classCounts, softmaxRows } from "./logistic.ts";
import { addTransposedTimes, type Matrix, timesTransposed } from "./matrix.ts";

/** What the hidden layer does to its sums. */
export type Activation = "tanh" | "relu";

/** How to train {@linkcode mlpClassifier}. */
export interface MlpOptions {
  /** Initial weights and the order of the rows. */
  readonly rng: Rng;
  /** Units of the hidden layer; 64 if absent. */
  readonly hidden?: number | undefined;
  /** `tanh` if absent: smooth, and no unit can die. */
  readonly activation?: Activation | undefined;
  /** `balanced` gives every class the same weight in total, `none` every row; `none` if absent. */
  readonly classWeight?: "balanced" | "none" | undefined;
  /** AdamW's; 0.003 if absent: with 0.01 the best number of passes is often one, too coarse a choice. */
  readonly learningRate?: number | undefined;
  /** AdamW's, on weights and not on biases; 1 if absent, much, as there are more weights than people. */
  readonly weightDecay?: number | undefined;
  /** Rows per step; 32 if absent. */
  readonly batchSize?: number | undefined;
  /** Passes over the rows, or with `stop` the most of them; 100 if absent. */
  readonly epochs?: number | undefined;
  /**
   * Rows to stop by: the weights with the least log loss on them are kept, and training ends when `patience` passes in a row
   * have not improved it. `[m, d]` features, `[m]` labels.
   */
  readonly stop?: { readonly x: Matrix; readonly labels: ArrayLike<number>; readonly patience: number } | undefined;
}

/** The numbers of a network. */
export interface MlpWeights {
  /** `[hidden · features]` */
  readonly input: Float64Array;
  /** `[hidden]` */
  readonly inputBias: Float64Array;
  /** `[classes · hidden]` */
  readonly output: Float64Array;
  /** `[classes]` */
  readonly outputBias: Float64Array;
}

/** A trained network: softmax of `output · activation(input · x + inputBias) + outputBias`. */
export interface MlpModel {
  readonly activation: Activation;
  readonly weights: MlpWeights;
  /** Passes after which these weights were reached. */
  readonly epochs: number;
}

const PARTS = ["input", "inputBias", "output", "outputBias"] as const;
const DECAYED = new Set<string>(["input", "output"]);

/**
 * Trains a network with one hidden layer on the mean log loss, in batches, with AdamW. The same generator gives the same
 * weights.
 *
 * @param x `[n, d]` features, standardised.
 * @param labels `[n]` class of each row, 0 to `classes − 1`, each present.
 * @param classes How many, at least 2.
 * @param options How to train.
 * @returns The network.
 * @throws {RangeError} If lengths differ or a class has no row.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { mlpClassifier, mlpProbabilities } from "./mlp.ts";
 *
 * // Exclusive or, which no linear classifier can tell.
 * const x = { rows: 4, columns: 2, data: Float64Array.of(-1, -1, -1, 1, 1, -1, 1, 1) };
 * const model = mlpClassifier(x, [0, 1, 1, 0], 2, { rng: new Rng(1), hidden: 8, epochs: 1000 });
 * const [, p01, , p11, , p21, , p31] = mlpProbabilities(model, x);
 * assert(p01! < 0.1 && p11! > 0.9 && p21! > 0.9 && p31! < 0.1);
 * ```
 */
export function mlpClassifier(x: Matrix, labels: ArrayLike<number>, classes: number, options: MlpOptions): MlpModel {
  const { rng, hidden = 64, activation = "tanh", classWeight = "none", epochs = 100, stop } = options;
  const { learningRate = 0.003, weightDecay = 1, batchSize = 32 } = options;
  const counts = classCounts(labels, classes, x.rows);
  const costOf = (code: number) => classWeight === "balanced" ? x.rows / (classes * counts[code]!) : 1;
  const weights = initialWeights(x.columns, hidden, classes, rng);
  const moments = mapParts(weights, ({ length }) => ({
    first: new Float64Array(length),
    second: new Float64Array(length),
  }));
  const order = Array.from({ length: x.rows }, (_, i) => i);
  let best: { loss: number; epoch: number; weights: MlpWeights } | undefined;
  let step = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    rng.shuffle(order);
    for (let from = 0; from < order.length; from += batchSize) {
      const rows = order.slice(from, from + batchSize);
      const codes = rows.map((i) => labels[i]!);
      const { gradient } = mlpLoss(weights, activation, take(x, rows), codes, codes.map(costOf));
      step++;
      for (const part of PARTS) {
        const decay = DECAYED.has(part) ? weightDecay : 0;
        adamwStep(weights[part], gradient[part], { ...moments[part], step, learningRate, weightDecay: decay });
      }
    }
    if (stop === undefined) continue;
    const loss = validationLoss({ activation, weights, epochs: epoch }, stop, costOf);
    if (best === undefined || loss < best.loss) {
      best = { loss, epoch, weights: mapParts(weights, (part) => part.slice()) };
    } else if (epoch - best.epoch >= stop.patience) break;
  }
  return { activation, weights: best?.weights ?? weights, epochs: best?.epoch ?? epochs };
}

/**
 * Probabilities of every class.
 *
 * @param model A network.
 * @param x `[n, d]` features.
 * @returns `[n · classes]`, row by row, each row adding up to 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { mlpProbabilities } from "./mlp.ts";
 *
 * const weights = {
 *   input: Float64Array.of(0),
 *   inputBias: Float64Array.of(3),
 *   output: Float64Array.of(1, 1),
 *   outputBias: Float64Array.of(2, 2),
 * };
 * const x = { rows: 1, columns: 1, data: Float64Array.of(5) };
 * assertEquals(mlpProbabilities({ activation: "tanh", weights, epochs: 0 }, x), Float64Array.of(0.5, 0.5));
 * ```
 */
export function mlpProbabilities({ weights, activation }: MlpModel, x: Matrix): Float64Array {
  return forward(weights, activation, x).probabilities;
}

/**
 * Mean weighted log loss and its gradient.
 *
 * @param weights The network's numbers.
 * @param activation Of the hidden layer.
 * @param x `[n, d]` features.
 * @param labels `[n]` class of each row.
 * @param costs `[n]` weight of each row's loss.
 * @returns `Σ cost · (−ln p) / n` and its derivatives by every weight.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { mlpLoss } from "./mlp.ts";
 *
 * const weights = {
 *   input: Float64Array.of(1),
 *   inputBias: Float64Array.of(0),
 *   output: Float64Array.of(0, 0),
 *   outputBias: Float64Array.of(0, 0),
 * };
 * const x = { rows: 1, columns: 1, data: Float64Array.of(5) };
 * const { loss, gradient } = mlpLoss(weights, "relu", x, [0], [1]);
 * assertAlmostEquals(loss, Math.LN2);
 * assertAlmostEquals(gradient.output[0]!, -2.5);
 * ```
 */
export function mlpLoss(
  weights: MlpWeights,
  activation: Activation,
  x: Matrix,
  labels: ArrayLike<number>,
  costs: ArrayLike<number>,
): { loss: number; gradient: MlpWeights } {
  const { hidden, probabilities } = forward(weights, activation, x);
  const n = x.rows, units = hidden.columns, classes = probabilities.length / n;
  const gradient = mapParts(weights, ({ length }) => new Float64Array(length));
  // From here on probabilities become the derivatives by the margins, and hidden values those by their sums.
  let loss = 0;
  for (let i = 0; i < n; i++) {
    loss -= costs[i]! * Math.log(probabilities[i * classes + labels[i]!]!) / n;
    probabilities[i * classes + labels[i]!]! -= 1;
    for (let c = 0; c < classes; c++) probabilities[i * classes + c]! *= costs[i]! / n;
  }
  addTransposedTimes(probabilities, hidden, gradient.output);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < classes; c++) gradient.outputBias[c]! += probabilities[i * classes + c]!;
    for (let u = 0; u < units; u++) {
      const value = hidden.data[i * units + u]!;
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += probabilities[i * classes + c]! * weights.output[c * units + u]!;
      hidden.data[i * units + u] = sum * (activation === "tanh" ? 1 - value * value : value > 0 ? 1 : 0);
      gradient.inputBias[u]! += hidden.data[i * units + u]!;
    }
  }
  addTransposedTimes(hidden.data, x, gradient.input);
  return { loss, gradient };
}

function forward(
  weights: MlpWeights,
  activation: Activation,
  x: Matrix,
): { hidden: Matrix; probabilities: Float64Array } {
  const units = weights.inputBias.length, classes = weights.outputBias.length;
  const hidden = { rows: x.rows, columns: units, data: new Float64Array(x.rows * units) };
  timesTransposed(x, weights.input, hidden.data);
  for (let i = 0; i < hidden.data.length; i++) {
    const sum = hidden.data[i]! + weights.inputBias[i % units]!;
    hidden.data[i] = activation === "tanh" ? Math.tanh(sum) : Math.max(0, sum);
  }
  const probabilities = new Float64Array(x.rows * classes);
  timesTransposed(hidden, weights.output, probabilities);
  for (let i = 0; i < probabilities.length; i++) probabilities[i]! += weights.outputBias[i % classes]!;
  softmaxRows(probabilities, classes, probabilities);
  return { hidden, probabilities };
}

/** Normal weights whose sums have variance 1 for standardised inputs (LeCun et al. 1998), and biases of 0. */
function initialWeights(features: number, hidden: number, classes: number, rng: Rng): MlpWeights {
  const normal = (size: number, inputs: number) =>
    Float64Array.from({ length: size }, () => rng.normal() / Math.sqrt(inputs));
  return {
    input: normal(hidden * features, features),
    inputBias: new Float64Array(hidden),
    output: normal(classes * hidden, hidden),
    outputBias: new Float64Array(classes),
  };
}

function validationLoss(
  model: MlpModel,
  { x, labels }: { x: Matrix; labels: ArrayLike<number> },
  costOf: (code: number) => number,
): number {
  const probabilities = mlpProbabilities(model, x);
  const classes = probabilities.length / x.rows;
  let loss = 0;
  for (let i = 0; i < x.rows; i++) {
    loss -= costOf(labels[i]!) * Math.log(Math.max(probabilities[i * classes + labels[i]!]!, Number.EPSILON));
  }
  return loss;
}

function mapParts<T>(weights: MlpWeights, map: (part: Float64Array) => T): Record<typeof PARTS[number], T> {
  return Object.fromEntries(PARTS.map((part) => [part, map(weights[part])])) as Record<typeof PARTS[number], T>;
}

function take({ columns, data }: Matrix, rows: readonly number[]): Matrix {
  const out = new Float64Array(rows.length * columns);
  rows.forEach((i, r) => out.set(data.subarray(i * columns, (i + 1) * columns), r * columns));
  return { rows: rows.length, columns, data: out };
}
