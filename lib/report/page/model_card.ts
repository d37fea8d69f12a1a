/** A model card, as the Hugging Face hub reads it: YAML for machines, then Markdown for people. */
import { stringify } from "@std/yaml";
import { metricTitle } from "../../evaluate/mod.ts";
import { printable } from "../../printable.ts";
import { count, listText, markdownText, number } from "../format.ts";
import { tableMarkdown } from "../table.ts";
import { attributesOf, endsOf, type Report, shownPath, stepText } from "./report.ts";
import { findingsOf } from "../findings.ts";
import { intervalsText, limitsOf, subjectText } from "./sections.ts";
import { scorecard } from "./decision.ts";
import { rateTable } from "./tables.ts";

/** What the folder that a card lies in is loaded with. */
export type CardFormat = "peft" | "sentence-transformers" | "onnx" | "browser";

/** The model card of a report's subject: front matter for the hub, and what a user must know. */
export function modelCard(report: Report, format: CardFormat = "peft"): string {
  const { subject: { name }, evaluation } = report;
  return [
    `---\n${stringify(frontMatter(report, format), { lineWidth: -1 })}---`,
    `# ${markdownText(name)}`,
    markdownText(subjectText(report)),
    findingsOf(evaluation).map(({ text }) => `- ${markdownText(text)}.`).join("\n"),
    markdownText(intervalsText(report)),
    "## Intended use",
    INTENDED_USE,
    `**Out of scope:** ${OUT_OF_SCOPE}`,
    "## Training data",
    dataText(report),
    "## Training procedure",
    trainingText(report),
    "## Evaluation",
    tableMarkdown(scorecard(evaluation)),
    ...attributesOf(evaluation).flatMap((attribute) => [
      `### ${markdownText(attribute)}`,
      tableMarkdown(rateTable(attribute, [evaluation.models.at(-1)!.name], evaluation)),
    ]),
    ...evaluationNotes(report),
    "## Limits",
    limitsOf(report).map((text) => `- ${markdownText(text)}`).join("\n"),
    "## Licence",
    licenceText(report),
    "## How to load it",
    LOADING[format](report),
  ].join("\n\n") + "\n";
}

/** What a model is for. */
export const INTENDED_USE = "Ranking résumés for a job, or jobs for a résumé, as a help for people who decide, and " +
  "research on how fine-tuning changes the treatment of groups.";

/** What it is not for. */
export const OUT_OF_SCOPE = "deciding about people without a person; other languages, documents or populations than " +
  "those of the training data; inferring anybody’s education or another attribute.";

/** Numbers that the hub lists, by the names it knows. */
const LISTED = { rocAuc: "roc_auc", averagePrecision: "average_precision", accuracy: "accuracy", f1: "f1" } as const;
const LISTED_DISPARITIES = {
  demographicParityDifference: "demographic_parity_difference",
  equalizedOddsDifference: "equalized_odds_difference",
} as const;

/** What the hub reads: licence, base model, tags, and results by name. */
function frontMatter(
  { subject: { name, file, base }, evaluation }: Report,
  format: CardFormat,
): Record<string, unknown> {
  const { overall: { metrics }, attributes } = endsOf(evaluation).tuned;
  // Some pages show front matter as it is.
  const plain = (text: string) => printable(oneLine(text)).replaceAll("<", "‹").replaceAll(">", "›");
  const metric = (type: string, title: string, value: number | null | undefined) =>
    value === null || value === undefined ? [] : [{ type, name: plain(title), value }];
  return {
    ...licenceOf(base.licence),
    ...(base.hub === null ? {} : { base_model: plain(base.hub) }),
    ...(format === "browser" ? {} : { library_name: format === "onnx" ? "transformers.js" : format }),
    pipeline_tag: "sentence-similarity",
    ...(base.english ? { language: "en" } : {}),
    tags: ["lora", "sentence-similarity", "feature-extraction", "fairness"],
    metrics: ["roc_auc", "f1"],
    "model-index": [{
      name: plain(name),
      results: [{
        task: { type: "sentence-similarity" },
        dataset: { name: plain(shownPath(file.config.data.path)), type: "text-pairs", split: "test" },
        metrics: [
          ...Object.entries(LISTED).flatMap(([own, type]) => metric(type, metricTitle(own), metrics[own]?.value)),
          ...metric("roc_auc", metricTitle("groundTruthRocAuc"), metrics.groundTruthRocAuc?.value),
          ...attributes.flatMap(({ attribute, disparities }) =>
            Object.entries(LISTED_DISPARITIES).flatMap(([own, type]) =>
              metric(type, `${metricTitle(own)}, ${attribute}`, disparities.find(({ metric }) => metric === own)?.value)
            )
          ),
        ],
      }],
    }],
  };
}

