/** `deno task export`: a finished run's model as other programs load it. */
import type { Example } from "../data/mod.ts";
import { evaluate, type Evaluation, type Predictions, predictionsInput } from "../evaluate/mod.ts";
import { InputError } from "../errors.ts";
import { makeFolder, writeAtomic } from "../files.ts";
import { removeAll } from "../folders.ts";
import { loadOnnx, type OnnxModel } from "../graph/mod.ts";
import { Encoder, mergedWeights, onnxEncoder, openSafetensors, portableEmbeddings } from "../model/mod.ts";
import { writeAdapter, writeModelFolder, writeSafetensors, writeTokenizer } from "../model/mod.ts";
import { bundleWorker, readWasm } from "./browser/bundle.ts";
import { type PackedModel, packModel } from "./browser/page_model.ts";
import { PageScorer } from "./browser/page_scorer.ts";
import type { FinishedRun } from "./open_model.ts";
import { cosine, type NumberedPair, scorePairs } from "./token_cache.ts";

/** What a run can be exported as. */
export const EXPORT_FORMATS = ["peft", "sentence-transformers", "onnx", "browser"] as const;

/** One of {@linkcode EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How an exported model differs from the run's own, over the texts it was asked. */
export interface ExportCheck {
  /** File, below the folder. */
  readonly file: string;
  /** How many texts. */
  readonly texts: number;
  /** The smallest cosine between an embedding of the file and the run's own of the same text. */
  readonly leastCosine: number;
  /** The run's model and the file's on the test split, with the change from one to the other; null if not measured. */
  readonly evaluation: Evaluation | null;
  /** How many pairs of the test split are decided otherwise, and of how many; null if not measured. */
  readonly flipped: readonly [changed: number, of: number] | null;
}

/** Where to, and how. */
export interface ExportOptions {
  readonly format: Exclude<ExportFormat, "browser">;
  readonly output: string;
  /** sentence-transformers: keep the adapter apart instead of adding it to the weights. */
  readonly adapter?: boolean | undefined;
  /** The run's test split and what it predicted there: what 8 bits change is measured on it. */
  readonly tested?: { readonly examples: readonly Example[]; readonly predictions: Predictions } | undefined;
}

/**
 * Writes the files of a format into a folder that is there, without a model card, and computes with what was written:
 *
 * - `peft`: the adapter, and the tokenizer; `PeftModel.from_pretrained(base, folder)`.
 * - `sentence-transformers`: all that `SentenceTransformer(folder)` needs, the adapter added to the weights or apart.
 * - `onnx`: `onnx/model.onnx` and `onnx/model_quantized.onnx`, laid out as transformers.js loads them.
 *
 * @throws {InputError} If a file cannot be written, or the weights take more than the 2 GB of an ONNX file.
 */
export async function exportRun(run: FinishedRun, options: ExportOptions): Promise<ExportCheck[]> {
  const { format, output, adapter = false } = options;
  const { model, parameters } = run;
  await (format === "peft" ? writeTokenizer : writeModelFolder)(output, model.files);
  if (format === "peft" || (format === "sentence-transformers" && adapter)) {
    await writeAdapter(output, model.adapter, parameters);
    return [];
  }
  const weights = format === "onnx" ? `${output}/onnx/merged.safetensors` : `${output}/model.safetensors`;
  if (format === "onnx") await makeFolder(`${output}/onnx`, output);
  await using _unneeded = format === "onnx" ? { [Symbol.asyncDispose]: () => removeAll(weights) } : null;
  await writeSafetensors(weights, await mergedWeights(model.spec, parameters));
  const merged = { ...model.spec, lora: [], weights: (await openSafetensors(weights)).tensors };
  const texts = await askedTexts(run, options.tested?.examples ?? []);
  if (format === "sentence-transformers") {
    const encoder = await Encoder.compile(merged, { device: model.device.device });
    const embeddings = await encoder.embed(texts.tokens).finally(() => encoder.release());
    return [{ file: "model.safetensors", ...compared(texts, embeddings), evaluation: null, flipped: null }];
  }
  const checks: ExportCheck[] = [];
  for (const [file, int8] of [["onnx/model.onnx", false], ["onnx/model_quantized.onnx", true]] as const) {
    const written = await onnxEncoder(merged, { int8 });
    await writeAtomic(`${output}/${file}`, [written.bytes]);
    const embeddings = await computed(written, texts.tokens);
    const { tested } = options;
    const change = int8 && tested
      ? changeOf(run, scorePairs(texts.pairs, new Map(embeddings.entries())), tested.predictions)
      : { evaluation: null, flipped: null };
    checks.push({ file, ...compared(texts, embeddings), ...change });
  }
  return checks;
}

