/** What the tests of the graph share: comparisons, finite differences, values of small graphs. */
import { assert } from "@std/assert";
import { gradients } from "./gradients.ts";
import { reduceSum } from "./operations.ts";
import { evaluate, type ReferenceFeed } from "./_reference_testing.ts";
import { input, type Tensor } from "./tensor.ts";

/** The gradient of a scalar by central differences, one input element after the other. */
export function finiteDifferences(
  loss: Tensor,
  name: string,
  feeds: Readonly<Record<string, ReferenceFeed>>,
  step = 1e-5,
): Float64Array {
  const { shape, data } = feeds[name]!;
  const lossAt = (i: number, delta: number) => {
    const moved = Float64Array.from(data);
    moved[i]! += delta;
    return evaluate({ loss }, { ...feeds, [name]: { shape, data: moved } }).loss!.data[0]!;
  };
  return Float64Array.from(data, (_, i) => (lossAt(i, step) - lossAt(i, -step)) / (2 * step));
}

/** Fails where values differ by more than the tolerance, absolute below 1 and relative above. */
export function assertClose(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert(actual.length === expected.length, `${what}: ${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [Number(actual[i]), expected[i]!];
    const close = Object.is(found, wanted) || Math.abs(found - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
    assert(close, `${what}: value ${i} is ${found}, expected ${wanted} to ${tolerance}`);
  }
}

/** A feed of rank 1. */
export function vector(...values: number[]): ReferenceFeed {
  return { shape: [values.length], data: values };
}

/** The elements of one tensor, computed by the reference. */
export function valuesOf(tensor: Tensor, feeds: Readonly<Record<string, ReferenceFeed>> = {}): number[] {
  return [...evaluate({ result: tensor }, feeds).result!.data];
}

/** The derivative of the sum of an operation's results by its input. */
export function slopesOf(build: (x: Tensor) => Tensor, ...values: number[]): number[] {
  const x = input("x", ["n"]);
  return valuesOf(gradients(reduceSum(build(x)), [x])[0]!, { x: vector(...values) });
}
