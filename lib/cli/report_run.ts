/** All that finished runs left behind, read for a report. */
import { dirname } from "@std/path";
import { z } from "zod";
import { type BalanceRow, openDataset, readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { type Evaluation, readEvaluation, readPredictions } from "../evaluate/mod.ts";
import { exists, fileSha256 } from "../files.ts";
import { findKnownModel, openSafetensors, readAdapterConfig } from "../model/mod.ts";
import { type BaseModel, type Report, type ReportData, reportOf, type ReportRun, shownPath } from "../report/mod.ts";
import { checkFiles, readHistory, readRunFile, type RunFile, runPathsAt } from "../train/mod.ts";

/**
 * Reads finished runs, the first of which is the subject of the report, and the subject's data. `folders`: Where `deno
 * task train` left adapter and `run.json`; at least one. Throws an InputError if a folder holds no finished run, or a
 * file of it is missing, damaged, or of another run.
 */
export async function readReport(folders: readonly string[]): Promise<Report> {
  const runs: ReportRun[] = [];
  // The base model is a model of the report as well.
  const taken = new Set(["base"]);
  for (const folder of folders) {
    const run = await readReportRun(folder);
    // Objects order keys that are numbers before all others, and models are an object's keys.
    const plain = /^\d+$/.test(run.name) ? `run ${run.name}` : run.name;
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain} (${n})`;
    taken.add(name);
    runs.push({ ...run, name });
  }
  const [subject, ...others] = runs;
  if (subject === undefined) throw new InputError("--run: expected the folder of a run, found none");
  const report = reportOf(subject, others, await readData(subject.file));
  return { ...report, elsewhere: await readElsewhere(report) };
}

/** Evaluations beside those of the subject that are about other people, and that they are. */
async function readElsewhere({ subject: { folder, file }, evaluation: { data } }: Report): Promise<string[]> {
  const { metrics } = await runPathsAt(folder.replace(/(?<=.)[\\/]+$/, ""), file.config.name);
  const beside = dirname(metrics);
  const found: string[] = [];
  for (const { name, isDirectory } of await Array.fromAsync(Deno.readDir(beside))) {
    const path = `${beside}/${name}/evaluation.json`;
    if (!isDirectory || !await exists(path)) continue;
    const read = await readEvaluation(path).catch(() => null);
    // One of another version, or half written, is none of this report's business.
    if (read === null) continue;
    const { data: other, models } = read;
    if (other.source === data.source && other.rows === data.rows && other.clusters === data.clusters) continue;
    if (!other.columns.groups.some((group) => data.columns.groups.includes(group))) continue;
    const people = ({ rows, clusters, columns }: Evaluation["data"]) =>
      `${rows} rows${clusters === null ? "" : ` of ${clusters} ${columns.cluster}`}`;
    found.push(
      `Other people: the evaluation “${name}” (${models.map(({ name }) => name).join(", ")}) is about ${
        people(other)
      } from ${shownPath(other.source)}, this page about ${people(data)}. Where the two say different things, ` +
        "they differ in whom they measured.",
    );
  }
  return found.sort();
}

async function readReportRun(path: string): Promise<ReportRun> {
  const folder = path.replace(/(?<=.)[\\/]+$/, "");
  const file = await readRunFile(folder);
  const paths = await runPathsAt(folder, file.config.name);
  const { metrics, review } = paths;
  // What else lies there is of no run, or of another one.
  const reviewed = (name: string) => file.files && name in file.files.review ? `${review}/${name}` : null;
  await checkFiles(paths, file, ["adapter", "metrics", "review"]);
  const { evaluation, predictions } = await readPredictions(metrics);
  for (const { name, threshold } of evaluation.models) {
    if (threshold === null || threshold === file.thresholds[name as keyof RunFile["thresholds"]]) continue;
    throw new InputError(`${paths.runFile}: expected the thresholds of ${metrics}/evaluation.json, found others`);
  }
  const { baseModel } = await readAdapterConfig(`${folder}/adapter_config.json`);
  return {
    name: file.config.name,
    folder,
    file,
    base: describeBase(file, baseModel ?? file.config.model.source),
    adapter: await readAdapterFacts(`${folder}/adapter_model.safetensors`),
    evaluation,
    predictions,
    ...await readHistory(metrics),
    balance: await readBalance(reviewed("balance.csv")),
    trainedCounterfactuals: await countRows(reviewed("counterfactuals.csv")),
  };
}

/** Which model was adapted, without the paths of the machine. */
export function describeBase({ config, base }: Pick<RunFile, "config" | "base">, named: string): BaseModel {
  const known = findKnownModel(named);
  const onHub = /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(named) ? named : null;
  const hub = onHub ?? known?.name ?? null;
  const { pooling, queryInstruction, passageInstruction } = config.model;
  const use = known && {
    pooling: pooling === "auto" ? known.pooling : pooling,
    normalize: known.normalize,
    queryInstruction: queryInstruction === "auto" ? known.queryInstruction : queryInstruction,
    passageInstruction: passageInstruction === "auto" ? known.passageInstruction : passageInstruction,
  };
  return {
    hub,
    name: hub ?? shownPath(named).split(/[\\/]/).at(-1)!,
    licence: base?.licence ?? known?.licence ?? null,
    use: base ?? use ?? null,
    english: known !== undefined,
  };
}

async function readAdapterFacts(path: string): Promise<ReportRun["adapter"]> {
  const { tensors } = await openSafetensors(path);
  const sizes = [...tensors.values()].map(({ shape }) => shape.reduce((size, length) => size * length, 1));
  return {
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    fingerprint: await fileSha256(path),
  };
}

/** Text of a cell; an empty one is no 0. */
const number = z.string().min(1).pipe(z.coerce.number());

const BalanceSchema = z.object({
  step: z.enum(["resample", "weights", "batches"]),
  group: z.string(),
  label: number,
  before: number,
  after: number,
  weight: z.union([z.literal("").transform(() => null), number]),
});

async function readBalance(path: string | null): Promise<BalanceRow[]> {
  if (path === null || !await exists(path)) return [];
  const rows: BalanceRow[] = [];
  for await (const { row, values } of readTable(path)) {
    const { success, data } = BalanceSchema.safeParse(values);
    if (!success) throw new InputError(`${path}, row ${row}: expected what balancing did, found something else`);
    rows.push(data);
  }
  return rows;
}

async function countRows(path: string | null): Promise<number> {
  if (path === null || !await exists(path)) return 0;
  return (await Array.fromAsync(readTable(path))).length;
}

/** Reports are read elsewhere: reasons name no path of this machine. */
async function readData({ config, dataFingerprint }: RunFile): Promise<ReportData> {
  try {
    const data = await openDataset(config);
    if (data.fingerprint === dataFingerprint) return data;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { missing: "the table that the run was trained on could not be read when this report was made" };
  }
  return { missing: "the table that the run was trained on has changed since" };
}
