import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate, type EvaluationInput } from "../../evaluate/mod.ts";
import type { Html } from "../html/html.ts";
import { flipParts } from "./flips.ts";

const input: EvaluationInput = {
  source: "x.csv",
  scores: {
    base: { scores: [0.9, 0.4, 0.6, 0.1], threshold: 0.5 },
    tuned: { scores: [0.9, 0.8, 0.3, 0.1], counterfactual: [0.2, 0.7, NaN, 0.6], threshold: 0.5 },
  },
  labels: [1, 0, 1, 0],
  groups: { school: ["A", "<b>", "A", "<b>"] },
  clusters: ["ann", "bob", "cy", "dee"],
  columns: { cluster: "person" },
};

/** The CSV files that a list links to, by name. */
function filesOf(markup: string): Record<string, string> {
  return Object.fromEntries(
    [...markup.matchAll(/download="([^"]+)"\s+href="data:text\/csv;charset=utf-8;base64,([^"]*)"/g)].map((
      [, name, data],
    ) => [name, new TextDecoder().decode(Uint8Array.fromBase64(data!))]),
  );
}

Deno.test("flips are listed with who they are of, the two scores, and what became of the decision", () => {
  const evaluation = evaluate(input, { resamples: 10, comparisons: [["base", "tuned"]] });
  const [{ markup }] = flipParts(evaluation, input) as [Html];
  assertEquals(filesOf(markup), {
    "counterfactual-flips.csv": "row,person,school,label,tuned,counterfactual,decision\n" +
      "1,ann,A,1,0.9,0.2,no longer selected\n4,dee,<b>,0,0.1,0.6,selected\n",
    "changed-decisions.csv": "row,person,school,label,base,tuned,decision\n" +
      "2,bob,<b>,0,0.4,0.8,selected\n3,cy,A,1,0.6,0.3,no longer selected\n",
  });
  assertStringIncludes(markup, "Decisions of tuned that the counterfactual overturns: 2");
  assertStringIncludes(markup, "Selected now: 1; no longer: 1.");
  assert(!markup.includes("<b>"));
});

Deno.test("without counterfactuals and comparisons there is nothing to list, and no flip is said to be none", () => {
  const plain = { ...input, scores: { base: [0.9, 0.4, 0.6, 0.1] } };
  assertEquals(flipParts(evaluate(plain, { resamples: 10 }), plain), []);
  const same = { ...input, scores: { base: [0.9, 0.1, 0.6, 0.1], tuned: [0.8, 0.2, 0.7, 0.1] } };
  const [{ markup }] = flipParts(evaluate(same, { resamples: 10, comparisons: [["base", "tuned"]] }), same) as [Html];
  assertStringIncludes(markup, "Decisions in which tuned differs from base: none.");
});