/** The hub knows licences by their identifiers; another has a name beside `other`. */
function licenceOf(licence: string | null): Record<string, string> {
  if (licence === null) return { license: "unknown" };
  if (/^[a-z0-9][a-z0-9.+-]{0,63}$/i.test(licence)) return { license: licence.toLowerCase() };
  return { license: "other", license_name: printable(oneLine(licence)).replace(/[<>]/g, "") };
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();

function dataText({ subject: { file: { config } }, evaluation, data }: Report): string {
  const parts = "missing" in data ? "" : `${count(data.train.length)} training, ${count(data.validation.length)} ` +
    `validation and ${count(data.test.length)} test pairs, split by candidate. `;
  const masked = config.data.mask.length === 0
    ? "Nothing in the résumés was masked."
    : `Masked in résumés: ${
      markdownText(listText(config.data.mask))
    }; mask what you score in the same way, as \`deno task infer\` does.`;
  const groups = markdownText(listText(attributesOf(evaluation)));
  return `${markdownText(shownPath(config.data.path))}. ${parts}Groups: ${groups}. ${masked}`;
}

function trainingText({ subject: { file, adapter } }: Report): string {
  const { lora, training } = file.config;
  return `LoRA of rank ${lora.rank} (alpha ${lora.alpha}) on ${markdownText(listText(lora.targetModules))}, ${
    count(adapter.parameters)
  } trained numbers; objective ${training.objective}, ${count(file.steps)} steps of ${
    stepText(training)
  }, learning rate ${training.learningRate}, seed ${training.seed}. Epoch ${file.bestEpoch} was kept. ` +
    `A pair is accepted from a cosine of ${number(file.thresholds.tuned)} on.`;
}

function evaluationNotes({ evaluation }: Report): string[] {
  const { data, leakage } = evaluation;
  return [
    `Brackets are bootstrap intervals over ${data.clusters === null ? "pairs" : "candidates"} of the test split.`,
    ...(data.columns.groundTruth === null ? ["There is no ground-truth label for these data."] : []),
    ...(endsOf(evaluation).tuned.overall.counterfactual === null ? ["Counterfactuals were not measured."] : []),
    ...(leakage.length === 0 ? ["Leakage from embeddings was not measured."] : []),
  ];
}

function licenceText({ subject: { base } }: Report): string {
  const name = markdownText(base.name);
  return base.licence === null
    ? `The licence of the base model, ${name}, is not known here; it applies to the adapter’s use as well.`
    : `The base model, ${name}, is under ${markdownText(base.licence)}, which applies to the adapter’s use as well.`;
}

const LOADING: Readonly<Record<CardFormat, (report: Report) => string>> = {
  "peft": peftText,
  "sentence-transformers": sentenceTransformersText,
  "onnx": onnxText,
  "browser": () =>
    "Open `index.html` in a browser. The model is in it and runs there, also without a network and from a folder; what " +
    "is pasted does not leave the page.",
};

function sentenceTransformersText({ subject: { file } }: Report): string {
  return `\`\`\`python
from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
job = model.encode("a job", prompt_name="query")
resume = model.encode("a résumé", prompt_name="document")
score = model.similarity(job, resume)  # accepted from ${number(file.thresholds.tuned)} on
\`\`\``;
}

function onnxText({ subject: { file, base: { use } } }: Report): string {
  const texts = [`${use?.queryInstruction ?? ""}a job`, `${use?.passageInstruction ?? ""}a résumé`];
  return `\`onnx/model.onnx\` is in float32, \`onnx/model_quantized.onnx\` in 8 bits (\`dtype: "q8"\`). Both give
\`last_hidden_state\`, and \`sentence_embedding\` with pooling inside.

\`\`\`js
import { AutoModel, AutoTokenizer, cos_sim, env } from "@huggingface/transformers";

env.allowLocalModels = true; // and env.localModelPath, the folder above this one
const tokenizer = await AutoTokenizer.from_pretrained("this-folder");
const model = await AutoModel.from_pretrained("this-folder", { dtype: "fp32" });
const texts = ${JSON.stringify(texts)};
const { sentence_embedding } = await model(tokenizer(texts, { padding: true, truncation: true }));
const [job, resume] = sentence_embedding.tolist();
const score = cos_sim(job, resume); // accepted from ${number(file.thresholds.tuned)} on
\`\`\``;
}

function peftText({ subject: { folder, file, base } }: Report): string {
  const path = JSON.stringify(shownPath(folder));
  const model = JSON.stringify(base.hub ?? base.name);
  const { use } = base;
  const { maxLength } = file.config.model;
  const limit = maxLength === "auto" ? base.use?.maxLength ?? null : maxLength;
  const cut = limit === null ? "" : `max_length=${limit}, `;
  const options = `padding=True, truncation=True, ${cut}return_tensors="pt"`;
  const pooled = use === null
    ? "vectors = ...  # pool the tokens as the base model’s own files say\n"
    : use.pooling === "cls"
    ? "vectors = hidden[:, 0]\n"
    : `mask = batch["attention_mask"].unsqueeze(-1)\nvectors = (hidden * mask).sum(1) / mask.sum(1)\n`;
  const prefixes = use !== null && (use.queryInstruction !== "" || use.passageInstruction !== "")
    ? `# put ${JSON.stringify(use.queryInstruction)} before jobs and ${
      JSON.stringify(use.passageInstruction)
    } before résumés\n`
    : "";
  return `In Python:

\`\`\`python
import torch
from peft import PeftModel
from transformers import AutoModel, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(${model})
model = PeftModel.from_pretrained(AutoModel.from_pretrained(${model}), ${path}).eval()
${prefixes}batch = tokenizer(["a job", "a résumé"], ${options})
with torch.no_grad():
    hidden = model(**batch).last_hidden_state
${pooled}job, resume = ${use?.normalize === false ? "vectors" : "torch.nn.functional.normalize(vectors)"}
score = torch.nn.functional.cosine_similarity(job, resume, dim=0)
\`\`\`

In TypeScript, within this project:

\`\`\`ts
import { Encoder, openRun } from "./lib/mod.ts";

const { model, parameters } = await openRun(${path});
const encoder = await Encoder.compile(model.spec, { device: model.device.device });
const cache = model.newTokenCache();
cache.number("a job", "job");
cache.number("a résumé", "resume");
const [job, resume] = await encoder.embed(cache.tokens, parameters);
await encoder.release();
\`\`\`

From the command line: \`deno task infer --run ${
    printable(oneLine(shownPath(folder))).replaceAll("`", "")
  } --input pairs.csv --output scored.csv\``;
}
