import { assertEquals, assertStringIncludes } from "@std/assert";
import { biasByGroup, reliabilityByGroup } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { reliability } from "./reliability.ts";

function inputOf({ labels, tuned: scores, groups, clusters }: ReturnType<typeof fairnessRows>) {
  const data = { labels, scores, groups, clusters };
  const biases = biasByGroup(data, { rng: new Rng(1), resamples: 100 });
  return {
    attribute: "education",
    model: "tuned",
    groups: reliabilityByGroup(data, { bins: 5 }).map((group, g) => ({ ...group, bias: biases[g]! })),
    confidence: 0.95,
    unit: "candidates" as const,
    smallGroup: 30,
  };
}

const figure = reliability(inputOf(fairnessRows()));

Deno.test("reliability() looks as reviewed", () => assertSnapshot(figure));

Deno.test("reliability() says to whom scores promise too much", () => {
  assertStringIncludes(figure.title, "promise too much for");
  assertStringIncludes(figure.title, "“no positives” (+0.");
});

Deno.test("reliability() finds nothing where labels follow the scores", () => {
  const rng = new Rng(6);
  const scores = Array.from({ length: 200 }, () => rng.uniform());
  const labels = scores.map((score) => Number(rng.uniform() < score));
  const rows = { ...fairnessRows([["a", 100], ["b", 100]]), tuned: scores, labels };
  assertEquals(
    reliability(inputOf(rows)).title,
    "Scores of the tuned model promise no group too much or too little beyond chance",
  );
});

Deno.test("reliability() counts rows in each bin, and shows names as text", () => {
  const counts = (figure.data as { mode: string; text: string[] }[]).filter(({ mode }) => mode === "text");
  assertEquals(counts.flatMap(({ text }) => text.map(Number)).reduce((sum, n) => sum + n), 140);
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});
