/** `deno task join`: the parts of a table become the file that one process would have written. */
import { z } from "zod";
import { joinParts } from "../data/mod.ts";
import { lockOutput } from "../lock.ts";
import { option, path, verb } from "./command.ts";
import { folderOf, keepOnly } from "./permissions.ts";

export const join = verb(
  [
    "join",
    "Join what `infer`, `prepare` or `mine` wrote with --shard, after checking that no part is missing or of another table",
    "deno task join --output scored.csv",
  ],
  z.object({
    output: option(path, "-o, --output <file>", "as it was given to the parts, which are in <file>.parts/"),
  }),
  async ({ output }) => {
    await keepOnly({ write: [folderOf(output)] });
    await using _output = await lockOutput(output, "file");
    const { rows, parts } = await joinParts(output);
    console.log(`${rows} rows of ${parts} parts   ${output}`);
  },
);
