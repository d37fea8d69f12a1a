/**
 * The training loop. It knows nothing of files or of the screen: it yields what happened, and whoever iterates over it
 * writes histories, draws progress, saves its state, or stops.
 */
import { epochBatches } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Parameters } from "../model/mod.ts";
import { Rng } from "../random.ts";
import type { CombinedTerms } from "./fairness/combine.ts";
import { initialLossScale, type LossScale } from "./loss_scale.ts";
import { isAdapter, knownMatches, type TrainingItem, type TrainingSet } from "./objective_graph.ts";
import { adamwStep, clipGradients, learningRateFactor, type LearningRates } from "../graph/mod.ts";
import { type EpochScore, epochsSinceBest, isBetter, KEPT, type Kept, type SelectionRules } from "./selection.ts";
import type { StepResult, TrainingStep } from "./training_step.ts";

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
  readonly schedule: LearningRates["schedule"];
  readonly maxGradNorm: number;
  readonly seed: number;
  /** Epochs without improvement before stopping; null never stops early. */
  readonly patience: number | null;
  /** Which epochs are kept. */
  readonly selection: SelectionRules;
  /**
   * Composes the batches of an epoch, counted from 0: each of `batchSize · accumulation` items, the last one maybe
   * smaller, and as many in every epoch. It must depend on its argument alone. Default: every item once, shuffled.
   */
  readonly batches?: (epoch: number) => readonly (readonly TrainingItem[])[];
  /** The fairness terms that the training step was compiled with. */
  readonly terms?: CombinedTerms;
}

/** An epoch that was worth keeping. */
export interface KeptEpoch extends EpochScore {
  readonly parameters: Parameters;
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
  /** What the fairness terms remember of the batches so far. */
  terms: Parameters;
  /** What validation found after each epoch. */
  epochs: EpochScore[];
  /** The epochs kept so far, by what for; null where none was. */
  kept: Record<Kept, KeptEpoch | null>;
  /** Of training in half precision. */
  lossScale: LossScale;
}

/** One optimiser step. */
export interface StepEvent {
  readonly kind: "step";
  readonly step: number;
  readonly epoch: number;
  /** Of the objective alone. */
  readonly loss: number;
  /** Each fairness term's loss, without its weight. */
  readonly terms: Readonly<Record<string, number>>;
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
  /** What this epoch is kept for, as things stand. */
  readonly keptFor: readonly Kept[];
  /** Whether training stops here because it no longer improves. */
  readonly stopsEarly: boolean;
}

