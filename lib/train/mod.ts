/** Fine-tuning, from a configuration to a finished run. @module */
export { adapterConfig } from "./adapter_config.ts";
export { applyOverride, type Config, describeIssue, loadConfig, parseConfig } from "./config.ts";
export { exampleColumns, readExamples } from "./dataset.ts";
export { evaluateRun } from "./evaluate_run.ts";
export { inferRun } from "./infer.ts";
export { HEAD, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
export { readRunFile, type RunFile } from "./run_file.ts";
export { trainRun } from "./train.ts";
export { compileTrainingStep } from "./training_step.ts";
export { selfCheck } from "./self_check.ts";
export { VERIFIED_MODELS, verifyDevice, type VerifyOptions } from "./verify_device.ts";
