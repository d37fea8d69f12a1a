/** `deno task infer`: scores or embeddings for new data. */
import { z } from "zod";
import { inferRun } from "../train/mod.ts";
import { deviceOption, option, optionalPath, optionalText, texts, verb } from "./command.ts";
import { folderOf, keepOnlyFor } from "./permissions.ts";
import { COLUMN_OPTION, SHARD_OPTION, TABLE_FORMATS, TABLE_OPTIONS } from "./table_options.ts";
import { RUN_OPTION } from "./evaluate.ts";

export const infer = verb(
  [
    "infer",
    "Score new pairs, or embed texts, with a run's adapter",
    "deno task infer --run models/lora_adapters/mine --input new_pairs.csv --output scored.csv",
  ],
  z.object({
    run: RUN_OPTION,
    input: option(optionalPath, "-i, --input <file>", `${TABLE_FORMATS}, with the columns of the run's configuration`),
    output: option(
      optionalPath,
      "-o, --output <file>",
      "where the rows go, with their scores: .csv, .tsv or .jsonl",
    ),
    embed: option(
      optionalText,
      "--embed <column>",
      "write the embedding of this column's texts instead of scores; needs a .jsonl output",
    ),
    text: option(texts, "--text <text>", "embed this text and print the result as a line of JSON; repeatable"),
    dimensions: option(
      z.int("expected a whole number").positive("expected a whole number above 0").exactOptional(),
      "--dimensions <number>",
      "only so many numbers of each embedding, for a run with training.matryoshka",
    ),
    ...SHARD_OPTION,
    device: deviceOption("where the run's configuration says"),
    precision: option(
      z.enum(["fp32", "int8"]).exactOptional(),
      "--precision <precision>",
      "fp32, or int8: faster on processors with VNNI, scores change in the third digit; default: what the run was evaluated in",
    ),
    role: option(
      z.enum(["job", "resume"]).default("resume"),
      "--role <role>",
      "whether --text or --embed holds a job or a resume",
    ),
    ...TABLE_OPTIONS,
    ...COLUMN_OPTION,
  }),
  async (options) => {
    await keepOnlyFor(options.run, folderOf(options.output), options.input);
    await inferRun({ ...options, table: options });
  },
);
