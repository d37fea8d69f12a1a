import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate } from "../graph/_reference_testing.ts";
import { gradients } from "../graph/gradients.ts";
import { concat, reshape } from "../graph/layout.ts";
import { mul } from "../graph/mod.ts";
import { compileOnnx as compile } from "../graph/onnx/session.ts";
import { input, type Tensor, type TensorData } from "../graph/tensor.ts";
import testdata from "../testdata/losses.json" with { type: "json" };
import {
  contrastiveLoss,
  cosentLoss,
  HEAD,
  knownMatches,
  likelyMatches,
  negativesPerItem,
  objectiveBatch,
  objectiveLoss,
  type ObjectiveSettings,
  pairLoss,
  pairwiseCosine,
  teacherLoss,
  type TrainingItem,
  tripletLoss,
  UNKNOWN_SCORE,
} from "./objective_graph.ts";

const settings = (objective: ObjectiveSettings["objective"], hardNegatives = 0): ObjectiveSettings => ({
  objective,
  temperature: 0.5,
  margin: 0.3,
  hardNegatives,
});
const item = (job: number, resume: number, label = 1, negatives: number[] = []): TrainingItem => ({
  job,
  resume,
  label,
  negatives,
});
const none = () => false;

Deno.test("objectiveBatch() holds each distinct text once and refers to it by row", () => {
  const { texts, feeds } = objectiveBatch([item(70, 5), item(70, 6, 0), item(71, 5, 0.5)], settings("pair"), {
    matches: none,
  });
  assertEquals(texts, [70, 71, 5, 6]);
  assertEquals([...feeds.jobRow!.data], [0, 0, 1]);
  assertEquals([...feeds.resumeRow!.data], [2, 3, 2]);
  assertEquals([feeds.label!.shape, [...feeds.label!.data]], [[3], [1, 0, 0.5]]);
});

Deno.test("objectiveBatch() excludes known matches from the negatives, but never an item's own positive", () => {
  const items = [item(1, 10), item(1, 11), item(2, 12), item(2, 10)];
  const { feeds } = objectiveBatch(items, settings("contrastive"), { matches: knownMatches(items) });
  assertEquals(feeds.excluded!.shape, [4, 4]);
  assertEquals([...feeds.excluded!.data], [
    ...[0, 1, 0, 1], // job 1 matches 10 and 11; the fourth candidate is résumé 10 again
    ...[1, 0, 0, 1],
    ...[1, 0, 0, 1], // job 2 matches 12 and 10
    ...[1, 0, 1, 0],
  ]);
});

Deno.test("objectiveBatch() excludes a hard negative for every job that it matches, also on the diagonal", () => {
  const items = [item(1, 10, 1, [20, 21]), item(2, 11, 1, [10, 20])];
  const { texts, feeds } = objectiveBatch(items, settings("contrastive", 2), { matches: knownMatches(items) });
  assertEquals(texts, [1, 2, 10, 11, 20, 21]);
  assertEquals([[...feeds.negativeRow0!.data], [...feeds.negativeRow1!.data]], [[4, 2], [5, 4]]);
  // Of the first negatives, 20 and 10, the second matches job 1.
  assertEquals([...feeds.negativeExcluded0!.data], [0, 1, 0, 0]);
  assertEquals([...feeds.negativeExcluded1!.data], [0, 0, 0, 0]);
  const own = objectiveBatch([item(1, 10, 1, [10])], settings("contrastive", 1), {
    matches: knownMatches([item(1, 10)]),
  });
  assertEquals([...own.feeds.negativeExcluded0!.data], [1]);
});

