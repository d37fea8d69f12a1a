/**
 * The training loop. It knows nothing of files or of the screen: it yields what happened, and whoever iterates over it
 * writes histories, draws progress, saves its state, or stops.
 */
import { epochBatches } from "../data/batches.ts";
import { InputError } from "../errors.ts";
import type { Parameters } from "../model/lora.ts";
import { Rng } from "../random.ts";
import { adamwStep, clipGradients } from "./adamw.ts";
import { initialLossScale, type LossScale } from "./loss_scale.ts";
import { isHead, knownMatches, type TrainingSet } from "./objective_graph.ts";
import { learningRateFactor, type Schedule } from "./schedule.ts";
import type { TrainingStep } from "./training_step.ts";

/** How to train. */
export interface TrainerOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** Batches whose gradients are averaged into one optimiser step. */
  readonly accumulation: number;
  readonly learningRate: number;
  /** For the objective's own parameters. */
  readonly headLearningRate: number;
  readonly weightDecay: number;
  /** Part of all steps, in [0, 1]. */
  readonly warmup: number;
  readonly schedule: Schedule;
  readonly maxGradNorm: number;
  readonly seed: number;
  /** Epochs without improvement before stopping; null never stops early. */
  readonly patience: number | null;
  /** Whether a larger score of `validate` is better. */
  readonly higherIsBetter: boolean;
}

/** Everything that changes while training, so that saving it is enough to go on with the same bytes. */
export interface TrainerState {
  /** Optimiser steps made. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** Optimiser steps made in the current epoch. */
  stepInEpoch: number;
  /** The sum of the current epoch's losses, one per optimiser step. */
  lossSum: number;
  parameters: Parameters;
  /** AdamW's moments by parameter name. */
  first: Parameters;
  second: Parameters;
  /** The best epoch so far (from 1), its score and its parameters; null before the first validation. */
  best: { epoch: number; score: number; parameters: Parameters } | null;
  epochsWithoutImprovement: number;
  /** Of training in half precision. */
  lossScale: LossScale;
}

/** One optimiser step. */
export interface StepEvent {
  readonly kind: "step";
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradNorm: number;
  /** Items of this step. */
  readonly items: number;
}

/** The end of an epoch, after validation. */
export interface EpochEvent<V> {
  readonly kind: "epoch";
  /** From 1. */
  readonly epoch: number;
  readonly step: number;
  /** Mean over the epoch's steps. */
  readonly trainLoss: number;
  readonly validation: V;
  readonly isBest: boolean;
  /** Whether training stops here because it no longer improves. */
  readonly stopsEarly: boolean;
}

/**
 * The state before the first step.
 *
 * @param parameters Where training starts; they are changed in place by training.
 * @returns A state with moments of 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { initialState } from "./trainer.ts";
 *
 * const { step, first } = initialState({ w: { shape: [2], data: Float32Array.of(1, 2) } });
 * assertEquals([step, [...first.w!.data]], [0, [0, 0]]);
 * ```
 */
export function initialState(parameters: Parameters): TrainerState {
  const zeros = () =>
    Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, data }]) => [
        name,
        { shape, data: new Float32Array(data.length) },
      ]),
    );
  return {
    step: 0,
    epoch: 0,
    stepInEpoch: 0,
    lossSum: 0,
    parameters,
    first: zeros(),
    second: zeros(),
    best: null,
    epochsWithoutImprovement: 0,
    lossScale: initialLossScale(),
  };
}

/**
 * The number of optimiser steps of one epoch.
 *
 * @param items How many items there are to train on.
 * @returns Steps; the last one may be smaller.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { stepsPerEpoch } from "./trainer.ts";
 *
 * assertEquals(stepsPerEpoch(100, { batchSize: 16, accumulation: 2 }), 4);
 * ```
 */
export function stepsPerEpoch(
  items: number,
  { batchSize, accumulation }: Pick<TrainerOptions, "batchSize" | "accumulation">,
): number {
  return Math.ceil(items / (batchSize * accumulation));
}

/**
 * Trains from a state to the end, or until the iteration is left.
 *
 * The order of the items in epoch e depends on seed and e alone, and so do the dropout masks on seed and step: a state
 * saved between two events continues exactly as if it had never been interrupted.
 *
 * @param set What to train on.
 * @param step The compiled training graph.
 * @param state Changed in place; at every event it is complete and can be saved.
 * @param options How to train.
 * @param validate Called after each epoch with the current parameters.
 * @returns What happened, event by event.
 * @throws {InputError} When the loss stops being a finite number: the learning rate is too high.
 */
