/** A model card, as the Hugging Face hub reads it. */
import { count, listText, number } from "../format.ts";
import type { Estimate } from "../../metrics/mod.ts";
import { QUALITY_TITLES } from "../quality_text.ts";
import type { Report } from "../report_run.ts";
import { baseModel, shownPath } from "./base_model.ts";
import type { Comparison } from "./comparison.ts";
import { glanceRows } from "./glance.ts";
import { limitsOf } from "./limits.ts";
import { summarise } from "./summary.ts";
import { estimateText } from "./words.ts";

/**
 * Text from data, as Markdown must hold it to show it as it is, in a paragraph or the cell of a table.
 *
 * @param text Any text.
 * @returns Markdown on one line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { markdownText } from "./model_card.ts";
 *
 * assertEquals(markdownText("<b> | *x*\n# y"), "\\<b\\> \\| \\*x\\* \\# y");
 * ```
 */
export function markdownText(text: string): string {
  return text.replace(/[\s]+/g, (space) => space.includes("\n") ? " " : space).replace(
    /[\\`*_{}[\]<>#|~&!$]|^(?=[-+=])|:(?=\/\/)/g,
    (mark) => `\\${mark}`,
  );
}

const cell = (estimate: Estimate | undefined, written: "number" | "signed" = "number") =>
  estimate === undefined ? "–" : markdownText(estimateText(estimate, written));

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * The model card of a report's subject: front matter for the hub, and what a user must know.
 *
 * @param report The runs.
 * @param comparison Their models.
 * @returns Markdown.
 */
export function modelCard(report: Report, comparison: Comparison): string {
  const { subject, data } = report;
  const { name, file, adapter, quality, predictions } = subject;
  const { config } = file;
  const base = baseModel(file, adapter);
  const { models, changes } = comparison;
  const rows = glanceRows(comparison);
  const attributes = Object.keys(quality.tuned.attributes);
  const trained = "missing" in data ? "" : `${count(data.train.length)} training, ${count(data.validation.length)} ` +
    `validation and ${count(data.test.length)} test pairs, split by candidate. `;
  const groups = attributes.map((attribute) =>
    `### ${markdownText(attribute)}\n\n` + markdownTable(
      [
        "group",
        "n",
        "label 1",
        ...["selectionRate", "tpr", "fpr", "rocAuc"].map((rate) => QUALITY_TITLES[rate as "tpr"]),
      ],
      quality.tuned.attributes[attribute]!.groups.map(({ group, count: n, positives, small, metrics }) => [
        markdownText(group) + (small ? "†" : ""),
        count(n),
        count(positives),
        ...(["selectionRate", "tpr", "fpr", "rocAuc"] as const).map((rate) => cell(metrics[rate])),
      ]),
    )
  );
  return [
    frontMatter(report),
    `# ${markdownText(name)}`,
    // A line each between empty ones: paragraphs.
    ...summarise(report, comparison).map(markdownText),
    "## Intended use",
    "Ranking résumés for a job, or jobs for a résumé, as a help for people who decide, and research on how fine-tuning " +
    "changes the treatment of groups.",
    "**Out of scope:** deciding about people without a person; other languages, documents or populations than those of the " +
    "training data; inferring anybody’s education or another attribute.",
    "## Training data",
    `${markdownText(shownPath(config.data.path))}. ${trained}Groups: ${markdownText(listText(attributes))}. ${
      config.data.mask.length === 0
        ? "Nothing in the résumés was masked."
        : `Masked in résumés: ${
          listText(config.data.mask)
        }; mask what you score in the same way, as \`deno task infer\` does.`
    }`,
    "## Training procedure",
    `LoRA of rank ${config.lora.rank} (alpha ${config.lora.alpha}) on ${
      markdownText(listText(config.lora.targetModules))
    }, ${count(adapter.parameters)} trained numbers; objective ${config.training.objective}, ${
      count(file.steps)
    } steps of ${
      config.training.batchSize * config.training.accumulation
    } pairs, learning rate ${config.training.learningRate}, seed ${config.training.seed}. Epoch ${file.bestEpoch} was kept. A pair is accepted from a cosine of ${
      number(file.thresholds.tuned)
    } on.`,
    "## Evaluation",
    markdownTable(
      [
        "",
        ...models.map(({ name }) => markdownText(name)),
        ...changes.map(({ from, to }) => markdownText(`${to} − ${from}`)),
      ],
      rows.map(({ title, models, changes }) => [
        markdownText(title),
        ...models.map((estimate) => cell(estimate)),
        ...changes.map((estimate) => cell(estimate, "signed")),
      ]),
    ),
    ...groups,
    `† fewer than ${config.evaluation.smallGroup} rows. Brackets are bootstrap intervals over ${
      quality.candidates === null ? "pairs" : "candidates"
    } of the test split.`,
    ...(predictions.groundTruth === null ? ["There is no ground-truth label for these data."] : []),
    ...(quality.tuned.counterfactual ? [] : ["Counterfactual twins were not measured."]),
    ...(quality.leakage ? [] : ["Leakage from embeddings was not measured."]),
    "## Limits",
    limitsOf(report, comparison).map((text) => `- ${markdownText(text)}`).join("\n"),
    "## Licence",
    base.licence === null
      ? `The licence of the base model, ${
        markdownText(base.name)
      }, is not known here; it applies to the adapter’s use as well.`
      : `The base model, ${
        markdownText(base.name)
      }, is under ${base.licence}, which applies to the adapter’s use as well.`,
    "## How to load it",
    loading(report),
  ].join("\n\n") + "\n";
}

function frontMatter({ subject: { name, file, adapter, quality } }: Report): string {
  const base = baseModel(file, adapter);
  // In YAML's double quotes as in JSON's; some pages show front matter as it is.
  const text = (value: string) => JSON.stringify(value).replaceAll("<", "\\u003c");
  const metric = (type: string, title: string, { estimate }: Estimate) =>
    estimate.value === null
      ? []
      : [`        - type: ${type}`, `          name: ${text(title)}`, `          value: ${estimate.value}`];
  const { overall, groundTruthRocAuc, attributes } = quality.tuned;
  return [
    "---",
    `license: ${base.licence === null ? "unknown" : base.licence.toLowerCase()}`,
    ...(base.hub === null ? [] : [`base_model: ${text(base.hub)}`]),
    "library_name: peft",
    "pipeline_tag: sentence-similarity",
    ...(base.english ? ["language: en"] : []),
    "tags:",
    "  - lora",
    "  - sentence-similarity",
    "  - feature-extraction",
    "  - fairness",
    "metrics:",
    "  - roc_auc",
    "  - f1",
    "model-index:",
    `  - name: ${text(name)}`,
    "    results:",
    "      - task:",
    "          type: sentence-similarity",
    "        dataset:",
    `          name: ${text(shownPath(file.config.data.path))}`,
    "          type: text-pairs",
    "          split: test",
    "        metrics:",
    ...[
      ...metric("roc_auc", "ROC-AUC", overall.rocAuc),
      ...(groundTruthRocAuc ? metric("roc_auc", "ROC-AUC against ground truth", groundTruthRocAuc) : []),
      ...metric("average_precision", "Average precision", overall.averagePrecision),
      ...metric("accuracy", "Accuracy", overall.accuracy),
      ...metric("f1", "F1", overall.f1),
      ...Object.entries(attributes).flatMap(([attribute, { gaps }]) => [
        ...metric(
          "demographic_parity_difference",
          `Demographic parity difference, ${attribute}`,
          gaps.demographicParityDifference,
        ),
        ...metric("equalized_odds_difference", `Equalized odds difference, ${attribute}`, gaps.equalizedOddsDifference),
      ]),
    ].map((line) => line.replace(/^ {8}/, "          ")),
    "---",
  ].join("\n");
}

function loading({ subject: { folder, file, adapter } }: Report): string {
  const base = baseModel(file, adapter);
  const path = JSON.stringify(shownPath(folder));
  const { use } = base;
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

tokenizer = AutoTokenizer.from_pretrained(${JSON.stringify(base.hub ?? base.name)})
model = PeftModel.from_pretrained(AutoModel.from_pretrained(${JSON.stringify(base.hub ?? base.name)}), ${path}).eval()
${prefixes}batch = tokenizer(["a job", "a résumé"], padding=True, truncation=True, max_length=${file.config.model.maxLength}, return_tensors="pt")
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
    shownPath(folder).replaceAll("`", "")
  } --input pairs.csv --output scored.csv\``;
}
