/** What a training says while it runs: histories in its folder, progress on the screen, a line per epoch. */
import { dim } from "@std/fmt/colors";
import { type Progress, showProgress } from "../progress.ts";
import type { History } from "./history.ts";
import { chosenCheckpoint } from "./selection.ts";
import type { TrainingSet } from "./objective_graph.ts";
import { countItems, type StepPlan } from "./step_plan.ts";
import type { EpochEvent, StepEvent, TrainerOptions, TrainerState } from "./trainer.ts";
import type { ValidationResult } from "./validation.ts";

/** What happens in a training. */
export type TrainingEvent = StepEvent | EpochEvent<ValidationResult>;

/** What is followed. */
type FollowedTraining = Readonly<{
  state: TrainerState;
  trainer: TrainerOptions;
  plan: StepPlan;
  set: TrainingSet;
  history: History;
  print: (text: string) => void;
}>;

/** Follows a training event by event. */
export class TrainingLog {
  readonly #training: FollowedTraining;
  readonly #steps: number;
  #pairs: number;
  #smoothedLoss: number | null = null;
  #progress: Progress;

  constructor(training: FollowedTraining) {
    const { plan, state, set } = training;
    this.#training = training;
    this.#steps = plan.total;
    const begun = plan.epoch(state.epoch).slice(0, state.stepInEpoch);
    this.#pairs = state.epoch * set.items.length + begun.reduce((sum, passes) => sum + countItems(passes), 0);
    this.#progress = this.#show();
  }

  async write(event: TrainingEvent): Promise<void> {
    await (event.kind === "step" ? this.#step(event) : this.#epoch(event));
  }

  stop(): void {
    this.#progress.stop();
  }

  async #step(event: StepEvent): Promise<void> {
    await this.#training.history.step(event);
    const { loss, items, step } = event;
    this.#pairs += items;
    this.#smoothedLoss = this.#smoothedLoss === null ? loss : 0.9 * this.#smoothedLoss + 0.1 * loss;
    this.#progress.update(this.#pairs, `step ${step}/${this.#steps}, loss ${this.#smoothedLoss.toFixed(3)}`);
  }

  async #epoch(event: EpochEvent<ValidationResult>): Promise<void> {
    const { state, trainer: { selection, epochs, patience }, history, print } = this.#training;
    const isBest = chosenCheckpoint(state.best, selection)?.checkpoint.epoch === event.epoch;
    await history.epoch(event, isBest);
    this.#progress.stop();
    print(epochLine(event, epochs, isBest));
    if (event.stopsEarly) print(`stopping early: ${patience} epoch${patience === 1 ? "" : "s"} without improvement`);
    this.#progress = this.#show();
  }

  #show(): Progress {
    const { trainer, set } = this.#training;
    return showProgress("training", set.items.length * trainer.epochs, { unit: "pairs", start: this.#pairs });
  }
}

function epochLine(
  { epoch, trainLoss, validation }: EpochEvent<ValidationResult>,
  epochs: number,
  isBest: boolean,
): string {
  const number = (value: number | null) => value === null ? "–" : value.toFixed(3);
  return `epoch ${epoch}/${epochs}  train loss ${number(trainLoss)}  validation loss ${number(validation.loss)}  ` +
    `AUC ${number(validation.rocAuc)}  AP ${number(validation.averagePrecision)}  ` +
    `${validation.constraints.length > 0 ? "limits exceed bounds by" : "difference"} ${number(validation.gap)}` +
    (isBest ? dim("  best so far") : "");
}
