/** A classifier with one hidden layer, which sees what no straight line does, and the probe that it makes. */
import { Matrix } from "ml-matrix";
import { adamwStep, compile, gemm, gradients, input, logSoftmax, mul, neg, reduceMean } from "../../graph/mod.ts";
import { reduceSum, sigmoid, softmax, sub } from "../../graph/mod.ts";
import type { Executable } from "../../graph/mod.ts";
import type { Rng } from "../../random.ts";
import { divide, type FoldedData, type LabelledRows, type OutOfFold, predictFolds } from "./sample.ts";

const HIDDEN = 64;
const BATCH_SIZE = 32;
const MOST_EPOCHS = 100;
const LEARNING_RATE = 0.003; // with 0.01 the best number of passes is often one, too coarse a choice
const WEIGHT_DECAY = 1; // on weights and not on biases; much, as there are more weights than people
const PATIENCE = 10; // enough to see that it learns its training rows by heart, which takes some ten passes

/**
 * Out-of-fold probabilities of the network on standardised features, groups weighted alike: for an outer fold, the next
 * fold says after how many passes over the others to stop; then it is trained anew for as many passes on all folds but
 * the outer one.
 *
 * @param rng Initial weights and the order of rows.
 */
export async function mlpOutOfFold(data: FoldedData, rng: Rng): Promise<OutOfFold> {
  const network = await compileMlp(data.x.columns, data.groups);
  try {
    return await predictFolds(data, async (fold) => {
      const next = (fold + 1) % data.folds;
      const inner = divide(data, (other) => other === next, (other) => other !== fold && other !== next);
      const stopped = await trainMlp(network, inner.train, {
        costs: inner.costs,
        rng: rng.derive(`stop ${fold}`),
        stop: inner.test,
      });
      const { epochs } = stopped;
      const { train, test, costs } = divide(data, (other) => other === fold);
      const { weights } = await trainMlp(network, train, { costs, rng: rng.derive(`fit ${fold}`), epochs });
      return { rows: test.rows, predicted: await mlpProbabilities(network, weights, test.x), choice: epochs };
    });
  } finally {
    await network.release();
  }
}

const PARTS = ["input", "inputBias", "output", "outputBias"] as const;

/**
 * The network as a graph: softmax of `output · tanh(input · x + inputBias) + outputBias`, and what it is trained by.
 */
export function mlpGraph(shapes: readonly number[][]) {
  const x = input("x", ["n", shapes[0]![1]!]);
  const targets = input("targets", ["n", shapes[3]![0]!]); // one-hot, times what a mistake about the row costs
  const weights = PARTS.map((name, i) => input(name, shapes[i]!));
  const sums = gemm(x, weights[0]!, { c: weights[1]!, transB: true });
  const hidden = sub(mul(2, sigmoid(mul(2, sums))), 1); // tanh: smooth, and no unit can die
  const margins = gemm(hidden, weights[2]!, { c: weights[3]!, transB: true });
  const loss = neg(reduceMean(reduceSum(mul(targets, logSoftmax(margins, 1)), { axes: [1] })));
  const slopes = gradients(loss, weights);
  const derivatives = Object.fromEntries(PARTS.map((name, i) => [`${name} gradient`, slopes[i]!]));
  return { loss, probabilities: softmax(margins, 1), derivatives };
}

/** A network compiled for all folds. */
export interface Mlp {
  /** `[hidden, features]`, `[hidden]`, `[classes, hidden]`, `[classes]`. */
  readonly shapes: readonly number[][];
  readonly step: Executable;
  readonly forward: Executable;
  release(): Promise<void>;
}

/**
 * Compiles for one thread, so that sums do not depend on how many the machine has; products this small gain nothing
 * from more.
 */
