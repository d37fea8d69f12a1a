/** Holds every operation of a device against the float64 reference. */
import {
  buildCase,
  evaluate,
  type Executable,
  OP_CASES,
  type OpCase,
  sameShape,
  type Tensor,
  type TensorData,
} from "../../graph/mod.ts";
import { type Check, check } from "./check.ts";
import { relativeError } from "./relative_error.ts";

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
