/**
 * What is recorded: the commands, the files they read, and the files they leave that are compared. The only place
 * of the golden outputs that knows names of files, options and configuration keys: a change of those is a change
 * here.
 */

const HERE = import.meta.dirname!;
const ROOT = `${HERE}/../../..`;
const CLI = `${ROOT}/lib/cli/main.ts`;
const INPUTS = `${HERE}/inputs`;

/** One start of a command. */
export interface GoldenCase {
  /** The folder of `outputs/`, and the column `case` of `numbers.csv`. */
  readonly name: string;
  readonly command: "metrics" | "train" | "evaluate" | "infer" | "sweep" | "report";
  /** What follows the command's name; paths are relative to the working folder, where `<name>/` is the case's own. */
  readonly args: readonly string[];
  /** Files of the case's own folder that are compared, besides what is printed. */
  readonly files: readonly string[];
  /** Files of which only a hash is kept. */
  readonly hashed?: readonly string[];
  /** What is printed depends on the machine: a report says whether it found a browser to draw pictures with. */
  readonly unprinted?: boolean;
}

const scored = (name: string, args: readonly string[], ...csv: readonly string[]): GoldenCase => ({
  name,
  command: "metrics",
  args: [..."-i scored.csv --resamples 200 --seed 7".split(" "), ...args, "-o", name],
  files: ["evaluation.json", "evaluation.csv", "distances.csv", ...csv],
});
const score = ["--score", "score"], second = ["--score", "second_score"];
const label = ["--label", "label"], truth = ["--label", "truth"];
const education = ["--group", "education"], town = ["--group", "town"];
const cluster = ["--cluster", "candidate"], ranked = ["--rank-by", "job", "--top-k", "3"];

/** Tables that exist: they run side by side with what needs a model. */
export const METRICS_CASES: readonly GoldenCase[] = [
  scored("metrics_plain", [...score, ...education, ...town, ...label]),
  scored("metrics_threshold", [...score, ...education, ...label, "--threshold", "0.45", "--confidence", "0.9"]),
  scored("metrics_truth", [...second, ...education, ...town, ...truth, ...cluster]),
  scored(
    "metrics_ranking",
    [...score, ...education, ...label, "--acceptance-rate", "0.3", ...ranked, ...cluster]
      .concat(["--counterfactual-score", "counterfactual_score"]),
    "queries.csv",
  ),
  scored("metrics_weights", [...score, ...education, ...label, "--weight", "weight"]),
  scored("metrics_control", [...score, ...education, ...town, ...label, "--control", "town", "--intersections"]),
  scored("metrics_unlabelled", [...second, ...town, ...ranked, "--threshold", "0.6"], "queries.csv"),
];

const RUN_FILES = ["metrics/evaluation.json", "metrics/evaluation.csv", "metrics/predictions.csv"];
const HISTORY = ["metrics/history.jsonl", "metrics/epoch_metrics.csv"];
const trained = (name: string): GoldenCase => ({
  name,
  command: "train",
  args: ["-c", `${name}.json`, "-o", name],
  files: [...RUN_FILES, ...HISTORY],
  hashed: ["adapter_model.safetensors"],
});

/** Each needs what those before it have left. */
export const MODEL_CASES: readonly GoldenCase[] = [
  trained("train_plain"),
  trained("train_fair"),
  trained("train_by_group"),
  {
    name: "evaluate_own",
    command: "evaluate",
    args: ["--run", "train_fair", "-o", "evaluate_own"],
    files: ["evaluation.json", "evaluation.csv", "predictions.csv"],
  },
  {
    name: "evaluate_new",
    command: "evaluate",
    args: ["--run", "train_plain", "-i", "new_pairs.csv", "-o", "evaluate_new"],
    files: ["evaluation.json", "evaluation.csv", "predictions.csv"],
  },
  {
    name: "infer_scores",
    command: "infer",
    args: ["--run", "train_plain", "-i", "new_pairs.csv", "-o", "infer_scores/scores.csv"],
    files: ["scores.csv"],
  },
  {
    name: "infer_embeddings",
    command: "infer",
    args: ["--run", "train_fair", "--text", "nurse w1 master's degree", "--text", "baker w2"],
    files: [],
  },
  {
    name: "report",
    command: "report",
    args: ["--run", "train_fair", "--run", "train_fair", "-o", "report"],
    files: ["index.html", "model_card.md"],
    unprinted: true,
  },
  {
    name: "sweep",
    command: "sweep",
    args: ["-c", "sweep.json", "-o", "sweep"],
    files: ["sweep.csv", "front.csv", "test/evaluation.csv", "evaluation/evaluation.csv"],
  },
];

/** Both kinds. */
export const CASES = [...METRICS_CASES, ...MODEL_CASES];

