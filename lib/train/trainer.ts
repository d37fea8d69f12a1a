/**
 * The training loop. It knows nothing of files or of the screen: it yields what happened, and whoever iterates over it
 * writes histories, draws progress, saves its state, or stops.
 */
import { InputError } from "../errors.ts";
import { adamwStep, clipGradients, learningRateFactor, type LearningRates } from "../graph/mod.ts";
import type { Parameters } from "../model/mod.ts";
import { Rng } from "../random.ts";
import type { CombinedTerms } from "./fairness/combine.ts";
import { isAdapter, knownMatches, type TrainingItem, type TrainingSet } from "./objective_graph.ts";
import type { Gradients, StepResult } from "./pass.ts";
import { bestKinds, epochsSinceBest } from "./selection.ts";
import type { BestCheckpoints, BestKind, EpochScore, SelectionRules } from "./selection.ts";
import { countItems, type StepItems, type StepPlan, stepPlan } from "./step_plan.ts";
import type { TrainingStep } from "./training_step.ts";

/** How to train. */
export interface TrainerOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** The most tokens that the texts of a batch have together; null or absent: however many they have. */
  readonly batchTokens?: number | null;
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
  readonly selection: SelectionRules;
  /**
   * Composes the batches of an epoch, counted from 0: each of `batchSize · accumulation` items, the last one maybe
   * smaller, and as many in every epoch. It must depend on its argument alone. Default: every item once, shuffled.
   */
  readonly batches?: ((epoch: number) => readonly (readonly TrainingItem[])[]) | undefined;
  /** The fairness terms that the training step was compiled with. */
  readonly terms?: CombinedTerms;
}

/** Everything that changes while training, so that saving it is enough to go on with the same bytes. */
export interface TrainerState {
  /** Optimiser steps made. */
  step: number;
  epoch: number;
  stepInEpoch: number;
  /** The sum of the current epoch's losses, one per optimiser step. */
  lossSum: number;
  parameters: Parameters;
  /** AdamW's moments by parameter name. */
  first: Parameters;
  second: Parameters;
  /** What the fairness terms remember of the batches so far. */
  terms: Parameters;
  epochs: EpochScore[];
  best: BestCheckpoints;
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
  /** What each bound weighs after the step: the sum of its multipliers. */
  readonly multipliers: Readonly<Record<string, number>>;
  readonly learningRate: number;
  /** Before clipping. */
  readonly gradNorm: number;
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
  /** What this epoch is best at, as things stand. */
  readonly bestAt: readonly BestKind[];
  /** Whether training stops here because it no longer improves. */
  readonly stopsEarly: boolean;
}

/** The state before the first step, with moments of 0; the parameters are changed in place by training. */
export function initialState(parameters: Parameters, terms?: CombinedTerms): TrainerState {
  const zeros = () => mapData(parameters, (data) => new Float32Array(data.length));
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
    best: { utility: null, fairness: null, constrained: null },
    lossScale: initialLossScale(),
  };
}

/** What a training works on. */
export interface Training<V> {
  readonly set: TrainingSet;
  /** Its steps, if they are planned already; else the options say how. */
  readonly plan?: StepPlan;
  readonly step: TrainingStep;
  /** Changed in place; at every event it is complete and can be saved. */
  readonly state: TrainerState;
  /** Called after each epoch with the current parameters. */
  readonly validate: (parameters: Parameters, epoch: number) => Promise<V>;
}

/**
 * Trains from a state to the end, or until the iteration is left.
 *
 * The order of the items in epoch e depends on seed and e alone, and so do the dropout masks on seed and step: a state
 * saved between two events continues exactly as if it had never been interrupted.
 * @throws {InputError} When the loss stops being a finite number: the learning rate is too high.
 */
