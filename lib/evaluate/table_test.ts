import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkGroupNumber, type EvaluationInput, scoredTable, takeGroups } from "./table.ts";

const two: EvaluationInput = { source: "t.csv", scores: { m: [0.1, 0.9] }, groups: { g: ["b", "a"] } };

Deno.test("scoredTable() encodes groups, takes bare scores for a model, and makes every absence null", () => {
  const table = scoredTable(two);
  assertEquals([table.rows, table.models[0]!.name, table.models[0]!.scores], [2, "m", Float64Array.of(0.1, 0.9)]);
  const [{ name, groups }] = table.attributes as [(typeof table.attributes)[number]];
  assertEquals([name, Array.from(groups.codes, (code) => groups.names[code])], ["g", ["b", "a"]]);
  const { labels, groundTruth, weights, queries, control, clusters } = table;
  assertEquals([labels, groundTruth, weights, queries, control, clusters], [null, null, null, null, null, null]);
});

Deno.test("scoredTable() names query, control and cluster columns as asked, or in plain words", () => {
  const all: EvaluationInput = { ...two, queries: ["q", "q"], control: ["c", "c"], clusters: ["p", "p"] };
  const names = ({ queries, control, clusters }: ReturnType<typeof scoredTable>) =>
    [queries, control, clusters].map((own) => own!.name);
  assertEquals(names(scoredTable(all)), ["query", "control", "people"]);
  const columns = { query: "job", control: "city", cluster: "candidate" };
  assertEquals(names(scoredTable({ ...all, columns })), ["job", "city", "candidate"]);
});

const [three, short] = [["x", "y", "z"], [1]];
const wrong: readonly (readonly [where: string, input: Partial<EvaluationInput>, found: number])[] = [
  ["labels", { labels: short }, 1],
  ["ground truth", { groundTruth: short }, 1],
  ["weights", { weights: short }, 1],
  ["gender", { groups: { g: ["a", "b"], gender: three } }, 3],
  ["query", { queries: three }, 3],
  ["control", { control: three }, 3],
  ["people", { clusters: three }, 3],
  ["scores of second", { scores: { m: [0, 1], second: short } }, 1],
  ["decisions of m", { scores: { m: { scores: [0, 1], decisions: short } } }, 1],
  ["counterfactual scores of m", { scores: { m: { scores: [0, 1], counterfactual: short } } }, 1],
  ["counterfactual decisions of m", {
    scores: { m: { scores: [0, 1], counterfactual: [0, 1], counterfactualDecisions: short } },
  }, 1],
  ["probabilities of m", { scores: { m: { scores: [0, 1], probabilities: short } } }, 1],
];
for (const [where, input, found] of wrong) {
  Deno.test(`scoredTable() names a column of another length: ${where}`, () => {
    const message = `Expected columns of 2 rows, found ${found} in ${where}`;
    assertEquals(assertThrows(() => scoredTable({ ...two, ...input }), RangeError).message, message);
  });
}

Deno.test("scoredTable() says in which source there is no model, and no row", () => {
  assertThrows(() => scoredTable({ ...two, scores: {} }), InputError, "t.csv: expected at least one column of scores");
  const none = { ...two, scores: { m: [] }, groups: { g: [] } };
  assertThrows(() => scoredTable(none), InputError, "t.csv: expected at least one complete row");
});

Deno.test("checkGroupNumber() accepts 300 groups, and not one more", () => {
  checkGroupNumber("The intersections", 300);
  assertThrows(
    () => checkGroupNumber("The intersections", 301),
    InputError,
    "The intersections: expected at most 300 groups, found 301",
  );
});

Deno.test("takeGroups() keeps every name and takes rows in the order asked for", () => {
  const taken = takeGroups({ names: ["a", "b", "c"], codes: Int32Array.of(2, 0, 1) }, [1, 0, 1]);
  assertEquals(taken, { names: ["a", "b", "c"], codes: Int32Array.of(0, 2, 0) });
});

Deno.test("scoredTable() takes names of one look for one group", () => {
  const { attributes: [schools] } = scoredTable({ ...two, groups: { school: ["École", "E\u0301cole "] } });
  assertEquals(schools!.groups.names, ["École"]);
});
