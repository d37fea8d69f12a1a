import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { permittedTest } from "../_testing.ts";
import { type Example, writeTable } from "../data/mod.ts";
import { evaluate, type EvaluationInput } from "../evaluate/mod.ts";
import { toDataFrame } from "./data_frame.ts";
import { type Displayable, JUPYTER_DISPLAY, show } from "./show.ts";

setColorEnabled(false);

/** What a notebook shows of a value that is the last of a cell. */
const shown = (value: unknown) => (value as Displayable)[JUPYTER_DISPLAY]() as Record<string, string>;

permittedTest("toDataFrame() keeps cells and columns; undefined numbers are NaN, which means leave out", async () => {
  const frame = await toDataFrame([{ group: "a", auc: 0.75 }, { group: "b", auc: null }]);
  assertEquals(frame.columns, ["group", "auc"]);
  assertEquals(frame.values, [["a", 0.75], ["b", NaN]] as typeof frame.values);
  assertEquals(frame.loc({ columns: ["auc"] }).describe().values[0], [1] as never); // danfo fails on null
  const sizes = (await toDataFrame([{ g: "x", n: 3 }, { g: "x", n: 4 }])).groupby(["g"]).col(["n"]).sum();
  assertEquals(sizes.values, [["x", 7]]);
});

permittedTest("toDataFrame() refuses no rows and rows with other columns", async () => {
  await assertRejects(() => toDataFrame([]), RangeError, "at least one row");
  await assertRejects(() => toDataFrame([{ a: 1 }, { b: 1 }]), RangeError, "columns a in row 1, found b");
});

permittedTest(
  "toDataFrame() of a data set has a row for each example with its part and a column for each group",
  async () => {
    const example: Example = {
      row: 1,
      resume: "r",
      job: "j",
      label: 1,
      candidateId: "c",
      jobId: "n",
      groups: { education: "BA" },
      groundTruth: null,
      split: null,
    };
    const [train, validation, test] = [[example], [], [{ ...example, row: 2 }]];
    const rest = { originals: new Map(), masking: { table: [], log: [] }, notes: [], fingerprint: "" };
    const frame = await toDataFrame({ train, validation, test, ...rest });
    const columns = [
      "part",
      "row",
      "resume",
      "job",
      "label",
      "candidateId",
      "jobId",
      "education",
      "groundTruth",
      "split",
    ];
    assertEquals(frame.columns, columns);
    assertEquals(frame.values, [
      ["train", 1, "r", "j", 1, "c", "n", "BA", null, null],
      ["test", 2, "r", "j", 1, "c", "n", "BA", null, null],
    ] as never);
  },
);

const TABLE: EvaluationInput = {
  source: "four people",
  scores: {
    base: [0.9, 0.2, 0.6, 0.1],
    fair: { scores: [0.8, 0.1, 0.7, 0.2], threshold: 0.75, counterfactual: [0.7, NaN, 0.8, 0.2] },
  },
  groups: { education: ["BA", "BA", "none", "none"] },
  labels: [1, 0, 1, 0],
  clusters: ["p", "q", "r", "s"],
  columns: { cluster: "people" },
};

permittedTest("toDataFrame() of what is evaluated has scores and decisions of each model as columns", async () => {
  const frame = await toDataFrame(TABLE);
  assertEquals(frame.columns, [
    ...["people", "education", "label", "base_score", "base_selected", "base_probability"],
    ...["fair_score", "fair_selected", "fair_probability"],
    ...["fair_counterfactual_score", "fair_counterfactual_selected"],
  ]);
  assertEquals(frame.values[0], ["p", "BA", 1, 0.9, 1, 0.9, 0.8, 1, 0.8, 0.7, 0] as never);
  assertEquals(frame.values[1], ["q", "BA", 0, 0.2, 0, 0.2, 0.1, 0, 0.1, NaN, NaN] as never);
});

permittedTest("toDataFrame() of an evaluation has a number a row, and filters as pandas does", async () => {
  const evaluation = evaluate(TABLE, { resamples: 20 });
  // deno-lint-ignore no-explicit-any -- danfo types no columns
  const frame = await toDataFrame(evaluation) as any;
  const rates = frame.query(
    frame.metric.eq("selectionRate").and(frame.group.eq("none")).and(frame.part.eq("decisions")),
  ).loc({
    columns: ["model", "value"],
  });
  assertEquals(rates.values, [["base", 0.5], ["fair", 0]]);
  // What a filter gives shows by itself, and so does a column.
  assertEquals(shown(rates)["text/plain"], "model  value\n─────  ─────\nbase   0.500\nfair   0.000\n");
  assertStringIncludes(shown(rates.value)["text/html"]!, "0.500");
});