export async function compileMlp(features: number, classes: number): Promise<Mlp> {
  const shapes = [[HIDDEN, features], [HIDDEN], [classes, HIDDEN], [classes]];
  const { probabilities, derivatives } = mlpGraph(shapes);
  const step = await compile(derivatives, { threads: 1 }), forward = await compile({ probabilities }, { threads: 1 });
  return { shapes, step, forward, release: async () => void await Promise.all([step.release(), forward.release()]) };
}

/** How to train. */
export interface MlpOptions {
  /** `[classes]` what the log loss of a row of a class is multiplied by. */
  readonly costs: readonly number[];
  /** Initial weights and the order of the rows. */
  readonly rng: Rng;
  /** Passes over the rows, or with `stop` the most of them. */
  readonly epochs?: number;
  /** Rows to stop by: the weights with the least log loss on them are kept. */
  readonly stop?: LabelledRows;
}

/** Trains on the mean log loss, in batches, with AdamW. The same generator gives the same weights. */
export async function trainMlp(network: Mlp, { x, labels }: LabelledRows, options: MlpOptions) {
  const { costs, rng, epochs = MOST_EPOCHS, stop } = options;
  const targets = new Matrix(labels.map((label) => costs.map((cost, c) => c === label ? cost : 0)));
  // Normal weights whose sums have variance 1 for standardised inputs (LeCun et al. 1998), and biases of 0.
  const weights = network.shapes.map(([size, inputs]) =>
    Float32Array.from({ length: size! * (inputs ?? 1) }, () => inputs ? rng.normal() / Math.sqrt(inputs) : 0)
  );
  const moments = weights.map(({ length }) => ({ first: new Float32Array(length), second: new Float32Array(length) }));
  const order = [...labels.keys()];
  let best: { loss: number; epochs: number; weights: Float32Array[] } | undefined;
  for (let epoch = 1, step = 1; epoch <= epochs; epoch++) {
    rng.shuffle(order);
    for (let from = 0; from < order.length; from += BATCH_SIZE, step++) {
      const batch = order.slice(from, from + BATCH_SIZE);
      const rows = { x: tensor(x.subMatrixRow(batch)), targets: tensor(targets.subMatrixRow(batch)) };
      const found = await network.step.run({ ...weightFeeds(network, weights), ...rows });
      for (const [i, part] of PARTS.entries()) {
        const weightDecay = part.endsWith("Bias") ? 0 : WEIGHT_DECAY;
        const gradient = found[`${part} gradient`]!.data as Float32Array;
        adamwStep(weights[i]!, gradient, { ...moments[i]!, step, learningRate: LEARNING_RATE, weightDecay });
      }
    }
    if (stop === undefined) continue;
    const held = await mlpProbabilities(network, weights, stop.x);
    const loss = stop.labels.reduce(
      (sum, label, i) => sum - costs[label]! * Math.log(Math.max(held[i]![label]!, Number.EPSILON)),
      0,
    );
    if (best === undefined || loss < best.loss) {
      best = { loss, epochs: epoch, weights: weights.map((part) => part.slice()) };
    } else if (epoch - best.epochs >= PATIENCE) break;
  }
  return { weights: best?.weights ?? weights, epochs: best?.epochs ?? epochs };
}

/** `[n][classes]` probabilities of every class. */
export async function mlpProbabilities(network: Mlp, weights: readonly Float32Array[], x: Matrix) {
  const { probabilities } = await network.forward.run({ ...weightFeeds(network, weights), x: tensor(x) });
  const { shape: [, classes], data } = probabilities!;
  return Array.from({ length: x.rows }, (_, i) => (data as Float32Array).subarray(i * classes!, (i + 1) * classes!));
}

function weightFeeds({ shapes }: Mlp, weights: readonly Float32Array[]) {
  return Object.fromEntries(
    PARTS.map((name, i) => [name, { dtype: "float32" as const, shape: shapes[i]!, data: weights[i]! }]),
  );
}

function tensor(x: Matrix) {
  return { dtype: "float32" as const, shape: [x.rows, x.columns], data: Float32Array.from(x.to1DArray()) };
}
