/** All that finished runs left behind, read for a report. */
import { z } from "zod";
import { type BalanceRow, type Dataset, openDataset, readTable } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { exists, fileError, sha256 } from "../files.ts";
import { type FullPredictions, type Quality, readOldPredictions, readQuality } from "../evaluate/mod.ts";
import { openSafetensors } from "../model/safetensors.ts";
import { readAdapterConfig } from "../model/peft.ts";
import {
  type EpochRecord,
  readHistory,
  readRunFile,
  type RunFile,
  type RunPaths,
  runPaths,
  type StepRecord,
} from "../train/mod.ts";

/** A finished run with everything that was measured of it. */
export interface ReportRun {
  /** As reports call it. */
  readonly name: string;
  /** Its folder, as it was given. */
  readonly folder: string;
  readonly file: RunFile;
  readonly adapter: {
    /** The base model as Python would name it, or null. */
    readonly baseModel: string | null;
    /** Numbers that were trained. */
    readonly parameters: number;
    /** SHA-256 of its weights' file. */
    readonly fingerprint: string;
  };
  readonly quality: Quality;
  /** The test split with the scores of both models. */
  readonly predictions: FullPredictions;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** What balancing did; empty for nothing. */
  readonly balance: readonly BalanceRow[];
  /** Twins of résumés that were trained on. */
  readonly trainedTwins: number;
}

/** The data of a run, or why they cannot be shown. */
export type ReportData = Dataset | { readonly missing: string };

/** What a report is about. */
export interface Report {
  readonly subject: ReportRun;
  /** Runs that it is compared with. */
  readonly others: readonly ReportRun[];
  /** Of the subject. */
  readonly data: ReportData;
}

/**
 * Reads finished runs, the first of which is the subject of the report, and the subject's data.
 *
 * @param folders Where `deno task train` left adapter and `run.json`; at least one.
 * @returns The report's contents.
 * @throws {InputError} If a folder holds no finished run, or a file of it is missing, damaged, or of another run.
 */
export async function readReport(folders: readonly string[]): Promise<Report> {
  const runs: ReportRun[] = [];
  for (const folder of folders) {
    const run = await readReportRun(folder);
    const taken = runs.filter(({ file }) => file.config.name === run.name).length;
    runs.push(taken === 0 ? run : { ...run, name: `${run.name} (${taken + 1})` });
  }
  const [subject, ...others] = runs;
  if (subject === undefined) throw new InputError("--run: expected the folder of a run, found none");
  return { subject, others, data: await readData(subject.file) };
}

async function readReportRun(path: string): Promise<ReportRun> {
  const folder = path.replace(/(?<=.)[\\/]+$/, "");
  const file = await readRunFile(folder);
  const { metrics, review } = await locate(folder, file.config.name);
  const quality = await readQuality(`${metrics}/quality.json`);
  const predictions = await readOldPredictions(metrics, file);
  for (const model of ["base", "tuned"] as const) {
    if (quality[model].threshold !== file.thresholds[model]) {
      throw new InputError(
        `${metrics}/quality.json: expected the thresholds of ${folder}/run.json, found another run's`,
      );
    }
  }
  if (predictions.rows.length !== quality.rows) {
    throw new InputError(
      `${metrics}/predictions.csv: expected the ${quality.rows} rows of quality.json, found ${predictions.rows.length}`,
    );
  }
  return {
    name: file.config.name,
    folder,
    file,
    adapter: await readAdapterFacts(folder),
    quality,
    predictions,
    ...await readHistory(metrics),
    balance: await readBalance(`${review}/balance.csv`),
    trainedTwins: await countRows(`${review}/counterfactuals.csv`),
  };
}

/** Runs with an output folder keep everything in it; runs by name keep their metrics in `reports/`. */
async function locate(folder: string, name: string): Promise<Pick<RunPaths, "metrics" | "review">> {
  const within = runPaths(name, folder), byName = runPaths(name);
  if (await exists(`${within.metrics}/quality.json`)) return within;
  const isByName = await exists(byName.adapter) && await Deno.realPath(byName.adapter) === await Deno.realPath(folder);
  if (isByName && await exists(`${byName.metrics}/quality.json`)) return byName;
  const expected = (isByName ? byName : within).metrics;
  throw new InputError(`${folder}: expected what the run measured in ${expected}, found no quality.json there`);
}

async function readAdapterFacts(folder: string): Promise<ReportRun["adapter"]> {
  const { baseModel } = await readAdapterConfig(`${folder}/adapter_config.json`);
  const path = `${folder}/adapter_model.safetensors`;
  const { tensors } = await openSafetensors(path);
  const sizes = [...tensors.values()].map(({ shape }) => shape.reduce((size, length) => size * length, 1));
  return {
    baseModel,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
    fingerprint: await sha256(await readBytes(path)),
  };
}

const BalanceSchema = z.object({
  step: z.enum(["resample", "weights", "batches"]),
  group: z.string(),
  label: z.coerce.number(),
  before: z.coerce.number(),
  after: z.coerce.number(),
  weight: z.string().transform((text) => text === "" ? null : Number(text)),
});

async function readBalance(path: string): Promise<BalanceRow[]> {
  if (!await exists(path)) return [];
  const rows: BalanceRow[] = [];
  for await (const { row, values } of readTable(path)) {
    const { success, data } = BalanceSchema.safeParse(values);
    if (!success) throw new InputError(`${path}, row ${row}: expected what balancing did, found something else`);
    rows.push(data);
  }
  return rows;
}

async function countRows(path: string): Promise<number> {
  if (!await exists(path)) return 0;
  let rows = 0;
  for await (const _ of readTable(path)) rows++;
  return rows;
}

/** Reports are read elsewhere: reasons name no path of this machine. */
async function readData({ config, dataFingerprint }: RunFile): Promise<ReportData> {
  let data: Dataset;
  try {
    data = await openDataset(config);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { missing: "the table that the run was trained on could not be read when this report was made" };
  }
  if (data.fingerprint === dataFingerprint) return data;
  return { missing: "the table that the run was trained on has changed since" };
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}