export async function* train<V extends Pick<EpochScore, "utility" | "gap">>(
  training: Training<V>,
  options: TrainerOptions,
): AsyncGenerator<StepEvent | EpochEvent<V>> {
  const { set, plan = stepPlan(set, options), state } = training;
  const { epoch: stepsOf, total } = plan;
  const rates = { schedule: options.schedule, warmup: Math.round(options.warmup * total), total };
  const optimise = optimiser(training, options);

  while (state.epoch < options.epochs && !hasStopped(state, options)) {
    const epoch = state.epoch + 1;
    const steps = stepsOf(state.epoch);
    for (const passes of steps.slice(state.stepInEpoch)) {
      const factor = learningRateFactor(state.step, rates);
      const items = countItems(passes);
      const { loss, gradNorm, ...fairness } = await optimise(passes, factor);
      state.step++;
      state.stepInEpoch++;
      state.lossSum += loss;
      const learningRate = factor * options.learningRate;
      yield { kind: "step", step: state.step, epoch, loss, ...fairness, learningRate, gradNorm, items };
    }

    const validation = await training.validate(state.parameters, epoch);
    const { utility, gap } = validation;
    const score: EpochScore = { epoch, utility, gap };
    state.epochs.push(score);
    const bestAt = bestKinds(score, state.best, options.selection);
    if (bestAt.length > 0) {
      const parameters = mapData(state.parameters, (data) => data.slice());
      for (const kind of bestAt) state.best[kind] = { ...score, parameters };
    }
    const trainLoss = state.lossSum / steps.length;
    state.epoch = epoch;
    state.stepInEpoch = 0;
    state.lossSum = 0;
    const stopsEarly = hasStopped(state, options) && epoch < options.epochs;
    yield { kind: "epoch", epoch, step: state.step, trainLoss, validation, bestAt, stopsEarly };
  }
}

/** A function that makes one optimiser step on the items of its passes, with the learning rates times a factor. */
function optimiser(
  { set, step, state }: Pick<Training<unknown>, "set" | "step" | "state">,
  options: TrainerOptions,
): (
  passes: StepItems,
  factor: number,
) => Promise<Pick<StepEvent, "loss" | "terms" | "multipliers" | "gradNorm">> {
  const matches = set.matches ?? knownMatches(set.items);
  const rng = new Rng(options.seed);
  const mostHeadSteps = Math.max(1, ...(options.terms?.terms ?? []).map(({ optimizer }) => optimizer?.steps ?? 1));

  return async (passes, factor) => {
    const masks = rng.derive(`dropout ${state.step}`);
    let loss = 0;
    const sums: Gradients = {}, termLosses: Record<string, number> = {};
    let remembered = state.terms, multipliers: StepEvent["multipliers"] = {};
    const parts: { share: number; batch: StepResult["batch"] }[] = [];
    const all = countItems(passes);
    for (const items of passes) {
      const share = items.length / all;
      const result = await step.run(items, {
        tokens: set.tokens,
        parameters: state.parameters,
        matches,
        rng: masks,
        lossScale: state.lossScale,
        terms: { state: remembered, step: state.step },
      });
      loss += share * result.loss;
      accumulate(sums, result.gradients, share);
      for (const [name, value] of Object.entries(result.terms.losses)) {
        termLosses[name] = (termLosses[name] ?? 0) + share * value;
      }
      remembered = result.terms.state;
      multipliers = result.terms.multipliers;
      parts.push({ share, batch: result.batch });
    }
    const gradNorm = clipAdapter(sums, options.maxGradNorm);
    checkFinite(loss, gradNorm, state.step + 1);
    const update = (gradients: Gradients, further: number) => {
      for (const [name, gradient] of Object.entries(gradients)) {
        updateParameter(state, { name, gradient, factor, further }, options);
      }
    };
    update(sums, 0);
    for (let further = 1; further < mostHeadSteps; further++) {
      const own: Gradients = {};
      for (const { share, batch } of parts) accumulate(own, await step.headGradients(batch, state.parameters), share);
      update(own, further);
    }
    state.terms = remembered;
    return { loss, terms: termLosses, multipliers, gradNorm };
  };
}

function hasStopped(state: TrainerState, { patience, selection }: TrainerOptions): boolean {
  return patience !== null && epochsSinceBest(state.epochs, selection) >= patience;
}

