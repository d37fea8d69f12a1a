/** From a sweep to the configurations that are trained. */
import { Rng } from "../../random.ts";
import type { Distribution, Json, Sweep } from "./sweep_file.ts";

/** One configuration of a sweep, but for its seed. */
export interface Point {
  /** Variant and swept values, readable and fit for the name of a file: `fair_adversary.weight-0.5`. */
  readonly id: string;
  readonly variant: string;
  /** Value of each key of grid and random space. */
  readonly values: Readonly<Record<string, Json>>;
  /** All changes to the base configuration, the variant's first. */
  readonly overrides: readonly (readonly [key: string, value: Json])[];
}

/** One run of a sweep. */
export interface Trial {
  /** The point's id and the seed: `fair_adversary.weight-0.5_seed-1`. */
  readonly id: string;
  readonly point: Point;
  readonly seed: number;
}

/**
 * The points of a sweep: each variant with each combination of the grid and each random sample; a fixed variant alone.
 *
 * @param sweep The sweep.
 * @returns The points, variants in their order and the last key of the grid changing fastest.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseSweep } from "./sweep_file.ts";
 * import { sweepPoints } from "./trials.ts";
 *
 * const points = sweepPoints(parseSweep({
 *   name: "rates",
 *   base: "configs/demo.json",
 *   variants: { plain: {}, wide: { "lora.rank": 32 } },
 *   fixed: ["plain"],
 *   grid: { "training.learningRate": [0.001, 0.002] },
 * }));
 * assertEquals(points.map(({ id }) => id), [
 *   "plain",
 *   "wide_training.learningRate-0.001",
 *   "wide_training.learningRate-0.002",
 * ]);
 * ```
 */
export function sweepPoints(sweep: Sweep): Point[] {
  const { variants, fixed, grid, random } = sweep;
  const short = shortKeys([...Object.keys(grid), ...Object.keys(random?.space ?? {})]);
  const combinations = product(Object.entries(grid));
  const samples = random === null
    ? [null]
    : Array.from({ length: random.samples }, (_, i) => drawSample(random.space, random.seed, i));
  const digits = String(samples.length).length;
  return Object.entries(variants).flatMap(([variant, changes]): Point[] => {
    const own = Object.entries(changes);
    if (fixed.includes(variant)) return [{ id: variant, variant, values: {}, overrides: own }];
    return combinations.flatMap((combination) =>
      samples.map((sample, i) => {
        const named = combination.map(([key, value]) => `${short.get(key)}-${slug(value)}`);
        const drawn = sample === null ? [] : [`sample-${String(i + 1).padStart(digits, "0")}`];
        const crossed = [...combination, ...sample ?? []];
        return {
          id: [variant, ...named, ...drawn].join("_"),
          variant,
          values: Object.fromEntries(crossed),
          overrides: [...own, ...crossed],
        };
      })
    );
  });
}

/**
 * The runs of a sweep: every point with every seed. All points with the first seed come first, so that a sweep that is
 * still running can be compared already.
 *
 * @param sweep The sweep.
 * @returns The runs, in the order in which they are trained.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseSweep } from "./sweep_file.ts";
 * import { sweepTrials } from "./trials.ts";
 *
 * const sweep = parseSweep({ name: "s", base: "a.json", variants: { plain: {}, masked: {} }, seeds: [1, 2] });
 * assertEquals(sweepTrials(sweep).map(({ id }) => id), [
 *   "plain_seed-1",
 *   "masked_seed-1",
 *   "plain_seed-2",
 *   "masked_seed-2",
 * ]);
 * ```
 */
export function sweepTrials(sweep: Sweep): Trial[] {
  const points = sweepPoints(sweep);
  return sweep.seeds.flatMap((seed) => points.map((point) => ({ id: `${point.id}_seed-${seed}`, point, seed })));
}

/**
 * Draws the values of one random sample. Each depends on the seed, its number and its key alone: more samples, or another
 * key, leave the others as they are.
 *
 * @param space How each key is drawn.
 * @param seed Of the random search.
 * @param index The sample's number, from 0.
 * @returns Keys and values.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { drawSample } from "./trials.ts";
 *
 * const space = { "fairness.adversary.weight": { log: [0.01, 1] as [number, number] } };
 * const [[key, value]] = drawSample(space, 1, 0) as [[string, number]];
 * assertEquals(key, "fairness.adversary.weight");
 * assert(value >= 0.01 && value <= 1);
 * ```
 */
export function drawSample(
  space: Readonly<Record<string, Distribution>>,
  seed: number,
  index: number,
): [key: string, value: Json][] {
  return Object.entries(space).map(([key, { log, uniform, choice }]) => {
    const rng = new Rng(seed).derive(`${index} ${key}`);
    if (choice) return [key, rng.pick(choice)];
    const [low, high] = log ?? uniform!;
    const part = rng.uniform();
    const drawn = log ? low * (high / low) ** part : low + (high - low) * part;
    // Four digits say all that a search can tell apart, and can be typed again.
    return [key, Math.min(Math.max(Number(drawn.toPrecision(4)), low), high)];
  });
}

function product(entries: readonly (readonly [string, readonly Json[]])[]): [string, Json][][] {
  return entries.reduce<[string, Json][][]>(
    (rows, [key, values]) => rows.flatMap((row) => values.map((value) => [...row, [key, value] as [string, Json]])),
    [[]],
  );
}

/** The last two words of each key, or as many as tell it from the other keys: `adversary.weight`. */
function shortKeys(keys: readonly string[]): Map<string, string> {
  return new Map(keys.map((key) => {
    const parts = key.split(".");
    for (let from = Math.max(0, parts.length - 2); from > 0; from--) {
      const ending = parts.slice(from).join(".");
      if (!keys.some((other) => other !== key && `.${other}`.endsWith(`.${ending}`))) return [key, slug(ending)];
    }
    return [key, slug(key)];
  }));
}

/** A value as part of a file's name. */
function slug(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^-+(?=\D)|-+$/g, "").slice(0, 60) || "empty";
}