const plain = {
  name: "golden",
  device: "cpu",
  model: { source: "./model", pooling: "mean", maxLength: 24 },
  lora: { rank: 4 },
  data: {
    path: "pairs.csv",
    columns: { candidateId: "person", jobId: "job_id", groundTruth: "truth" },
    groups: [{ name: "education", extract: "degree" }, { name: "town", column: "town" }],
    validation: 0.2,
    test: 0.35,
  },
  training: { epochs: 2, batchSize: 8, learningRate: 5e-3 },
  evaluation: { resamples: 200, smallGroup: 10 },
};

const fair = {
  ...plain,
  data: { ...plain.data, columns: { ...plain.data.columns, split: "part" } },
  balance: { batches: "balanced", weights: "reweighing" },
  fairness: {
    attributes: ["education"],
    adversary: { weight: 0.5, hidden: 4 },
    demographicParity: { weight: 1 },
    equalizedOdds: { weight: 1, spread: "toOverall" },
    counterfactual: { weight: 1 },
    distillation: { weight: 0.5 },
  },
  selection: { maxGap: 0.3, improvement: "mix" },
};

const byGroup = {
  ...plain,
  data: { ...fair.data, groups: plain.data.groups.toReversed() },
  training: { ...plain.training, seed: 3 },
  evaluation: { ...plain.evaluation, groupThresholds: "demographicParity" },
};

const sweep = {
  name: "golden-sweep",
  base: "train_plain.json",
  variants: { plain: {}, fair: { "fairness.demographicParity.weight": 2 } },
  seeds: [1, 2],
  evaluation: "new_pairs.csv",
};

/** Makes the working folder that the commands run in. */
export async function prepareFolder(folder: string): Promise<void> {
  for (const name of ["scored.csv", "pairs.csv", "new_pairs.csv"]) {
    await Deno.copyFile(`${INPUTS}/${name}`, `${folder}/${name}`);
  }
  await Deno.mkdir(`${folder}/model`);
  await Deno.copyFile(`${INPUTS}/tokenizer.json`, `${folder}/model/tokenizer.json`);
  for (const name of ["config.json", "model.safetensors"]) {
    await Deno.copyFile(`${HERE}/../bert_lora_tiny/base/${name}`, `${folder}/model/${name}`);
  }
  const configurations = { train_plain: plain, train_fair: fair, train_by_group: byGroup, sweep };
  for (const [name, value] of Object.entries(configurations)) {
    await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(value));
  }
}

/**
 * Runs a command in the working folder.
 *
 * @returns What is compared, by the file's name in `outputs/<case>/`: `text.txt` is what was printed, `hashes.txt`
 *   holds SHA-256.
 */
export async function runCase({ name, command, args, files, hashed = [], unprinted }: GoldenCase, folder: string) {
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--config", `${ROOT}/deno.json`, CLI, command, ...args],
    cwd: folder,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  if (code !== 0) throw new Error(`${name} failed: ${new TextDecoder().decode(stderr)}`);
  const outputs: Record<string, string> = unprinted ? {} : { "text.txt": new TextDecoder().decode(stdout) };
  for (const file of files) {
    const text = await Deno.readTextFile(`${folder}/${name}/${file}`);
    const flat = file.replaceAll("/", "_");
    if (file.endsWith(".html")) outputs[flat.replace(".html", ".txt")] = pageText(text);
    else outputs[flat] = file === "sweep.csv" ? withoutColumn(text, "fingerprint") : text;
  }
  if (hashed.length > 0) {
    outputs["hashes.txt"] = (await Promise.all(hashed.map(async (file) => {
      const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${folder}/${name}/${file}`));
      return `${new Uint8Array(hash).toHex()}  ${file}\n`;
    }))).join("");
  }
  return Object.fromEntries(Object.entries(outputs).map(([file, text]) => [file, withoutVersions(text)]));
}

/** What a reader sees of a page, a line per cell or paragraph. */
function pageText(html: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };
  return html
    .replace(/<(script|style|svg|title)\b[\s\S]*?<\/\1>/g, " ")
    .replace(
      /<\/?(p|div|section|h\d|li|ul|ol|t[rdh]|table|thead|tbody|caption|figure|figcaption|summary)\b[^>]*>/g,
      "\n",
    )
    .replace(/<[^>]*>/g, "")
    .replace(/&(\w+|#39);/g, (all, name) => entities[name] ?? all)
    .split("\n").map((line) => line.replace(/\s+/g, " ").trim()).filter((line) => line !== "").join("\n") + "\n";
}

/** The fingerprint of a trial covers the configuration as it is written, which may gain keys. */
function withoutColumn(csv: string, column: string): string {
  const lines = csv.trimEnd().split("\n").map((line) => line.split(","));
  const at = lines[0]!.indexOf(column);
  return lines.map((cells) => cells.toSpliced(at, 1).join(",") + "\n").join("");
}

/** The versions that a run was made with say nothing about its numbers. */
function withoutVersions(text: string): string {
  return text.replace(
    /(\b[Dd]eno|onnxruntime-node|@huggingface\/transformers) v?\d+\.\d+\.\d+(?:-[\w.]+)?/g,
    "$1 <version>",
  );
}
