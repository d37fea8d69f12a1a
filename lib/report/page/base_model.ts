/** What reports and model cards call the base model. */
import { findKnownModel } from "../../model/registry.ts";
import type { ReportRun } from "../report_run.ts";
import type { RunFile } from "../../train/mod.ts";

/** A base model, as far as it can be known elsewhere than on the machine that has it. */
export interface BaseModel {
  /** Its name on the Hugging Face hub; `null` for a folder that is no known model. */
  readonly hub: string | null;
  /** For a sentence. */
  readonly name: string;
  /** SPDX identifier; `null` if unknown. */
  readonly licence: string | null;
  /** How it pools, and what it puts before texts; `null` if unknown. */
  readonly use: Omit<NonNullable<RunFile["base"]>, "licence"> | null;
  /** Whether it is known to be one for English. */
  readonly english: boolean;
}

/**
 * Says which model was adapted, without the paths of the machine.
 *
 * @param file The run's file.
 * @param adapter What the adapter says of its base model.
 * @returns Name, licence and use.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "../../train/config.ts";
 * import { baseModel } from "./base_model.ts";
 *
 * const file = { config: parseConfig({ model: { source: "/home/ann/models/gte-small" } }) };
 * const { hub, licence, use } = baseModel(file, { baseModel: "/home/ann/models/gte-small" });
 * assertEquals([hub, licence, use?.pooling], ["thenlper/gte-small", "MIT", "mean"]);
 * ```
 */
export function baseModel(
  { config, base }: Pick<RunFile, "config" | "base">,
  adapter: Pick<ReportRun["adapter"], "baseModel">,
): BaseModel {
  const named = adapter.baseModel ?? config.model.source;
  const known = findKnownModel(named);
  const onHub = /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(named) ? named : null;
  const hub = onHub ?? known?.name ?? null;
  const { pooling, queryInstruction, passageInstruction } = config.model;
  const said = known && {
    pooling: pooling === "auto" ? known.pooling : pooling,
    normalize: known.normalize,
    queryInstruction: queryInstruction === "auto" ? known.queryInstruction : queryInstruction,
    passageInstruction: passageInstruction === "auto" ? known.passageInstruction : passageInstruction,
  };
  return {
    hub,
    name: hub ?? lastPart(named),
    licence: base?.licence ?? known?.licence ?? null,
    use: base ?? said ?? null,
    english: known !== undefined,
  };
}

/**
 * The name of the model that was adapted.
 *
 * @param file The run's file.
 * @param adapter What the adapter says of its base model.
 * @returns A hub's name, or the name of a folder.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "../../train/config.ts";
 * import { modelName } from "./base_model.ts";
 *
 * assertEquals(modelName({ config: parseConfig({}) }, { baseModel: "/home/ann/own" }), "own");
 * ```
 */
export function modelName(
  file: Pick<RunFile, "config" | "base">,
  adapter: Pick<ReportRun["adapter"], "baseModel">,
): string {
  return baseModel(file, adapter).name;
}

/**
 * A path that says nothing of the machine: what is absolute is shortened to its last part.
 *
 * @param path A path from a configuration.
 * @returns The path, or its last part.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shownPath } from "./base_model.ts";
 *
 * assertEquals(shownPath("data/raw/demo.csv"), "data/raw/demo.csv");
 * assertEquals([shownPath("/home/ann/pairs.csv"), shownPath("C:\\ann\\pairs.csv")], ["pairs.csv", "pairs.csv"]);
 * ```
 */
export function shownPath(path: string): string {
  return /^([\\/~]|[A-Za-z]:)|(^|[\\/])\.\.([\\/]|$)/.test(path) ? lastPart(path) : path;
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).filter((part) => part !== "").at(-1) ?? path;
}
