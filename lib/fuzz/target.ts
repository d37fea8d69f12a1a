/** What is fuzzed: a parser, valid inputs of it, and what must hold of what it makes of any other. */
import type { z } from "zod";
import { InputError } from "../errors.ts";
import { checkJson, parseJson } from "../files.ts";
import { Rng } from "../random.ts";
import { type Input, mutate } from "./mutate.ts";

/** A parser, or a chain of them, as a command calls them. */
export interface Target {
  readonly name: string;
  /** Valid inputs, or one that is drawn anew each time. */
  readonly seeds: readonly Input[] | ((rng: Rng) => Input);
  /** Whether what is drawn may be wrong. */
  readonly mayRefuse?: boolean;
  /** Whether a file is changed; default: all are. */
  readonly changes?: (file: string) => boolean;
  /**
   * Reads an input, whose files are in the working folder. An InputError is a right answer, and so is an end without
   * one, unless what came of it is {@linkcode Nonsense}.
   */
  readonly run: (input: Input) => Promise<void> | void;
}

/** What was made of an input without an error, and should not have been. */
export class Nonsense extends Error {
  override readonly name = "Nonsense";
}

/** A drawn input: how it was made, too. */
export interface Drawn {
  readonly input: Input;
  /** Index of the seed, or the number that one was drawn from. */
  readonly start: number;
  readonly steps: readonly number[];
}

/** The n-th input of a target under a seed, whatever was drawn before. */
export function draw(target: Target, seed: number, n: number): Drawn {
  const rng = new Rng(seed).derive(`${target.name} ${n}`);
  const { seeds } = target;
  const start = typeof seeds === "function" ? rng.uint32() : rng.int(seeds.length);
  // Every hundredth is a valid one: it must not fail either.
  const count = typeof seeds === "function" || n % 100 === 0 ? 0 : 1 + Math.min(rng.int(6), rng.int(6));
  const steps = Array.from({ length: count }, () => rng.uint32());
  return { input: make(target, start, steps), start, steps };
}

/** An input from its start and its steps. */
export function make({ seeds, changes = () => true }: Target, start: number, steps: readonly number[]): Input {
  if (typeof seeds === "function") return seeds(new Rng(start));
  const seed = seeds[start]!;
  const kept = Object.fromEntries(Object.entries(seed.files).filter(([name]) => !changes(name)));
  let input: Input = seed;
  for (const step of steps) {
    const files = Object.fromEntries(Object.entries(input.files).filter(([name]) => changes(name)));
    const changed = mutate({ ...input, files }, step, seeds);
    input = { ...changed, files: { ...changed.files, ...kept } };
  }
  return input;
}

/**
 * The options of an input, as a command would have them.
 * @throws {InputError} If that could not be said on its line.
 */
export function optionsOf<T extends z.ZodType>({ options = "{}" }: Input, schema: T): z.output<T> {
  try {
    return checkJson(parseJson(options), schema, "options");
  } catch (error) {
    throw error instanceof SyntaxError ? new InputError("options: expected JSON") : error;
  }
}

/** Sees that no number within a value is NaN or infinite. */
export function checkFinite(value: unknown, where = "the result"): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Nonsense(`${where} holds ${value}`);
  if (ArrayBuffer.isView(value)) {
    const wrong = (value as Float64Array).findIndex((number) => !Number.isFinite(number));
    if (wrong !== -1) throw new Nonsense(`${where}[${wrong}] holds ${(value as Float64Array)[wrong]}`);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) checkFinite(inner, `${where}.${key}`);
}

/** Sees that a text for people shows no value that is none, unless the input itself says such words. */
export function checkWords(text: string, { files, options = "" }: Input): void {
  const wrong = /\bNaN\b|\bInfinity\b|\[object \w+\]/.exec(text);
  if (wrong === null) return;
  const [word] = wrong;
  const given = [options, ...Object.values(files).map((bytes) => new TextDecoder().decode(bytes))];
  if (given.some((own) => own.includes(word.replace(/\W/g, "").slice(0, 6)))) return;
  throw new Nonsense(`a text says ${JSON.stringify(text.slice(Math.max(0, wrong.index - 80), wrong.index + 80))}`);
}

/** Throws unless something holds. */
export function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Nonsense(otherwise);
}
