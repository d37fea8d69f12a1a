/** Holds every operation of a device against the float64 reference. */
import { buildCase } from "../../graph/built_case.ts";
import type { Executable } from "../../graph/executable.ts";
import { OP_CASES, type OpCase } from "../../graph/op_cases.ts";
import { evaluate } from "../../graph/reference.ts";
import { sameShape } from "../../graph/shape.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { type Check, check } from "./check.ts";
import { relativeError } from "./relative_error.ts";

/** What makes a graph run on the device that is verified. */
export type Compile = (outputs: Readonly<Record<string, Tensor>>) => Promise<Executable>;

/**
 * Compares values and gradients of every constructor of the graph, on shapes small enough to be computed in float64.
 * Numbers below 1 are compared as they are, those above relative to their size.
 *
 * @param compile For the device.
 * @param tolerance Of the verdicts; operations whose own cases allow more are allowed more.
 * @param names The constructors; by default all.
 */
export async function* verifyOperations(
  compile: Compile,
  tolerance: number,
  names: readonly string[] = Object.keys(OP_CASES),
): AsyncGenerator<Check> {
  for (const name of names) {
    const cases = OP_CASES[name]!;
    const allowed = Math.max(tolerance, ...cases.map((each) => each.tolerance ?? 0));
    yield await check(name, allowed, () => largestErrors(cases, compile));
  }
}

async function largestErrors(cases: readonly OpCase[], compile: Compile): Promise<Record<string, number>> {
  const errors: Record<string, number> = {};
  for (const each of cases) {
    const { result, gradients, feeds } = buildCase(each);
    const outputs = { value: result, ...gradients };
    const expected = evaluate(outputs, feeds);
    const executable = await compile(outputs);
    try {
      const actual = await executable.run(feeds);
      for (const [name, { shape, data }] of Object.entries(expected)) {
        const kind = name === "value" ? "value" : "gradient";
        const found = actual[name]!;
        const error = sameShape(found.shape, shape) ? relativeError(found.data, data, 1) : Infinity;
        errors[kind] = Math.max(errors[kind] ?? 0, error);
      }
    } finally {
      await executable.release();
    }
  }
  return errors;
}
