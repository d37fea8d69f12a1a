/** `deno task <verb>`: each verb declares its options, and calls one function. */
import { setColorEnabled } from "@std/fmt/colors";
import { Command, CommanderError } from "commander";
import { InputError } from "../errors.ts";
import { demoData } from "./demo_data.ts";
import { devices } from "./devices.ts";
import { evaluate } from "./evaluate.ts";
import { infer } from "./infer.ts";
import { metrics } from "./metrics.ts";
import { notebooks } from "./notebooks.ts";
import { prepare } from "./prepare.ts";
import { report } from "./report.ts";
import { sweep } from "./sweep.ts";
import { train } from "./train.ts";
import { verifyDeviceVerb } from "./verify_device.ts";

const VERBS = [
  train,
  sweep,
  evaluate,
  infer,
  prepare,
  metrics,
  demoData,
  notebooks,
  report,
  devices,
  verifyDeviceVerb,
];

if (import.meta.main) {
  setColorEnabled(Deno.stdout.isTerminal() && !Deno.noColor);
  const program = new Command("deno task")
    .description("Fine-tunes sentence encoders with LoRA and measures how they treat groups of people")
    .exitOverride();
  for (const verb of VERBS) program.addCommand(verb.exitOverride());
  try {
    await program.parseAsync(["deno", "task", ...Deno.args]);
  } catch (error) {
    // Commander has printed its own; the code is 0 after --help.
    if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? 0 : 2);
    if (!(error instanceof InputError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(2);
  }
}