export async function* train<V extends { score: number }>(
  set: TrainingSet,
  step: TrainingStep,
  state: TrainerState,
  options: TrainerOptions,
  validate: (parameters: Parameters, epoch: number) => Promise<V>,
): AsyncGenerator<StepEvent | EpochEvent<V>> {
  const perEpoch = stepsPerEpoch(set.items.length, options);
  const total = perEpoch * options.epochs;
  const warmup = Math.round(options.warmup * total);
  const matches = knownMatches(set.items);
  const rng = new Rng(options.seed);

  while (state.epoch < options.epochs && !hasStopped(state, options)) {
    const epoch = state.epoch + 1;
    const steps = epochBatches(set.items, {
      batchSize: options.batchSize * options.accumulation,
      seed: options.seed,
      epoch: state.epoch,
    });
    for (const chosen of steps.slice(state.stepInEpoch)) {
      const masks = rng.derive(`dropout ${state.step}`);
      let loss = 0;
      const sums: Record<string, Float32Array> = {};
      for (let at = 0; at < chosen.length; at += options.batchSize) {
        const items = chosen.slice(at, at + options.batchSize);
        const share = items.length / chosen.length;
        const result = await step.run(items, set.tokens, state.parameters, matches, masks, state.lossScale);
        loss += share * result.loss;
        for (const [name, gradient] of Object.entries(result.gradients)) accumulate(sums, name, gradient, share);
      }
      if (!Number.isFinite(loss)) {
        throw new InputError(`the loss became ${loss} at step ${state.step + 1}: lower training.learningRate`);
      }
      const factor = learningRateFactor(options.schedule, state.step, warmup, total);
      const gradNorm = update(state, sums, factor, options);
      state.step++;
      state.stepInEpoch++;
      state.lossSum += loss;
      const learningRate = factor * options.learningRate;
      yield { kind: "step", step: state.step, epoch, loss, learningRate, gradNorm, items: chosen.length };
    }

    const validation = await validate(state.parameters, epoch);
    const isBest = state.best === null ||
      (options.higherIsBetter ? validation.score > state.best.score : validation.score < state.best.score);
    if (isBest) {
      const parameters = Object.fromEntries(
        Object.entries(state.parameters).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
      );
      state.best = { epoch, score: validation.score, parameters };
    }
    state.epochsWithoutImprovement = isBest ? 0 : state.epochsWithoutImprovement + 1;
    const trainLoss = state.lossSum / perEpoch;
    state.epoch = epoch;
    state.stepInEpoch = 0;
    state.lossSum = 0;
    const stopsEarly = hasStopped(state, options) && epoch < options.epochs;
    yield { kind: "epoch", epoch, step: state.step, trainLoss, validation, isBest, stopsEarly };
  }
}

function hasStopped(state: TrainerState, { patience }: TrainerOptions): boolean {
  return patience !== null && state.epochsWithoutImprovement >= patience;
}

function accumulate(sums: Record<string, Float32Array>, name: string, gradient: Float32Array, share: number): void {
  const sum = sums[name] ??= new Float32Array(gradient.length);
  for (let i = 0; i < sum.length; i++) sum[i]! += share * gradient[i]!;
}

/** Clips, then updates every parameter; returns the gradient norm before clipping. */
function update(
  state: TrainerState,
  gradients: Record<string, Float32Array>,
  factor: number,
  options: TrainerOptions,
): number {
  // The head's gradients are of another size than the adapter's: clipped together, one would drown the other.
  const adapter = Object.keys(gradients).filter((name) => !isHead(name));
  const gradNorm = clipGradients(adapter.map((name) => gradients[name]!), options.maxGradNorm);
  for (const [name, gradient] of Object.entries(gradients)) {
    const moments = { first: state.first[name]!.data, second: state.second[name]!.data };
    adamwStep(state.parameters[name]!.data, gradient, moments, state.step + 1, {
      learningRate: factor * (isHead(name) ? options.headLearningRate : options.learningRate),
      weightDecay: isHead(name) ? 0 : options.weightDecay,
    });
  }
  return gradNorm;
}
