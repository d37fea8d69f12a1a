/** A classifier with one hidden layer, which sees what no straight line does, and the probe that it makes. */
import {
  adamwStep,
  compile,
  type Executable,
  gemm,
  gradients,
  input,
  logSoftmax,
  mul,
  neg,
  reduceMean,
  reduceSum,
  sigmoid,
  softmax,
  sub,
  type Tensor,
} from "../../graph/mod.ts";
import type { Rng } from "../../random.ts";
import { divide, type FoldedData, type LabelledRows, type OutOfFold, predictFolds } from "./sample.ts";

const HIDDEN = 64;
const BATCH_SIZE = 32;
const MOST_EPOCHS = 100;
// With 0.01 the best number of passes is often one, too coarse a choice.
const LEARNING_RATE = 0.003;
// On weights and not on biases; much, as there are more weights than people.
const WEIGHT_DECAY = 1;
// Enough to see that a network has begun to learn its training rows by heart, which takes it some ten passes.
const PATIENCE = 10;

/**
 * Out-of-fold probabilities of a network with one hidden layer on standardised features, groups weighted alike.
 *
 * For an outer fold, the next fold says after how many passes over the others to stop; then the network is trained anew for as many
 * passes on all folds but the outer one.
 *
 * @param rng Initial weights and the order of rows.
 */
export async function mlpOutOfFold(data: FoldedData, rng: Rng): Promise<OutOfFold> {
  const network = await Mlp.compile(data.x.columns, data.groups);
  try {
    return await predictFolds(data, async (fold) => {
      const next = (fold + 1) % data.folds;
      const inner = divide(data, (other) => other === next, (other) => other !== fold && other !== next);
      const { epochs } = await network.train(inner.train, {
        costs: inner.costs,
        rng: rng.derive(`stop ${fold}`),
        stop: inner.test,
      });
      const { train, test, costs } = divide(data, (other) => other === fold);
      const { weights } = await network.train(train, { costs, rng: rng.derive(`fit ${fold}`), epochs });
      return { rows: test.rows, predicted: await network.probabilities(weights, test.x.to2DArray()), choice: epochs };
    });
  } finally {
    await network.release();
  }
}

/** The numbers of a network: `[hidden, features]`, `[hidden]`, `[classes, hidden]`, `[classes]`. */
export type MlpWeights = Record<"input" | "inputBias" | "output" | "outputBias", Float32Array>;

/** How to train. */
export interface MlpOptions {
  /** `[classes]` what the log loss of a row of a class is multiplied by. */
  readonly costs: readonly number[];
  /** Initial weights and the order of the rows. */
  readonly rng: Rng;
  /** Passes over the rows, or with `stop` the most of them. */
  readonly epochs?: number;
  /** Rows to stop by: the weights with the least log loss on them are kept, and training ends when no pass has improved it for long. */
  readonly stop?: LabelledRows;
}

/** Softmax of `output · tanh(input · x + inputBias) + outputBias`, compiled once for all folds. */
export class Mlp {
  readonly #shapes: Record<keyof MlpWeights, number[]>;
  readonly #step: Executable;
  readonly #forward: Executable;

  private constructor(shapes: Record<keyof MlpWeights, number[]>, step: Executable, forward: Executable) {
    this.#shapes = shapes;
    this.#step = step;
    this.#forward = forward;
  }

  static async compile(features: number, classes: number): Promise<Mlp> {
    const shapes = { input: [HIDDEN, features], inputBias: [HIDDEN], output: [classes, HIDDEN], outputBias: [classes] };
    const { probabilities, derivatives } = mlpGraph(shapes);
    // One thread, so that sums do not depend on how many the machine has; products this small gain nothing from more.
    const [step, forward] = [
      await compile(derivatives, { threads: 1 }),
      await compile({ probabilities }, { threads: 1 }),
    ];
    return new Mlp(shapes, step, forward);
  }

