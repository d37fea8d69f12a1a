/** What the tests of the fairness objectives share: golden numbers, batches without anything to learn from. */
import { assert, assertEquals } from "@std/assert";
import { assertClose, finiteDifferences } from "../../graph/_testing.ts";
import { gradients } from "../../graph/gradients.ts";
import { compileOnnx as compile } from "../../graph/onnx/session.ts";
import { evaluate, type ReferenceFeed } from "../../graph/_reference_testing.ts";
import { input, type Tensor, type TensorData } from "../../graph/tensor.ts";
import golden from "../../testdata/losses.json" with { type: "json" };
import { permittedTest } from "../../_testing.ts";

/** A loss under test: from its inputs by name to a tensor of rank 0. */
export type Build = (x: Readonly<Record<string, Tensor>>) => Tensor;

/** Values of inputs by name. The first dimension is named `items`, but for that of weights and biases. */
export type Feeds = Readonly<Record<string, ReferenceFeed>>;

// Expected numbers: torch in float64, by the formulas in testdata/losses.json.
interface Golden {
  name: string;
  inputs: Record<string, number | number[] | number[][]>;
  expected: { loss: number; grad: Record<string, number | number[] | number[][]> };
}
const GOLDEN = new Map((golden.losses as unknown as Golden[]).map((loss) => [loss.name, loss]));

/** Inputs that are parameters and have no row per item. */
const PARAMETER = /(weight|bias)$/;

/** One-hot rows; a negative index is a row of zeros. */
export function oneHot(indices: readonly number[], classes: number): { shape: number[]; data: number[] } {
  const data = indices.flatMap((index) => Array.from({ length: classes }, (_, c) => Number(c === index)));
  return { shape: [indices.length, classes], data };
}

/** A feed of rank 1. */
export function row(...data: number[]): ReferenceFeed {
  return { shape: [data.length], data };
}

/** The inputs of a golden case; `group` and `target` become one-hot. */
export function goldenFeeds(name: string): Feeds {
  const feed = ([key, value]: [string, number | number[] | number[][]]): [string, ReferenceFeed] => {
    if (typeof value === "number") return [key, { shape: [], data: [value] }];
    if (key === "group" || key === "target") {
      return [key, oneHot(value as number[], Math.max(...value as number[]) + 1)];
    }
    const width = Array.isArray(value[0]) ? [value[0].length] : [];
    return [key, { shape: [value.length, ...width], data: value.flat() }];
  };
  return Object.fromEntries(Object.entries(GOLDEN.get(name)!.inputs).map(feed));
}

/** The graph of a loss and its gradients by some of its inputs. */
export function lossGraph(build: Build, feeds: Feeds, wrt: readonly string[]): Record<string, Tensor> {
  const x = Object.fromEntries(
    Object.entries(feeds).map(([key, { shape }]) => {
      const named = shape.map((size, axis) => axis === 0 && !PARAMETER.test(key) ? "items" : size);
      return [key, input(key, named)];
    }),
  );
  const loss = build(x);
  const grads = gradients(loss, wrt.map((key) => x[key]!));
  return { loss, ...Object.fromEntries(grads.map((g, i) => [gradientOf(wrt[i]!), g])) };
}

/** Runs a graph on ONNX Runtime in float32. */
export async function runOnnx(outputs: Record<string, Tensor>, feeds: Feeds): Promise<Record<string, TensorData>> {
  const executable = await compile(outputs, { threads: 1 });
  const typed = Object.entries(feeds).map(([key, { shape, data }]): [string, TensorData] => [
    key,
    { dtype: "float32", shape, data: Float32Array.from(data) },
  ]);
  const results = await executable.run(Object.fromEntries(typed));
  await executable.release();
  return results;
}

