import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { Marked } from "marked";
import { HOSTILE, NO_DATA, reportRun, type RunOptions } from "./_testing.ts";
import { modelCard } from "./model_card.ts";
import { type BaseModel, reportOf, type ReportRun } from "./report.ts";

interface FrontMatter {
  readonly license: string;
  readonly license_name?: string;
  readonly base_model?: string;
  readonly language?: string;
  readonly "model-index": readonly [{
    readonly name: string;
    readonly results: readonly [{
      readonly dataset: { readonly name: string };
      readonly metrics: readonly { readonly type: string; readonly name: string; readonly value: number }[];
    }];
  }];
}

function cardOf(changes: Partial<ReportRun> = {}, options: RunOptions = {}): { card: string; front: FrontMatter } {
  const card = modelCard(reportOf({ ...reportRun(options), ...changes }, [], NO_DATA));
  const [, yaml] = /^---\n(.*?)\n---\n/s.exec(card)!;
  return { card, front: parse(yaml!) as FrontMatter };
}

const withBase = (changes: Partial<BaseModel>) => cardOf({ base: { ...reportRun().base, ...changes } });

Deno.test("modelCard() lists the tuned model's numbers for the hub", () => {
  const run = reportRun();
  const { front } = cardOf(run);
  const { metrics } = run.evaluation.models[1]!.overall;
  const [{ name, results: [{ dataset, metrics: listed }] }] = front["model-index"];
  assertEquals([name, dataset.name, front.license, front.base_model, front.language], [
    "fair",
    "pairs.csv",
    "mit",
    "thenlper/gte-small",
    "en",
  ]);
  const find = (type: string) => listed.filter((own) => own.type === type).map(({ value }) => value);
  assertEquals(find("roc_auc"), [metrics.rocAuc!.value!, metrics.groundTruthRocAuc!.value!]);
  assertEquals(find("accuracy"), [metrics.accuracy!.value!]);
  const parity = run.evaluation.models[1]!.attributes[0]!.disparities.find(({ metric }) =>
    metric === "demographicParityDifference"
  );
  assertEquals(find("demographic_parity_difference"), [parity!.value!]);
});

Deno.test("modelCard() leaves undefined numbers out of the front matter", () => {
  const { front } = cardOf({}, { hasGroundTruth: false });
  const [{ results: [{ metrics }] }] = front["model-index"];
  assertEquals(metrics.map(({ type }) => type), [
    "roc_auc",
    "average_precision",
    "accuracy",
    "f1",
    "demographic_parity_difference",
    "equalized_odds_difference",
  ]);
});

Deno.test("a licence or a name cannot add lines to the front matter", () => {
  const licence = "MIT\nlanguage: xx\n---\n# Forged";
  const { card, front } = withBase({ licence, hub: "ann/own: [x]", english: false });
  assertEquals([front.license, front.license_name], ["other", "MIT language: xx --- # Forged"]);
  assertEquals(withBase({ licence: "Apache-2.0" }).front.license, "apache-2.0");
  assertEquals([front.base_model, front.language], ["ann/own: [x]", undefined]);
  assertEquals(card.match(/^# /gm)?.length, 1);
  const { card: named } = cardOf({ name: `"a"\n- b: <script>` });
  assert(!named.includes("<script>"));
});

Deno.test("no name makes an element, a heading, a link or an escape sequence of the card's Markdown", () => {
  const evil =
    "\n\n# x\n---\n<img src=x onerror=alert(1)> [a](javascript:b) ```\n\n<script>\u001b]0;t\u0007</script> https://c.d";
  const { card } = cardOf({
    name: evil,
    folder: `models/${evil}`,
    base: { ...reportRun().base, licence: evil, hub: evil, name: evil },
  });
  const [, front, body] = /^---\n(.*?)\n---\n(.*)$/s.exec(card)!;
  assert(!/[<>]/.test(front!) && !card.includes("\u001b"));
  const markup = new Marked().parse(body!, { async: false });
  const tags = new Set(markup.match(/<[a-z][a-z0-9]*/g));
  for (const tag of ["<img", "<script", "<a", "<hr"]) assert(!tags.has(tag), tag);
  assertEquals(markup.match(/<h1/g)?.length, 1);
});

Deno.test("a model of a folder has no base model on the hub, and a licence that nobody knows", () => {
  const { card, front } = withBase({ hub: null, name: "own", licence: null, english: false });
  assertEquals([front.license, "base_model" in front, "language" in front], ["unknown", false, false]);
  assertStringIncludes(card, "The licence of the base model, own, is not known here");
  assertStringIncludes(card, `AutoTokenizer.from_pretrained("own")`);
});

Deno.test("modelCard() escapes what comes from data, names no path of the machine, and has every section", () => {
  const { card } = cardOf();
  assert(!card.includes(HOSTILE) && !card.includes("<b>") && !card.includes("/home/ann"));
  assertStringIncludes(card, "| \\<b\\>R\\&D\\</b\\> \\| \\*x\\* |");
  assertEquals(card.match(/^## .*$/gm), [
    "## Intended use",
    "## Training data",
    "## Training procedure",
    "## Evaluation",
    "## Limits",
    "## Licence",
    "## How to load it",
  ]);
  assertStringIncludes(card, "### education");
  assertStringIncludes(card, "† fewer than 30 rows");
  assertStringIncludes(card, `openRun("fair")`);
});

Deno.test("modelCard() says what was not measured", () => {
  const texts = [
    "There is no ground-truth label for these data.",
    "Counterfactuals were not measured.",
    "Leakage from embeddings was not measured.",
  ];
  const { card: bare } = cardOf({}, { hasGroundTruth: false, hasCounterfactuals: false });
  const { card: full } = cardOf({}, { hasLeakage: true });
  for (const text of texts) {
    assertStringIncludes(bare, text);
    assert(!full.includes(text));
  }
});

Deno.test("modelCard() pools as the base model does, and puts its instructions before texts", () => {
  const use = { normalize: true, queryInstruction: "", passageInstruction: "" };
  assertStringIncludes(withBase({ use: { ...use, pooling: "cls" } }).card, "vectors = hidden[:, 0]");
  assertStringIncludes(withBase({ use: { ...use, pooling: "mean" } }).card, "(hidden * mask).sum(1) / mask.sum(1)");
  assertStringIncludes(withBase({ use: null }).card, "pool the tokens as the base model’s own files say");
  const raw = withBase({
    use: { pooling: "mean", normalize: false, queryInstruction: "query: ", passageInstruction: "" },
  });
  assertStringIncludes(raw.card, `# put "query: " before jobs and "" before résumés`);
  assertStringIncludes(raw.card, "job, resume = vectors\n");
});

Deno.test("modelCard() says what was masked, and counts the parts that were read", () => {
  const run = reportRun();
  const { data } = run.file.config;
  const masked = { ...run.file, config: { ...run.file.config, data: { ...data, mask: ["degree" as const] } } };
  const parts = { train: [], validation: [], test: [], notes: [], masking: { table: [] } };
  const card = modelCard(reportOf({ ...run, file: masked }, [], parts));
  assertStringIncludes(card, "Masked in résumés: degree; mask what you score in the same way");
  assertStringIncludes(card, "0 training, 0 validation and 0 test pairs, split by candidate.");
  assertStringIncludes(cardOf().card, "Nothing in the résumés was masked.");
});
