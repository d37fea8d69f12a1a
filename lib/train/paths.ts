/** Where a run keeps its files. */
import type { Kept } from "./selection.ts";

/** The folders and files of one run. */
export interface RunPaths {
  /** The adapter, as PEFT keeps it, and `run.json`. */
  readonly adapter: string;
  readonly runFile: string;
  /** The state that `--resume` continues from. */
  readonly checkpoint: string;
  /** Tables and histories, without texts. */
  readonly metrics: string;
  /** What was done to the data, with pieces of résumés: never among the reports, which are published. */
  readonly review: string;
}

/**
 * The paths of a run: in the project's folders by its name, or all together under one folder.
 *
 * @param name The run's name.
 * @param output The one folder, if there is to be one.
 * @returns Paths; nothing is made.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { runPaths } from "./paths.ts";
 *
 * assertEquals(runPaths("demo").adapter, "models/lora_adapters/demo");
 * assertEquals(runPaths("demo", "/tmp/x").metrics, "/tmp/x/metrics");
 * assertEquals(runPaths("demo").review, "data/processed/demo");
 * ```
 */
export function runPaths(name: string, output?: string): RunPaths {
  const adapter = output ?? `models/lora_adapters/${name}`;
  return {
    adapter,
    runFile: `${adapter}/run.json`,
    checkpoint: `${output === undefined ? `models/checkpoints/${name}` : `${output}/checkpoint`}/state.safetensors`,
    metrics: output === undefined ? `reports/metrics/${name}` : `${output}/metrics`,
    review: output === undefined ? `data/processed/${name}` : `${output}/review`,
  };
}

/** Where the adapter of an epoch that was kept for some reason goes, beside the checkpoint: a PEFT folder each. */
export function keptFolder({ checkpoint }: RunPaths, kind: Kept): string {
  return checkpoint.replace(/[^/]*$/, `best_${kind}`);
}
