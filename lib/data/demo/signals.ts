/**
 * Bias that is not spelled out: the historical decisions reward hobbies, volunteering and an unbroken career, which
 * people of the one background have more often than those of the other. No degree and no school is held against anybody,
 * so that hiding them helps nobody.
 */
import type { StatedLevel } from "../education/degree_level.ts";
import type { Rng } from "../../random.ts";
import type { Overruling } from "./planted_bias.ts";
import signals from "./signals.json" with { type: "json" };

/** What a résumé lets screeners read between its lines. */
export type Signal = "privileged" | "disadvantaged";

/** The chance of the privileged signal by education. */
export const SIGNAL_CHANCES: Readonly<Record<StatedLevel, number>> = signals.chances;

/** How often true merit was overruled, by signal and nothing else. */
export const SIGNAL_BIAS: Readonly<Record<Signal, Overruling>> = signals.overruled;

/** Draws a signal for a person of some education. */
export function drawSignal(education: StatedLevel, rng: Rng): Signal {
  return rng.uniform() < SIGNAL_CHANCES[education] ? "privileged" : "disadvantaged";
}

/** A sentence that carries a signal, and names neither degree nor school. */
export function signalSentence(signal: Signal, rng: Rng): string {
  return `${rng.pick(signals.sentences[signal])}.`;
}
