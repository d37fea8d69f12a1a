/** `deno task notebooks`: runs the notebooks and renders them to pages. */
import { verb } from "./command.ts";
import { NOTEBOOKS_OPTIONS, runNotebooksCommand } from "./notebooks/command.ts";

export const notebooks = verb(
  [
    "notebooks",
    "Run the notebooks with Deno's Jupyter kernel and render them to reports/ as pages that open offline",
    "deno task notebooks",
    "deno task notebooks --only 03",
  ],
  NOTEBOOKS_OPTIONS,
  async (options) => await runNotebooksCommand(options),
);