Deno.test("objectiveBatch() feeds what objectiveLoss() asks for and nothing else", () => {
  for (const [objective, hardNegatives] of [["pair", 0], ["cosent", 0], ["contrastive", 2], ["triplet", 5]] as const) {
    const wanted = settings(objective, hardNegatives);
    const items = [0, 1].map((i) => item(i, 10 + i, i, Array.from({ length: 5 }, (_, k) => 20 + k)));
    const { texts, feeds } = objectiveBatch(items, wanted, { matches: none });
    assertEquals(texts.length, 4 + negativesPerItem(wanted));
    const { loss, head } = objectiveLoss(input("embeddings", ["texts", 3]), wanted);
    const data = Array.from({ length: 3 * texts.length }, (_, i) => Math.sin(i + 1));
    const given = Object.entries({ ...feeds, embeddings: { shape: [texts.length, 3], data } })
      .map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...data].map(Number) }] as const);
    const scale = head.length > 0
      ? { [HEAD.scale]: { shape: [], data: [5] }, [HEAD.bias]: { shape: [], data: [-1] } }
      : {};
    assertEquals(Number.isFinite(evaluate({ loss }, { ...Object.fromEntries(given), ...scale }).loss!.data[0]), true);
  }
});

Deno.test("a known match in the batch does not change the contrastive loss, however near it is", () => {
  // Items 1 and 2 share their job; résumé 2 moves from far to near without being pushed away.
  const loss = (angle: number, matches: (job: number, resume: number) => boolean) => {
    const items = [item(0, 1), item(2, 3)];
    const { texts, feeds } = objectiveBatch(items, settings("contrastive"), { matches });
    const angles: Record<number, number> = { 0: 0, 1: 0.4, 2: 2, 3: angle };
    const data = texts.flatMap((text) => [Math.cos(angles[text]!), Math.sin(angles[text]!)]);
    const given = Object.fromEntries(
      Object.entries({ ...feeds, embeddings: { shape: [texts.length, 2], data } })
        .map(([name, { shape, data }]) => [name, { shape: [...shape], data: [...data].map(Number) }]),
    );
    return evaluate({ loss: objectiveLoss(input("embeddings", ["texts", 2]), settings("contrastive")).loss }, given)
      .loss!.data[0]!;
  };
  const all = (job: number, resume: number) => job === 0 && resume === 3 || job === 2 && resume === 1;
  assertAlmostEquals(loss(1, all), 0, 1e-9); // nothing is left to be told from
  assertEquals(loss(1, none) > 0.1, true);
});

Deno.test("knownMatches() are the items with a label of at least one half", () => {
  const matches = knownMatches([item(1, 2, 1), item(1, 3, 0.5), item(1, 4, 0.49), item(12, 3, 1)]);
  assertEquals([matches(1, 2), matches(1, 3), matches(1, 4), matches(1, 23), matches(12, 3)], [
    true,
    true,
    false,
    false,
    true,
  ]);
});

Deno.test("negativesPerItem() is what each objective uses", () => {
  assertEquals(
    (["pair", "cosent", "triplet", "contrastive"] as const).map((objective) =>
      negativesPerItem(settings(objective, 3))
    ),
    [0, 0, 1, 3],
  );
});

/** Embeddings of the anchors, then of each kind of candidate, and items that name them by row. */
function goldenBatch(name: string) {
  const { inputs, expected, ...rest } = testdata.losses.find((loss) => loss.name === name)! as unknown as {
    inputs: Record<string, number[][]>;
    expected: { loss: number; grad: Record<string, number[][]> };
    scale?: number;
    temperature?: number;
  };
  const kinds = Object.keys(expected.grad), n = inputs.anchor!.length;
  const rows = (k: number) => Array.from({ length: n }, (_, i) => k * n + i);
  const [jobs, resumes, ...negatives] = kinds.map((_, k) => rows(k));
  const items = jobs!.map((job, i): TrainingItem => ({
    ...item(job, resumes![i]!, 1, negatives.map((own) => own[i]!)),
    ...(inputs.teacher ? { teacher: inputs.teacher[i]! } : {}),
  }));
  const temperature = rest.temperature ?? 1 / rest.scale!;
  return { items, temperature, embeddings: kinds.map((kind) => inputs[kind]!).flat(), expected, kinds };
}

