/** Holds every operation of a device against ONNX Runtime on the CPU, which the tests hold against float64. */
import type { Executable } from "./executable.ts";
import { compileOnnx } from "./onnx/session.ts";
import { buildCase, OP_CASES, type OpCase } from "./op_cases.ts";
import { sameShape, type Tensor, type TensorData } from "./tensor.ts";

/** What makes a graph run on the device that is verified. */
export type Compile = (outputs: Readonly<Record<string, Tensor>>) => Promise<Executable>;

/**
 * Compares values and gradients of constructors of the graph, by default of all; a device need not be able to compute
 * in float16 unless `half` says so. The tolerance is that of the verdicts, and operations whose own cases allow more
 * are allowed more. Errors are relative to the largest number of a result, or to 1 if that is larger.
 */
export async function* verifyOperations(
  compile: Compile,
  tolerance: number,
  { names = Object.keys(OP_CASES), half = false }: { names?: readonly string[]; half?: boolean } = {},
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
  for (const [index, each] of cases.entries()) {
    const { result, gradients, feeds: given } = buildCase(each, `case ${index} `);
    outputs[`value ${index}`] = result;
    for (const [name, gradient] of Object.entries(gradients)) outputs[`gradient of ${name}`] = gradient;
    Object.assign(feeds, given);
  }
  const [actual, expected] = [await resultsOf(compile, outputs, feeds), await resultsOf(compileOnnx, outputs, feeds)];
  const errors: Record<string, number> = {};
  for (const [name, { shape, data }] of Object.entries(expected)) {
    const kind = name.startsWith("value") ? "value" : "gradient";
    const found = actual[name]!;
    const error = sameShape(found.shape, shape) ? relativeError(found.data, data, 1) : Infinity;
    errors[kind] = Math.max(errors[kind] ?? 0, error);
  }
  return errors;
}

async function resultsOf(
  compile: Compile,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, TensorData>>,
): Promise<Record<string, TensorData>> {
  const executable = await compile(outputs);
  try {
    return await executable.run(feeds);
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

/** Runs a comparison, which gives the errors; what the device throws becomes a check that failed. */
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
 * Infinity where a number is missing, or finite in one of the lists only. Differences are divided by `floor` at least,
 * so that a list of nothing but noise is not held against itself.
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
    if (Number.isFinite(wanted)) scale = Math.max(scale, Math.abs(wanted));
    if (Object.is(found, wanted)) continue;
    if (!Number.isFinite(found) || !Number.isFinite(wanted)) return Infinity;
    difference = Math.max(difference, Math.abs(found - wanted));
  }
  return difference === 0 ? 0 : difference / scale;
}