/**
 * The state before the first step.
 *
 * @param parameters Where training starts; they are changed in place by training.
 * @param terms The fairness terms, whose parameters must be among them.
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
export function initialState(parameters: Parameters, terms?: CombinedTerms): TrainerState {
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
    terms: terms?.state ?? {},
    epochs: [],
    kept: { utility: null, fairness: null, constrained: null },
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
export async function* train<V extends Pick<EpochScore, "utility" | "gap">>(
  set: TrainingSet,
  step: TrainingStep,
  state: TrainerState,
  options: TrainerOptions,
  validate: (parameters: Parameters, epoch: number) => Promise<V>,
): AsyncGenerator<StepEvent | EpochEvent<V>> {
  const { terms, selection } = options;
  const batchSize = options.batchSize * options.accumulation;
  const batches = options.batches ??
    ((epoch: number) => epochBatches(set.items, { batchSize, seed: options.seed, epoch }));
  const perEpoch = stepsPerEpoch(set.items.length, options);
  const total = perEpoch * options.epochs;
  const warmup = Math.round(options.warmup * total);
  const matches = knownMatches(set.items);
  const rng = new Rng(options.seed);

  while (state.epoch < options.epochs && !hasStopped(state, options)) {
    const epoch = state.epoch + 1;
    for (const chosen of batches(state.epoch).slice(state.stepInEpoch)) {
      const masks = rng.derive(`dropout ${state.step}`);
      let loss = 0;
      const sums: Record<string, Float32Array> = {}, termLosses: Record<string, number> = {};
      let remembered = state.terms;
      const parts: { share: number; batch: StepResult["batch"] }[] = [];
      for (let at = 0; at < chosen.length; at += options.batchSize) {
        const items = chosen.slice(at, at + options.batchSize);
        const share = items.length / chosen.length;
        const context = { state: remembered, step: state.step };
        const result = await step.run(items, set.tokens, state.parameters, matches, masks, state.lossScale, context);
        loss += share * result.loss;
        for (const [name, gradient] of Object.entries(result.gradients)) accumulate(sums, name, gradient, share);
        for (const [name, value] of Object.entries(result.terms.losses)) {
          termLosses[name] = (termLosses[name] ?? 0) + share * value;
        }
        remembered = result.terms.state;
        parts.push({ share, batch: result.batch });
      }
      const factor = learningRateFactor(state.step, { schedule: options.schedule, warmup, total });
      const gradNorm = clipAdapter(sums, options.maxGradNorm);
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
        const what = Number.isFinite(loss) ? "gradient" : "loss";
        throw new InputError(
          `the ${what} became ${Number.isFinite(loss) ? gradNorm : loss} at step ${state.step + 1}: ` +
            "lower training.learningRate",
        );
      }
      update(state, sums, factor, options, 0);
      for (let further = 1; further < mostHeadSteps(terms); further++) {
        const own: Record<string, Float32Array> = {};
        for (const { share, batch } of parts) {
          const gradients = await step.headGradients(batch, state.parameters);
          for (const [name, gradient] of Object.entries(gradients)) accumulate(own, name, gradient, share);
        }
        update(state, own, factor, options, further);
      }
      state.terms = remembered;
      state.step++;
      state.stepInEpoch++;
      state.lossSum += loss;
      const learningRate = factor * options.learningRate;
      const items = chosen.length;
      yield { kind: "step", step: state.step, epoch, loss, terms: termLosses, learningRate, gradNorm, items };
    }

    const validation = await validate(state.parameters, epoch);
    const { utility, gap } = validation;
    const score: EpochScore = { epoch, utility, gap };
    state.epochs.push(score);
    const keptFor = KEPT.filter((kind) => isBetter(kind, score, state.kept[kind], selection));
    if (keptFor.length > 0) {
      const parameters = copyOf(state.parameters);
      for (const kind of keptFor) state.kept[kind] = { ...score, parameters };
    }
    const trainLoss = state.lossSum / perEpoch;
    state.epoch = epoch;
    state.stepInEpoch = 0;
    state.lossSum = 0;
    const stopsEarly = hasStopped(state, options) && epoch < options.epochs;
    yield { kind: "epoch", epoch, step: state.step, trainLoss, validation, keptFor, stopsEarly };
  }
}

/**
 * The epoch that a training would end with: with a largest gap the most useful epoch that keeps to it, or else the
 * fairest; without one the most useful.
 *
 * @param kept The epochs kept so far.
 * @param rules How epochs are compared.
 * @returns The epoch and what it was kept for; null while there is none in the window.
 */
export function chosenEpoch(
  kept: TrainerState["kept"],
  { maxGap }: SelectionRules,
): { kind: Kept; epoch: KeptEpoch } | null {
  const order: readonly Kept[] = maxGap === null ? ["utility"] : ["constrained", "fairness", "utility"];
  for (const kind of order) {
    const epoch = kept[kind];
    if (epoch) return { kind, epoch };
  }
  return null;
}

function hasStopped(state: TrainerState, { patience, selection }: TrainerOptions): boolean {
  return patience !== null && epochsSinceBest(state.epochs, selection) >= patience;
}

function mostHeadSteps(terms: CombinedTerms | undefined): number {
  return Math.max(1, ...(terms?.terms ?? []).map(({ optimizer }) => optimizer?.steps ?? 1));
}

function copyOf(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

function accumulate(sums: Record<string, Float32Array>, name: string, gradient: Float32Array, share: number): void {
  const sum = sums[name] ??= new Float32Array(gradient.length);
  for (let i = 0; i < sum.length; i++) sum[i]! += share * gradient[i]!;
}

/** Clips the adapter's gradients; those of heads are of another size: clipped together, one would drown the other. */
function clipAdapter(gradients: Record<string, Float32Array>, maxNorm: number): number {
  const adapter = Object.keys(gradients).filter(isAdapter);
  return clipGradients(adapter.map((name) => gradients[name]!), maxNorm);
}

/**
 * Updates every parameter that has a gradient.
 *
 * @param further How many updates of this step went before; above 0 for heads that take several and have any left.
 */
function update(
  state: TrainerState,
  gradients: Record<string, Float32Array>,
  factor: number,
  { learningRate, headLearningRate, weightDecay, terms }: TrainerOptions,
  further: number,
): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const own = terms?.optimizer(name), steps = own?.steps ?? 1;
    if (further >= steps) continue;
    const moments = { first: state.first[name]!.data, second: state.second[name]!.data };
    adamwStep(state.parameters[name]!.data, gradient, {
      ...moments,
      step: state.step * steps + further + 1,
      learningRate: factor * (isAdapter(name) ? learningRate : own?.learningRate ?? headLearningRate),
      weightDecay: isAdapter(name) ? weightDecay : own?.weightDecay ?? 0,
    });
  }
}
