/** Runs the cells of a notebook, and gathers what they print and display. */
import type { CellError, Kernel, KernelMessage } from "./kernel.ts";
import type { CodeCell, Notebook, Output } from "./notebook.ts";

/** A cell that failed: which, and how. */
export class CellFailure extends Error {
  override readonly name = "CellFailure";

  /** @param number Of the cell among the code cells, from 1, as the notebook shows it in brackets. */
  constructor(readonly number: number, readonly source: string, readonly error: CellError) {
    const [thrown, ...where] = error.traceback;
    const trace = where.length > 0 && thrown!.includes(error.message) ? `\n${where.join("\n")}` : "";
    super(`code cell ${number} (${firstLine(source)}): ${error.name}: ${error.message}${trace}`);
  }
}

/**
 * Runs the code cells of a notebook from top to bottom, on a kernel that has not run anything yet. `onCell`: Called
 * before each code cell with its number, from 1. Returns the notebook with what came of it; the one given is not
 * changed. Throws a CellFailure if a cell throws.
 */
export async function executeNotebook(
  notebook: Notebook,
  kernel: Kernel,
  onCell: (number: number) => void = () => {},
): Promise<Notebook> {
  const done = structuredClone(notebook);
  const cells = done.cells.filter((cell) => cell.cell_type === "code");
  const collect = outputCollector();
  for (const [i, cell] of cells.entries()) {
    onCell(i + 1);
    cell.execution_count = i + 1;
    cell.outputs = [];
    const error = await kernel.execute(cell.source, collect(cell));
    if (error !== null) throw new CellFailure(i + 1, cell.source, error);
  }
  return done;
}

/** Makes, for each cell, what adds the kernel's messages to its outputs. Displays may be updated by later cells. */
function outputCollector(): (cell: CodeCell) => (message: KernelMessage) => void {
  const displays = new Map<string, Extract<Output, { output_type: "display_data" }>[]>();
  return (cell) => {
    let clearNext = false;
    const add = (output: Output) => {
      if (clearNext) cell.outputs.length = 0;
      clearNext = false;
      cell.outputs.push(output);
    };
    return ({ type, content }) => {
      const id: string | undefined = content.transient?.display_id;
      if (type === "stream") {
        const last = clearNext ? undefined : cell.outputs.at(-1);
        if (last?.output_type === "stream" && last.name === content.name) last.text += content.text;
        else add({ output_type: "stream", name: content.name, text: content.text });
      } else if (type === "display_data") {
        const output = { output_type: type, data: content.data, metadata: content.metadata } as const;
        if (id !== undefined) displays.set(id, [...displays.get(id) ?? [], output]);
        add(output);
      } else if (type === "update_display_data") {
        const { data, metadata } = content;
        for (const output of displays.get(id!) ?? []) Object.assign(output, { data, metadata });
      } else if (type === "execute_result") {
        const { data, metadata } = content;
        add({ output_type: type, data, metadata, execution_count: cell.execution_count });
      } else if (type === "clear_output") {
        if (content.wait) clearNext = true;
        else cell.outputs.length = 0;
      }
    };
  };
}

/** The first line of a cell, shortened. */
export function firstLine(source: string): string {
  const line = source.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
  return line.length <= 60 ? line : line.slice(0, 59) + "…";
}