async function lossAndGradient(
  { items, embeddings }: Pick<ReturnType<typeof goldenBatch>, "items" | "embeddings">,
  own: ObjectiveSettings,
) {
  const width = embeddings[0]!.length;
  const all = input("embeddings", ["texts", width]);
  const { loss } = objectiveLoss(all, own);
  const { texts, feeds } = objectiveBatch(items, own, { matches: none });
  // Texts come in order of first use.
  const data = texts.flatMap((text) => embeddings[text]!);
  const given = { ...feeds, embeddings: { shape: [texts.length, width], data } };
  const results = await evaluate({ loss, gradient: gradients(loss, [all])[0]! }, given as never);
  const gradient: number[][] = [];
  texts.forEach((text, row) =>
    gradient[text] = [...results.gradient!.data].slice(row * width, (row + 1) * width) as number[]
  );
  return { loss: results.loss!.data[0] as number, gradient };
}

Deno.test("objectiveLoss() sums the loss over embeddings cut short, as sentence-transformers' MatryoshkaLoss", async () => {
  const batch = goldenBatch("matryoshka_2_5");
  const own = { ...settings("contrastive", 1), temperature: batch.temperature, matryoshka: [2, 5, 8] };
  const { loss, gradient } = await lossAndGradient(batch, own);
  assertAlmostEquals(loss, batch.expected.loss, 1e-9);
  const expected = batch.kinds.flatMap((kind) => batch.expected.grad[kind]!);
  gradient.forEach((row, i) => row.forEach((value, j) => assertAlmostEquals(value, expected[i]![j]!, 1e-9)));
  assertThrows(
    () => objectiveLoss(input("embeddings", ["texts", 8]), { ...own, matryoshka: [16] }),
    InputError,
    "training.matryoshka: expected at most the 8 numbers of an embedding, found 16",
  );
});

Deno.test("objectiveLoss() adds what a teacher says to the contrastive loss, as FlagEmbedding's kl_div", async () => {
  const batch = goldenBatch("teacher_kl");
  const own = { ...settings("contrastive", 2), temperature: batch.temperature };
  const alone = await lossAndGradient(batch, own);
  const taught = await lossAndGradient(batch, { ...own, teacher: { weight: 0.5, loss: "kl" } });
  assertAlmostEquals(taught.loss, alone.loss + 0.5 * batch.expected.loss, 1e-9);
  const expected = batch.kinds.flatMap((kind) => batch.expected.grad[kind]!);
  taught.gradient.forEach((row, i) =>
    row.forEach((value, j) => assertAlmostEquals(value, alone.gradient[i]![j]! + 0.5 * expected[i]![j]!, 1e-9))
  );
});

Deno.test("gradients of every new part of the loss are those of finite differences, in every combination", async () => {
  const batch = goldenBatch("teacher_margin_mse");
  for (const loss of ["kl", "marginMse"] as const) {
    for (const matryoshka of [[], [3]]) {
      const own = { ...settings("contrastive", 2), teacher: { weight: 1, loss }, matryoshka };
      const { gradient } = await lossAndGradient(batch, own);
      for (const [i, j] of [[0, 0], [7, 2], [13, 4], [20, 7]] as const) {
        const at = async (step: number) => {
          const embeddings = batch.embeddings.map((row, r) => row.map((x, c) => r === i && c === j ? x + step : x));
          return (await lossAndGradient({ ...batch, embeddings }, own)).loss;
        };
        assertAlmostEquals(gradient[i]![j]!, (await at(1e-5) - await at(-1e-5)) / 2e-5, 1e-7);
      }
    }
  }
});

Deno.test("likelyMatches() takes what scores above the match, less a margin, for a match", () => {
  const scores = new Map([["1 10", 0.8], ["1 20", 0.9], ["1 21", 0.7], ["1 22", 0.75]]);
  const score = (job: number, resume: number) => scores.get(`${job} ${resume}`);
  const rule = likelyMatches([item(1, 10), item(1, 23)], score, 0.05);
  assertEquals([20, 21, 22, 23, 24].map((resume) => rule(1, resume, 10)), [true, false, false, true, false]);
  assertEquals(likelyMatches([item(1, 10)], score, 0.06)(1, 22, 10), true);
  assertEquals([rule(1, 20), rule(2, 20, 10)], [false, false]);
  const items = [item(1, 10, 1, [20]), item(2, 12, 1, [21])];
  const { feeds } = objectiveBatch(items, settings("contrastive", 1), { matches: rule });
  assertEquals([...feeds.negativeExcluded0!.data], [1, 0, 0, 0]);
});

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