permittedTest("frames show escaped, the first rows of long ones, and names of rows but not their numbers", async () => {
  const long = await toDataFrame(Array.from({ length: 1200 }, (_, n) => ({ "<b>": `<i>${"x".repeat(80)}`, n })));
  const { "text/html": markup, "text/plain": text } = shown(long);
  assertEquals([markup!.includes("<b>"), markup!.includes("<i>"), markup!.match(/data-value/g)!.length], [
    false,
    false,
    10,
  ]);
  assertStringIncludes(markup!, `&lt;i&gt;${"x".repeat(56)}…`);
  assertStringIncludes(text!, "The first 10 of 1,200 rows.");
  const statistics = shown(long.loc({ columns: ["n"] }).describe())["text/plain"]!;
  assertStringIncludes(statistics, "mean");
  assertStringIncludes(statistics, "599.5");
  const named = await toDataFrame([{ rows: 3, alt: "a", changes: 1 }]);
  assertStringIncludes(shown(show(named))["text/plain"]!, "rows  alt  changes");
  assertStringIncludes(shown(long.groupby(["n"]).col(["n"]).count())["text/plain"]!, "n_count");
});

permittedTest("toDataFrame() reads a table file: columns of numbers as numbers, but not names in digits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = [{ id: "007", n: 1.5, note: null }, { id: "12", n: null, note: "a, b" }];
    await writeTable(`${folder}/a.csv`, ["id", "n", "note"], rows);
    const frame = await toDataFrame(`${folder}/a.csv`);
    assertEquals(frame.values, [["007", 1.5, null], ["12", NaN, "a, b"]] as never);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permittedTest("a frame that was filtered is filtered and sorted by its own rows", async () => {
  const frame = await toDataFrame(Array.from({ length: 8 }, (_, id) => ({ id, group: "ab"[id % 2]!, n: id * 3 % 8 })));
  const odd = frame.query(frame.column("group").eq("b" as never));
  // danfo itself takes the labels 1, 3, 5, 7 for places, and reads beyond the end.
  assertEquals(odd.query(odd.column("n").gt(2)).values, [[1, "b", 3], [5, "b", 7], [7, "b", 5]]);
  assertEquals(odd.query(odd.column("n").gt(9)).shape, [0, 3]);
  assertEquals(odd.sortValues("n", { ascending: false }).column("id").values, [5, 7, 1, 3]);
  assertThrows(() => odd.query(frame.column("n").gt(2)), RangeError, "Expected a mask of 4 rows, found 8");
});

permittedTest("sortValues() of a frame puts what is undefined last, in either direction", async () => {
  const frame = await toDataFrame([{ n: 2, t: "b" }, { n: null, t: "a" }, { n: 10, t: "c" }]);
  assertEquals(frame.sortValues("n").column("t").values, ["b", "c", "a"]);
  assertEquals(frame.sortValues("n", { ascending: false }).column("t").values, ["c", "b", "a"]);
});

permittedTest("an empty frame shows its columns", async () => {
  const frame = await toDataFrame([{ n: 2, t: "b" }]);
  assertStringIncludes(shown(frame.query(frame.column("n").gt(9)))["text/plain"]!, "n  t");
});

permittedTest("frame.plot() draws columns, of what groups and filters give as well", async () => {
  const frame = await toDataFrame([{ g: "a<b", n: 1 }, { g: "a<b", n: 3 }, { g: "c", n: 5 }]);
  const means = frame.groupby(["g"]).col(["n"]).mean() as unknown as {
    plot(options: { kind?: string; x: string; y: string }): Displayable;
  };
  const bundle = means.plot({ x: "g", y: "n_mean" })[JUPYTER_DISPLAY]();
  const { data, layout } = bundle["application/vnd.plotly.v1+json"] as {
    data: Record<string, unknown>[];
    layout: { title: { text: string } };
  };
  assertEquals(data.map(({ type, x, y }) => ({ type, x, y })), [{ type: "bar", x: ["a&#60;b", "c"], y: [2, 5] }]);
  assertStringIncludes(bundle["text/plain"] as string, "g a<b, n_mean 2; g c, n_mean 5");
  assertStringIncludes(layout.title.text, "n_mean by g");
  assertThrows(() => means.plot({ x: "g", y: "mean" }), RangeError, "Expected a column of g, n_mean, found mean");
});