/** What a page is made of that runs the model itself. */
export interface PageExport {
  readonly packed: PackedModel;
  /** The script of the page's worker. */
  readonly worker: string;
  /** What the worker computes with. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly check: ExportCheck;
}

/** A page is a string, and strings end at half a gigabyte. */
const MOST_PAGE_BYTES = 350e6;

/**
 * Packs a run for a page, its weights in 8 bits, or in `float32`, and computes with them as the page will.
 * @throws {InputError} If a file cannot be read, or the weights are too large for a page.
 */
export async function exportPage(
  run: FinishedRun,
  { float32 = false, tested }: Pick<ExportOptions, "tested"> & { readonly float32?: boolean | undefined },
): Promise<PageExport> {
  const packed = await packModel(run, { int8: !float32 });
  if (packed.data.length > MOST_PAGE_BYTES) {
    const size = Math.round(packed.data.length / 1e6);
    throw new InputError(`--format browser: expected weights of at most 350 MB, found ${size} MB; take --format onnx`);
  }
  const texts = await askedTexts(run, tested?.examples ?? []);
  const scorer = await PageScorer.open(packed);
  const embeddings = await scorer.embed(texts.tokens).finally(() => scorer.release());
  const change = float32 || !tested
    ? { evaluation: null, flipped: null }
    : changeOf(run, scorePairs(texts.pairs, new Map(embeddings.entries())), tested.predictions);
  const check = { file: "index.html", ...compared(texts, embeddings), ...change };
  return { packed, worker: await bundleWorker(), wasm: await readWasm(), check };
}

/** Texts, and what the run itself makes of them. */
interface AskedTexts {
  readonly tokens: readonly (readonly number[])[];
  readonly embeddings: readonly Float32Array[];
  /** The test split's pairs by the numbers of their texts; none where its data are not at hand. */
  readonly pairs: readonly NumberedPair[];
}

/** Asked where a run's data are not at hand. */
const SENTENCES = [
  "We look for a nurse with experience in intensive care.",
  "Software engineer. Eight years of distributed systems in Go and Rust; led a team of five.",
  "Bachelor of Science in accounting, two internships, fluent in Spanish.",
];

async function askedTexts({ model, parameters }: FinishedRun, examples: readonly Example[]): Promise<AskedTexts> {
  const cache = model.newTokenCache();
  const pairs = examples.map((example) => cache.pair(example));
  if (pairs.length === 0) { for (const sentence of SENTENCES) cache.number(sentence, "resume"); }
  const encoder = await Encoder.compile(model.spec, { device: model.device.device });
  const embeddings = await encoder.embed(cache.tokens, parameters).finally(() => encoder.release());
  return { tokens: cache.tokens, embeddings, pairs };
}

async function computed(model: OnnxModel, tokens: AskedTexts["tokens"]): Promise<Float32Array[]> {
  const executable = await loadOnnx(model);
  return await portableEmbeddings(tokens, executable).finally(() => executable.release());
}

function compared({ embeddings: own }: AskedTexts, other: readonly Float32Array[]) {
  return { texts: own.length, leastCosine: Math.min(...own.map((embedding, i) => cosine(embedding, other[i]!))) };
}

/**
 * What changes for the people of the test split when the model is replaced by the file, with the run's threshold for
 * all: whoever loads the file knows nobody's group.
 */
function changeOf(
  { file }: FinishedRun,
  asked: Float64Array,
  predictions: Predictions,
): Pick<ExportCheck, "evaluation" | "flipped"> {
  const { scores } = predictions.models.tuned, threshold = file.thresholds.tuned;
  const models = { tuned: { scores, threshold }, int8: { scores: asked, threshold } };
  const { training: { seed }, evaluation: { resamples, confidence, smallGroup } } = file.config;
  const evaluation = evaluate(predictionsInput(predictions, "test split", models), {
    seed,
    resamples,
    confidence,
    smallBelow: smallGroup,
    comparisons: [["tuned", "int8"]],
  });
  const changed = asked.filter((score, i) => score >= threshold !== scores[i]! >= threshold).length;
  return { evaluation, flipped: [changed, asked.length] };
}
