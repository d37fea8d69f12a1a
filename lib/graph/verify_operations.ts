/** Holds every operation of a device against the float64 reference. */
import type { Executable } from "./executable.ts";
import { buildCase, OP_CASES, type OpCase } from "./op_cases.ts";
import { evaluate } from "./reference.ts";
import { sameShape } from "./shape.ts";
import type { Tensor, TensorData } from "./tensor.ts";

/** What makes a graph run on the device that is verified. */
export type Compile = (outputs: Readonly<Record<string, Tensor>>) => Promise<Executable>;

/** What of the operations is compared. */
export interface OperationOptions {
  /** The constructors; default: all. */
  readonly names?: readonly string[];
  /** Whether the device is to compute in float16; where not, it need not be able to. */
  readonly half?: boolean;
}

/**
 * Compares values and gradients of every constructor of the graph, on shapes small enough to be computed in float64.
 * Errors are relative to the largest number of a result, or to 1 if that is larger.
 *
 * @param compile For the device.
 * @param tolerance Of the verdicts; operations whose own cases allow more are allowed more.
 */
export async function* verifyOperations(
  compile: Compile,
  tolerance: number,
  { names = Object.keys(OP_CASES), half = false }: OperationOptions = {},
): AsyncGenerator<Check> {
  for (const name of names) {
    const cases = OP_CASES[name]!.filter((each) => half || !each.half);
    const allowed = Math.max(tolerance, ...cases.map((each) => each.tolerance ?? 0));
    yield await check(name, allowed, () => largestErrors(cases, compile));
  }
}

/** All cases in one graph: some devices take seconds to compile one, whatever its size. */
async function largestErrors(cases: readonly OpCase[], compile: Compile): Promise<Record<string, number>> {
  const outputs: Record<string, Tensor> = {}, feeds: Record<string, TensorData> = {};
  const expected: Record<string, { shape: readonly number[]; data: Float64Array }> = {};
  for (const [index, each] of cases.entries()) {
    const { result, gradients, feeds: given } = buildCase(each, `case ${index} `);
    const named = Object.entries(gradients).map(([name, gradient]) => [`gradient of ${name}`, gradient]);
    const computed: Record<string, Tensor> = { [`value ${index}`]: result, ...Object.fromEntries(named) };
    Object.assign(outputs, computed);
    Object.assign(feeds, given);
    Object.assign(expected, evaluate(computed, given));
  }
  const executable = await compile(outputs);
  try {
    const actual = await executable.run(feeds);
    const errors: Record<string, number> = {};
    for (const [name, { shape, data }] of Object.entries(expected)) {
      const kind = name.startsWith("value") ? "value" : "gradient";
      const found = actual[name]!;
      const error = sameShape(found.shape, shape) ? relativeError(found.data, data, 1) : Infinity;
      errors[kind] = Math.max(errors[kind] ?? 0, error);
    }
    return errors;
  } finally {
    await executable.release();
  }
}

/** What was compared, and how far off it was. */
export interface Check {
  /** An operation, or a model and what was made with it. */
  readonly name: string;
  /** The largest relative error, by what was compared: `value`, `gradients`, … */
  readonly errors: Readonly<Record<string, number>>;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** Why nothing could be compared: what the device threw. */
  readonly failure?: string;
}

/** Whether nothing failed and no error is above the tolerance. */
export function passes({ errors, tolerance, failure }: Check): boolean {
  return failure === undefined && Object.values(errors).every((error) => error <= tolerance);
}

/**
 * Runs a comparison; what the device throws becomes a check that failed.
 *
 * @param compare Gives the errors.
 */
export async function check(
  name: string,
  tolerance: number,
  compare: () => Promise<Record<string, number>>,
): Promise<Check> {
  try {
    return { name, tolerance, errors: await compare() };
  } catch (error) {
    return { name, tolerance, errors: {}, failure: (error as Error).message.split("\n")[0]! };
  }
}

/**
 * The largest difference between two lists of numbers, as a part of the largest expected number.
 *
 * Not element by element: an element near zero is the difference of large ones, and its digits are noise everywhere.
 *
 * @param actual What the device says.
 * @param expected What is right.
 * @param floor The least that differences are divided by, so that a list of nothing but noise is not held against
 *   itself; default 0.
 * @returns 0 for equal lists; Infinity where a number is missing, or finite in one of the lists only.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { relativeError } from "./relative_error.ts";
 *
 * assertEquals(relativeError([1, 9], [0, 10]), 0.1);
 * ```
 */
export function relativeError(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  floor = 0,
): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0, scale = floor;
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [Number(actual[i]), Number(expected[i])];
    if (Object.is(found, wanted)) continue;
    if (!Number.isFinite(found) || !Number.isFinite(wanted)) return Infinity;
    difference = Math.max(difference, Math.abs(found - wanted));
  }
  if (difference === 0) return 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(Number(expected[i]));
    if (Number.isFinite(size)) scale = Math.max(scale, size);
  }
  return difference / scale;
}
