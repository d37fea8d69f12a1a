/** `deno task <verb>`: each verb declares its options, and calls one function. */
import { Command } from "commander";
import { runTyped } from "./command.ts";
import { auditModelVerb } from "./audit_model.ts";
import { demoData } from "./demo_data.ts";
import { devices } from "./devices.ts";
import { evaluate } from "./evaluate.ts";
import { explain } from "./explain.ts";
import { exportVerb } from "./export.ts";
import { infer } from "./infer.ts";
import { init } from "./init.ts";
import { join } from "./join.ts";
import { metrics } from "./metrics.ts";
import { mine } from "./mine.ts";
import { notebooks } from "./notebooks/command.ts";
import { prepare } from "./prepare.ts";
import { report } from "./report.ts";
import { sweep } from "./sweep.ts";
import { train } from "./train.ts";
import { verifyDeviceVerb } from "./verify_device.ts";

/** Every verb, in the order of a run's life. */
export const VERBS = [
  init,
  train,
  sweep,
  evaluate,
  infer,
  mine,
  exportVerb,
  explain,
  prepare,
  join,
  metrics,
  auditModelVerb,
  demoData,
  notebooks,
  report,
  devices,
  verifyDeviceVerb,
];

if (import.meta.main) {
  const program = new Command("deno task")
    .description("Fine-tunes sentence encoders with LoRA and measures how they treat groups of people");
  for (const verb of VERBS) program.addCommand(verb);
  await runTyped(program);
}
