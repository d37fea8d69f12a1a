import { assertAlmostEquals, assertEquals } from "@std/assert";
import { gradients } from "../graph/gradients.ts";
import { compileOnnx as compile } from "../graph/onnx/session.ts";
import { evaluate } from "../graph/_reference_testing.ts";
import { mul } from "../graph/mod.ts";
import { concat, reshape } from "../graph/layout.ts";
import { input, type Tensor, type TensorData } from "../graph/tensor.ts";
import {
  contrastiveLoss,
  cosentLoss,
  pairLoss,
  pairwiseCosine,
  teacherLoss,
  tripletLoss,
  UNKNOWN_SCORE,
} from "./objectives.ts";
import testdata from "../testdata/losses.json" with { type: "json" };
import { permittedTest } from "../_testing.ts";

// Expected numbers: sentence-transformers 6.0.1 and torch in float64, see the formulas in testdata/losses.json.
interface Golden {
  name: string;
  inputs: Record<string, number | number[] | number[][]>;
  scale?: number;
  temperature?: number;
  margin?: number;
  expected: { loss: number; grad: Record<string, number | number[] | number[][]> };
}
const golden = new Map((testdata.losses as unknown as Golden[]).map((loss) => [loss.name, loss]));

type Build = (x: Record<string, Tensor>, golden: Golden) => Tensor;
const contrastive: Build = (x, { scale, temperature = 1 / scale! }) =>
  contrastiveLoss(x.anchor!, x.positive!, {
    temperature,
    ...(x.excluded ? { excluded: x.excluded } : {}),
    negatives: [x.negative, x.negative2].flatMap((candidates) => candidates ? [{ candidates }] : []),
  });
const cosent: Build = (x, { scale }) => cosentLoss(pairwiseCosine(x.embedding1!, x.embedding2!), x.label!, 1 / scale!);
const pair: Build = (x) =>
  pairLoss(pairwiseCosine(x.embedding1!, x.embedding2!), x.label!, {
    scale: x.scale!,
    bias: x.bias!,
    weight: x.weight,
  });
const triplet: Build = (x, { margin }) =>
  tripletLoss({ anchor: x.anchor!, positive: x.positive!, negative: x.negative! }, margin!);

const taught = (kind: "kl" | "marginMse"): Build => (x, { temperature }) => {
  const cosines = [x.positive!, x.negative!, x.negative2!].map((other) =>
    reshape(pairwiseCosine(x.anchor!, other), ["n", 1])
  );
  return teacherLoss(mul(concat(cosines, 1), 1 / temperature!), x.teacher!, kind);
};

const BUILDERS: Record<string, Build> = {
  mnrl: contrastive,
  mnrl_hard_negatives: contrastive,
  mnrl_two_hard_negatives: contrastive,
  "infonce_t0.02": contrastive,
  "infonce_t0.02_hard_negatives": contrastive,
  "infonce_t0.2_duplicates_masked": contrastive,
  cosent,
  cosent_three_labels: cosent,
  cosent_equal_labels: cosent,
  cosine_bce: pair,
  cosine_bce_weighted: pair,
  triplet_cosine: triplet,
  teacher_kl: taught("kl"),
  teacher_margin_mse: taught("marginMse"),
};

Deno.test("teacherLoss() leaves out what the teacher has not scored", () => {
  const teacher = [[1, 0, 7], [2, 3, 7], [0, 7, 7]];
  const scores = (rows: number[][]) => ({ shape: [rows.length, rows[0]!.length], data: rows.flat() });
  const value = (loss: "kl" | "marginMse", own: number[][], student: number[][]) => {
    const width = own[0]!.length;
    const [a, b] = [input("student", ["n", width]), input("teacher", ["n", width])];
    const results = evaluate({ loss: teacherLoss(a, b, loss) }, { student: scores(student), teacher: scores(own) });
    return results.loss!.data[0] as number;
  };
  const student = [[0.5, 0.1, 0.9], [0.2, 0.3, -0.4], [0.1, 0.2, 0.3]];
  const unknown = teacher.map((row) => row.map((score) => score === 7 ? UNKNOWN_SCORE : score));
  const [two, one] = [[0, 1].map((i) => teacher[i]!.slice(0, 2)), [0, 1].map((i) => student[i]!.slice(0, 2))];
  assertAlmostEquals(value("kl", unknown, student), value("kl", two, one) * 2 / 3, 1e-12);
  assertAlmostEquals(value("marginMse", unknown, student), value("marginMse", two, one), 1e-12);
  assertEquals(value("marginMse", [[0, UNKNOWN_SCORE, UNKNOWN_SCORE]], [student[0]!]), 0);
});

function feedsOf({ inputs }: Golden): Record<string, { shape: number[]; data: number[] }> {
  const feeds: Record<string, { shape: number[]; data: number[] }> = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (name === "ids") {
      const ids = value as number[], n = ids.length;
      const data = ids.flatMap((a, i) => ids.map((b, j) => Number(a === b && i !== j)));
      feeds.excluded = { shape: [n, n], data };
    } else if (typeof value === "number") {
      feeds[name] = { shape: [], data: [value] };
    } else {
      const width = Array.isArray(value[0]) ? [value[0].length] : [];
      feeds[name] = { shape: [value.length, ...width], data: value.flat() };
    }
  }
  return feeds;
}

for (const [name, build] of Object.entries(BUILDERS)) {
  const expected = golden.get(name)!;
  const feeds = feedsOf(expected);
  const graph = () => {
    const x = Object.fromEntries(
      Object.entries(feeds).map(([key, { shape }]) => {
        const named = shape.map((size, axis) => axis === 0 || key === "excluded" ? "n" : size);
        return [key, input(key, named, key === "excluded" ? "bool" : "float32")];
      }),
    );
    const loss = build(x, expected);
    const wrt = Object.keys(expected.expected.grad);
    const grads = gradients(loss, wrt.map((key) => x[key]!));
    return { loss, ...Object.fromEntries(grads.map((g, i) => [`gradient ${wrt[i]}`, g])) };
  };
  const check = (results: Record<string, { data: ArrayLike<number | bigint> }>, tolerance: number) => {
    assertAlmostEquals(results.loss!.data[0] as number, expected.expected.loss, tolerance);
    for (const [key, value] of Object.entries(expected.expected.grad)) {
      const actual = results[`gradient ${key}`]!.data, want = [value].flat(2);
      assertEquals(actual.length, want.length);
      want.forEach((number, i) => assertAlmostEquals(actual[i] as number, number, tolerance, `${key}[${i}]`));
    }
  };

  Deno.test(`${name}: loss and gradients equal the reference in float64`, () => {
    check(evaluate(graph(), feeds), 1e-9);
  });

  permittedTest(`${name}: loss and gradients on ONNX Runtime in float32`, async () => {
    const executable = await compile(graph());
    const typed = Object.entries(feeds).map(([key, { shape, data }]): [string, TensorData] =>
      key === "excluded"
        ? [key, { dtype: "bool", shape, data: Uint8Array.from(data) }]
        : [key, { dtype: "float32", shape, data: Float32Array.from(data) }]
    );
    const results = await executable.run(Object.fromEntries(typed));
    await executable.release();
    check(results as Record<string, { data: ArrayLike<number> }>, 2e-5);
  });
}
