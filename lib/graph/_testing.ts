/** What the tests of the graph share: values for inputs, a scalar to differentiate, finite differences. */
import { assert } from "@std/assert";
import { Rng } from "../random.ts";
import type { CaseInput, OpCase } from "./_op_cases.ts";
import { cast, mul } from "./elementwise.ts";
import { gradients } from "./gradients.ts";
import { reduceSum } from "./reduce.ts";
import { evaluate, type ReferenceFeed } from "./reference.ts";
import { type DataType, input, type Shape, type Tensor, type TensorData } from "./tensor.ts";

/** Host values of a dtype from plain numbers. */
export function tensorData(dtype: DataType, shape: readonly number[], values: readonly number[]): TensorData {
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(values) };
  return { dtype, shape, data: dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values) };
}

/** A case with its inputs made, and a loss: the sum of the result weighted with random numbers. */
export interface BuiltCase {
  readonly inputs: readonly Tensor[];
  readonly result: Tensor;
  readonly loss: Tensor;
  /** The values of all inputs, exact in float32. */
  readonly feeds: Readonly<Record<string, TensorData & ReferenceFeed>>;
}

/** Builds a case with inputs `x0`, `x1`, … and random values. */
export function buildCase({ inputs, build }: OpCase): BuiltCase {
  const rng = new Rng(1);
  const feeds: Record<string, TensorData & ReferenceFeed> = {};
  const feed = (name: string, sizes: readonly number[], dtype: DataType, values: CaseInput["values"]) => {
    const size = sizes.reduce((n, dim) => n * dim, 1);
    const drawn = typeof values === "function" ? Array.from({ length: size }, () => values(rng)) : values;
    feeds[name] = tensorData(dtype, sizes, drawn) as TensorData & ReferenceFeed;
  };
  const tensors = inputs.map(({ shape, sizes, dtype, values }, i) => {
    feed(`x${i}`, sizes, dtype, values);
    return input(`x${i}`, shape as Shape, dtype);
  });
  const result = build(...tensors);
  const { shape } = evaluate({ result }, feeds).result!;
  feed("weights", shape, "float32", (rng) => Math.fround(rng.normal()));
  const loss = reduceSum(mul(cast(result, "float32"), input("weights", result.shape)));
  return { inputs: tensors, result, loss, feeds };
}

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