function mapData(parameters: Parameters, of: (data: Float32Array) => Float32Array): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: of(data) }]),
  );
}

function accumulate(sums: Gradients, gradients: Readonly<Gradients>, share: number): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const sum = sums[name] ??= new Float32Array(gradient.length);
    for (let i = 0; i < sum.length; i++) sum[i]! += share * gradient[i]!;
  }
}

function checkFinite(loss: number, gradNorm: number, step: number): void {
  if (Number.isFinite(loss) && Number.isFinite(gradNorm)) return;
  const what = Number.isFinite(loss) ? `gradient became ${gradNorm}` : `loss became ${loss}`;
  throw new InputError(`the ${what} at step ${step}: lower training.learningRate`);
}

/** Clips the adapter's gradients; those of heads are of another size: clipped together, one would drown the other. */
function clipAdapter(gradients: Gradients, maxNorm: number): number {
  const adapter = Object.keys(gradients).filter(isAdapter);
  return clipGradients(adapter.map((name) => gradients[name]!), maxNorm);
}

/** `further` updates of this step went before: above 0 for heads that take several and have any left. */
function updateParameter(
  state: TrainerState,
  { name, gradient, factor, further }: { name: string; gradient: Float32Array; factor: number; further: number },
  { learningRate, headLearningRate, weightDecay, terms }: TrainerOptions,
): void {
  const own = terms?.optimizer(name), steps = own?.steps ?? 1;
  if (further >= steps) return;
  adamwStep(state.parameters[name]!.data, gradient, {
    first: state.first[name]!.data,
    second: state.second[name]!.data,
    step: state.step * steps + further + 1,
    learningRate: factor * (isAdapter(name) ? learningRate : own?.learningRate ?? headLearningRate),
    weightDecay: isAdapter(name) ? weightDecay : own?.weightDecay ?? 0,
  });
}

/**
 * What the loss is multiplied by before it is differentiated in float16, whose smallest number is 6·10⁻⁸: as large as
 * it can be without an infinite gradient (Micikevicius et al. 2018, section 3.2).
 */
export interface LossScale {
  /** A power of two, so that dividing by it again is exact. */
  factor: number;
  /** Passes since it last changed. */
  passes: number;
}

/** PyTorch's GradScaler starts here and doubles after as many passes without an infinite gradient. */
const FIRST_FACTOR = 2 ** 16, GROWTH_INTERVAL = 2000;

/** The scale before the first pass. */
export function initialLossScale(): LossScale {
  return { factor: FIRST_FACTOR, passes: 0 };
}

/**
 * Adapts the scale after a pass: half of it where gradients were not finite, twice as much after 2,000 good passes. The
 * scale is changed in place.
 * @throws {InputError} When not even a scale of 1 keeps the gradients finite.
 */
export function adjustLossScale(scale: LossScale, finite: boolean): void {
  if (finite) {
    scale.passes++;
    if (scale.passes < GROWTH_INTERVAL) return;
    scale.factor *= 2;
  } else {
    if (scale.factor <= 1) {
      throw new InputError(
        'training.precision "fp16": the gradients are too large for float16; lower training.learningRate or use "fp32"',
      );
    }
    scale.factor /= 2;
  }
  scale.passes = 0;
}

/** In half precision, repeats a pass with a smaller loss scale, which is adapted, until its gradients are finite. */
export async function withLossScale<
  T extends { readonly loss: number; readonly gradients: Readonly<Record<string, Float32Array>> },
>(
  half: boolean | undefined,
  lossScale: LossScale,
  pass: (scale: number) => Promise<T>,
): Promise<T> {
  if (!half) return pass(1);
  while (true) {
    const result = await pass(lossScale.factor);
    // No scale makes up for a loss that is not finite itself: the caller says so.
    if (!Number.isFinite(result.loss)) return result;
    const finite = Object.values(result.gradients).every((gradient) => gradient.every(Number.isFinite));
    adjustLossScale(lossScale, finite);
    if (finite) return result;
  }
}
