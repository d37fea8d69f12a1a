/** Everything that is fuzzed. */
import type { Target } from "../target.ts";
import { commandLine } from "./command_line.ts";
import { CONFIGURATIONS } from "./configurations.ts";
import { HUB } from "./hub.ts";
import { MODELS } from "./models.ts";
import { paths } from "./paths.ts";
import { runTargets } from "./runs.ts";
import { TABLES } from "./tables.ts";
import { textTargets } from "./texts.ts";

/** All targets, in the order of a run's life. */
export async function allTargets(): Promise<Target[]> {
  return [
    paths,
    commandLine,
    ...TABLES,
    ...await textTargets(),
    ...CONFIGURATIONS,
    ...MODELS,
    ...HUB,
    ...await runTargets(),
  ];
}
