/** What a notebook begins with: where it is, and what its cells need of each other. */
import { z } from "zod";
import { readJson } from "../files.ts";
import { projectFolder } from "../project_folder.ts";

const lines = z.union([z.string(), z.array(z.string()).transform((parts) => parts.join(""))]);
const NotebookSchema = z.object({ cells: z.array(z.object({ cell_type: z.string(), source: lines })) });

/**
 * Begins a notebook of the project: from now on paths start at the project's folder, as those in configurations do,
 * whereas editors start notebooks in their own. A name that another cell makes, used before that cell was run, is from
 * now on an error that says which cell to run.
 *
 * @param name Its file in `notebooks/`, without `.ipynb`.
 * @throws {InputError} If there is no such notebook.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { openNotebook } from "@fair-embeddings/lib";
 *
 * await openNotebook("01_data_exploration");
 * assert((await Deno.stat("deno.json")).isFile);
 * ```
 */
export async function openNotebook(name: string): Promise<void> {
  Deno.chdir(projectFolder());
  const { cells } = await readJson(`notebooks/${name}.ipynb`, NotebookSchema);
  for (const [made, cell] of madeNames(cells)) {
    // What is there is not ours, or was made by a cell that has run.
    const property = Object.getOwnPropertyDescriptor(globalThis, made);
    if (property !== undefined && !property.configurable) continue;
    Object.defineProperty(globalThis, made, {
      configurable: true,
      // A declaration in a cell hides this property of the global object.
      get: () => {
        throw new ReferenceError(`${made} is made by another cell: run ${cell} first`);
      },
    });
  }
}

/** `const`, `let` and what they unpack, at the beginning of a line: what a cell leaves to others. */
const DECLARATION = /^(?:const|let)\s+(\{[^}]*\}|\[[^\]]*\]|[\w$]+)/gm;

function* madeNames(cells: z.output<typeof NotebookSchema>["cells"]): Generator<[name: string, cell: string]> {
  let heading = "the beginning", number = 0;
  for (const { cell_type: kind, source } of cells) {
    if (kind === "markdown") heading = [...source.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? heading;
    if (kind !== "code") continue;
    number++;
    for (const [, target] of source.matchAll(DECLARATION)) {
      const names = /^[{[]/.test(target!)
        ? target!.slice(1, -1).split(",").map((part) => part.split("=")[0]!.split(":").at(-1)!)
        : [target!];
      for (
        const name of names.map((name) => name.trim().replace(/^\.\.\./, "")).filter((name) => /^[\w$]+$/.test(name))
      ) {
        yield [name, `code cell ${number}, under “${heading}”,`];
      }
    }
  }
}