  /** Trains on the mean log loss, in batches, with AdamW. The same generator gives the same weights. */
  async train(
    rows: LabelledRows,
    { costs, rng, epochs = MOST_EPOCHS, stop }: MlpOptions,
  ): Promise<{ weights: MlpWeights; epochs: number }> {
    const features = rows.x.to2DArray();
    const targets = rows.labels.map((label) => costs.map((cost, c) => c === label ? cost : 0));
    const held = stop && { features: stop.x.to2DArray(), labels: stop.labels };
    const weights = this.#initialWeights(rng);
    const moments = mapParts(
      ({ length }) => ({ first: new Float32Array(length), second: new Float32Array(length) }),
      weights,
    );
    const order = [...features.keys()];
    let best: { loss: number; epochs: number; weights: MlpWeights } | undefined;
    for (let epoch = 1, step = 1; epoch <= epochs; epoch++) {
      rng.shuffle(order);
      for (let from = 0; from < order.length; from += BATCH_SIZE, step++) {
        const batch = order.slice(from, from + BATCH_SIZE);
        const found = await this.#step.run({
          ...this.#feeds(weights),
          x: tensor(batch.map((i) => features[i]!)),
          targets: tensor(batch.map((i) => targets[i]!)),
        });
        for (const part of PARTS) {
          adamwStep(weights[part], found[`${part} gradient`]!.data as Float32Array, {
            ...moments[part],
            step,
            learningRate: LEARNING_RATE,
            weightDecay: part.endsWith("Bias") ? 0 : WEIGHT_DECAY,
          });
        }
      }
      if (held === undefined) continue;
      const loss = logLoss(await this.probabilities(weights, held.features), held.labels, costs);
      if (best === undefined || loss < best.loss) {
        best = { loss, epochs: epoch, weights: mapParts((part) => part.slice(), weights) };
      } else if (epoch - best.epochs >= PATIENCE) break;
    }
    return { weights: best?.weights ?? weights, epochs: best?.epochs ?? epochs };
  }

  /** `[n][classes]` probabilities of every class. */
  async probabilities(weights: MlpWeights, features: number[][]): Promise<Float32Array[]> {
    const { probabilities } = await this.#forward.run({ ...this.#feeds(weights), x: tensor(features) });
    const classes = probabilities!.shape[1]!;
    return features.map((_, i) => (probabilities!.data as Float32Array).subarray(i * classes, (i + 1) * classes));
  }

  async release(): Promise<void> {
    await this.#step.release();
    await this.#forward.release();
  }

  #feeds(weights: MlpWeights) {
    return mapParts((data, part) => ({ dtype: "float32" as const, shape: this.#shapes[part], data }), weights);
  }

  /** Normal weights whose sums have variance 1 for standardised inputs (LeCun et al. 1998), and biases of 0. */
  #initialWeights(rng: Rng): MlpWeights {
    return mapParts(
      ([size, inputs]) =>
        inputs === undefined
          ? new Float32Array(size!)
          : Float32Array.from({ length: size! * inputs }, () => rng.normal() / Math.sqrt(inputs)),
      this.#shapes,
    );
  }
}

/** Probabilities, and the derivatives of the mean weighted log loss by every weight. */
export function mlpGraph(shapes: Record<keyof MlpWeights, number[]>) {
  const x = input("x", ["n", shapes.input[1]!]);
  const targets = input("targets", ["n", shapes.outputBias[0]!]); // one-hot, times the row's cost
  const weights = mapParts((shape, part) => input(part, shape), shapes);
  const sums = gemm(x, weights.input, { c: weights.inputBias, transB: true });
  const hidden = sub(mul(2, sigmoid(mul(2, sums))), 1); // tanh: smooth, and no unit can die
  const margins = gemm(hidden, weights.output, { c: weights.outputBias, transB: true });
  const loss = neg(reduceMean(reduceSum(mul(targets, logSoftmax(margins, 1)), { axes: [1] })));
  const found = gradients(loss, PARTS.map((part) => weights[part]));
  const derivatives: Record<string, Tensor> = Object.fromEntries(
    PARTS.map((part, i) => [`${part} gradient`, found[i]!]),
  );
  return { loss, probabilities: softmax(margins, 1), derivatives };
}

const PARTS = ["input", "inputBias", "output", "outputBias"] as const;

function mapParts<T, U>(map: (part: T, name: keyof MlpWeights) => U, parts: Record<keyof MlpWeights, T>) {
  return Object.fromEntries(PARTS.map((name) => [name, map(parts[name], name)])) as Record<keyof MlpWeights, U>;
}

function tensor(rows: readonly (readonly number[])[]) {
  return { dtype: "float32" as const, shape: [rows.length, rows[0]!.length], data: Float32Array.from(rows.flat()) };
}

function logLoss(
  probabilities: readonly ArrayLike<number>[],
  labels: readonly number[],
  costs: readonly number[],
): number {
  return labels.reduce(
    (sum, label, i) => sum - costs[label]! * Math.log(Math.max(probabilities[i]![label]!, Number.EPSILON)),
    0,
  );
}
