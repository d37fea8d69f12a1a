/** `deno task mine`: résumés that a model takes for matches and that are none, to train it on. */
import { yellow } from "@std/fmt/colors";
import { dirname } from "@std/path";
import { z } from "zod";
import { partPath, tableFormat } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { makeFolder, refuseSameFile } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { tableText } from "../report/mod.ts";
import { loadConfig, mineNegatives } from "../train/mod.ts";
import { deviceOption, option, optionalPath, path, texts, verb } from "./command.ts";
import { folderOf, keepOnly, keepOnlyFor } from "./permissions.ts";
import { PAIR_OPTIONS, SHARD_OPTION, TABLE_FORMATS } from "./table_options.ts";

const WHOLE = "expected a whole number above 0";
const count = z.int(WHOLE).positive(WHOLE);
const ratio = z.number("expected a number");

const MINE_OPTIONS = z.object({
  input: option(path, "-i, --input <file>", `${TABLE_FORMATS}: labelled pairs, or FlagEmbedding's lines of queries`),
  output: option(path, "-o, --output <file>", "a .jsonl file: query, pos, neg, pos_scores, neg_scores"),
  run: option(optionalPath, "-r, --run <folder>", "mine with the model of this run"),
  config: option(optionalPath, "-c, --config <file>", "mine with the base model of this configuration"),
  set: option(texts, "-s, --set <key=value>", "override a key of --config; repeatable"),
  window: option(
    z.string().regex(/^\d+-\d+$/, "expected two ranks such as 10-210").default("10-210"),
    "--window <from-to>",
    "ranks among all résumés but the matches; the first may match though nobody said so",
  ),
  negatives: option(count.default(15), "-n, --negatives <number>", "of each query, at most"),
  sample: option(
    z.enum(["random", "top"]).default("random"),
    "--sample <how>",
    "drawn from the window, or its first ones",
  ),
  margin: option(ratio.exactOptional(), "--margin <cosine>", "leave out what scores above the lowest match less this"),
  relativeMargin: option(
    ratio.exactOptional(),
    "--relative-margin <share>",
    "the same, as a share of that score: 0.05",
  ),
  duplicates: option(
    ratio.default(0.98),
    "--duplicates <cosine>",
    "leave out what is as near as this to a match: the same text, written otherwise",
  ),
  seed: option(z.int("expected a whole number").default(42), "--seed <number>", "of what is drawn"),
  ...SHARD_OPTION,
  device: deviceOption("the configuration's"),
  ...PAIR_OPTIONS,
});

export const mine = verb(
  [
    "mine",
    "Find résumés that a model takes for a job's matches and that are none, and write FlagEmbedding's training lines",
    "deno task mine --input data/processed/pairs.csv --config configs/bge-small.json --output mined.jsonl",
    "deno task mine --input mined.jsonl --run models/lora_adapters/mine --margin 0.05 --output mined-again.jsonl",
  ],
  MINE_OPTIONS,
  async (options) => {
    const { run, config, input, output, window, shard, device, set, ...rules } = options;
    if ((run === undefined) === (config === undefined)) {
      throw new InputError(`mine: expected either --run or --config, found ${run === undefined ? "none" : "both"}`);
    }
    if (run !== undefined && set.length > 0) {
      throw new InputError(
        `--set: expected --config with it, found --run, whose configuration is what it was trained with`,
      );
    }
    if (tableFormat(output).format !== "jsonl") {
      throw new InputError(`--output: expected a .jsonl file, found ${output}`);
    }
    refuseSameFile("mine", input, output);
    const [from, to] = window.split("-").map(Number) as [number, number];
    if (from >= to) throw new InputError(`--window: expected a rank and a higher one, found ${window}`);
    const model = run ?? await loadConfig(config!, device ? [...set, `device=${device}`] : set);
    if (typeof model === "string") await keepOnlyFor(model, folderOf(output), input);
    else await keepOnly({ write: [folderOf(output)], source: model.model.source, tables: [input] });
    const place = shard ? partPath(output, shard) : output;
    await makeFolder(dirname(place));
    await using _output = await lockOutput(place, "file");
    const report = await mineNegatives({
      ...rules,
      device,
      model,
      input,
      output,
      shard,
      window: [from, to],
      table: options,
    });
    const { queries, negatives, nearDuplicates, aboveMargin, short } = report;
    console.log(
      `${queries} queries, ${negatives} negatives; within the windows left out: ${nearDuplicates} near duplicates of ` +
        `matches, ${aboveMargin} above the margin   ${place}`,
    );
    if (short > 0) console.log(yellow(`! ${short} queries have fewer than ${rules.negatives} negatives`));
    const percent = (share: number) => `${(100 * share).toFixed(0)}%`;
    console.log(tableText({
      title: "Whose résumés they are",
      columns: ["attribute", "group", "of all", "of the negatives"],
      rows: report.groups.map((
        { attribute, group, corpus, mined },
      ) => [attribute, group, percent(corpus), percent(mined)]),
    }));
    for (const note of report.notes) console.log(yellow(`! ${note}`));
  },
);