/** Registers two tests: loss and gradients equal the golden ones, in float64 and on ONNX Runtime. */
export function testGolden(name: string, build: Build): void {
  const { expected } = GOLDEN.get(name)!;
  const feeds = goldenFeeds(name);
  const check = (results: Record<string, { data: ArrayLike<number | bigint> }>, tolerance: number) => {
    assertClose(results.loss!.data, [expected.loss], tolerance, `${name}, loss`);
    for (const [key, value] of Object.entries(expected.grad)) {
      assertClose(results[gradientOf(key)]!.data, [value].flat(2), tolerance, `${name}, ${gradientOf(key)}`);
    }
  };
  const graph = () => lossGraph(build, feeds, Object.keys(expected.grad));
  Deno.test(`${name}: loss and gradients equal the reference in float64`, () => check(evaluate(graph(), feeds), 1e-9));
  permittedTest(`${name}: loss and gradients on ONNX Runtime in float32`, async () => {
    check(await runOnnx(graph(), feeds), 1e-5);
  });
}

/** Fails unless the gradients are those of finite differences, and ONNX Runtime agrees with both. */
export async function assertGradients(build: Build, feeds: Feeds, wrt: readonly string[]): Promise<void> {
  const graph = lossGraph(build, feeds, wrt);
  const exact = evaluate(graph, feeds), rounded = await runOnnx(graph, feeds);
  for (const key of wrt) {
    const expected = finiteDifferences(graph.loss!, key, feeds);
    assert(expected.some((slope) => slope !== 0), `nothing to compare: no slope by ${key}`);
    assertClose(exact[gradientOf(key)]!.data, expected, 1e-7, gradientOf(key));
    assertClose(rounded[gradientOf(key)]!.data as Float32Array, expected, 1e-5, `${gradientOf(key)} on ONNX Runtime`);
  }
}

/**
 * Batches with nothing to be fair about: one group, no group, rows of one item, everything equal, no labels of a kind.
 */
export const DEGENERATE: Readonly<Record<string, { groups: number[]; label: number[]; score: number[] }>> = {
  "one group only": { groups: [1, 1, 1], label: [1, 0, 1], score: [0.3, -1.2, 0.9] },
  "no known group": { groups: [-1, -1, -1], label: [1, 0, 1], score: [0.3, -1.2, 0.9] },
  "one item": { groups: [2], label: [1], score: [0.7] },
};

/**
 * Fails unless a loss is 0 with a gradient of 0, in float64 and on ONNX Runtime, in all of {@linkcode DEGENERATE}.
 * @param build Given `score` `[items]`, `x` `[items, 2]`, `groups` `[items, 3]` and `label` `[items]`.
 */
export async function assertFlat(build: Build, wrt: "score" | "x"): Promise<void> {
  for (const [what, { groups, label, score }] of Object.entries(DEGENERATE)) {
    await assertNothing(build, degenerateFeeds(groups, label, score), wrt, what);
  }
}

/** Feeds of a batch of three groups. */
export function degenerateFeeds(groups: readonly number[], label: readonly number[], score: readonly number[]): Feeds {
  const x = { shape: [score.length, 2], data: score.flatMap((s) => [Math.cos(s), Math.sin(s)]) };
  return { groups: oneHot(groups, 3), label: row(...label), score: row(...score), x };
}

/** Fails unless loss and gradient are 0 up to rounding. */
export async function assertNothing(build: Build, feeds: Feeds, wrt: string, what: string): Promise<void> {
  const graph = lossGraph(build, feeds, [wrt]);
  const exact = evaluate(graph, feeds), rounded = await runOnnx(graph, feeds);
  assertEquals(Object.keys(rounded), Object.keys(graph));
  for (const key of Object.keys(graph)) {
    for (const value of exact[key]!.data) assert(Math.abs(value) < 1e-14, `${what}: ${key} is ${value}, expected 0`);
    for (const value of rounded[key]!.data as Float32Array) {
      assert(Math.abs(value) < 2e-7, `${what}: ${key} is ${value} on ONNX Runtime, expected 0`);
    }
  }
}

const gradientOf = (name: string) => `gradient by ${name}`;
