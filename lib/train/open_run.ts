/** A finished run, ready to be used. */
import type { Config } from "./config.ts";
import { InputError } from "../errors.ts";
import { type Parameters, readAdapter } from "../model/mod.ts";
import { readRunFile, type RunFile } from "./run_file.ts";
import { openModel, type RunModel } from "./setup.ts";

/** What a finished run consists of. */
export interface FinishedRun {
  readonly file: RunFile;
  readonly model: RunModel;
  /** The adapter's parameters. */
  readonly parameters: Parameters;
}

/**
 * Opens the folder of a finished run: its configuration, its base model and its adapter.
 *
 * @param folder Where `deno task train` left adapter and run file.
 * @param device Where to run it; by default where the run's configuration says.
 * @returns The run, its encoder not compiled yet.
 * @throws {InputError} When the folder holds no run, the base model is not the one it was trained on, or the adapter
 *   does not fit.
 */
export async function openRun(folder: string, device?: Config["device"]): Promise<FinishedRun> {
  const file = await readRunFile(folder);
  const model = await openModel(device ? { ...file.config, device } : file.config, "inference");
  if (model.fingerprint !== file.modelFingerprint) {
    throw new InputError(
      `${folder}: the run was trained on other weights than ${file.config.model.source} has now`,
    );
  }
  const { config, modules, parameters } = await readAdapter(folder, model.files.config);
  return { file, model: { ...model, adapter: config, spec: { ...model.spec, lora: modules } }, parameters };
}
