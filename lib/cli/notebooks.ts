/** `deno task notebooks`: runs the notebooks and renders them to pages. */
import { z } from "zod";
import { flag, option, optionalText, texts, verb } from "./command.ts";
import { runNotebooksCommand } from "./notebooks/command.ts";

export const notebooks = verb(
  ["notebooks", "Run the notebooks with Deno's Jupyter kernel and render them to reports/ as pages that open offline"],
  z.object({
    only: option(texts, "--only <name>", "a notebook, or the beginning of its name, such as 01; repeatable"),
    renderOnly: option(flag, "--render-only", "render the outputs that the notebooks have, without running them"),
    standalone: option(flag, "--standalone", "put Plotly into each page instead of a file that they share"),
    output: option(
      optionalText,
      "-o, --output <folder>",
      "write notebooks, pages and figures here; the project stays as it is",
    ),
  }),
  async (options) => await runNotebooksCommand(options),
);
