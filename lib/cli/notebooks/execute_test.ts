import { assertEquals, assertRejects } from "@std/assert";
import { CellFailure, executeNotebook } from "./execute.ts";
import type { Kernel, KernelMessage } from "./kernel.ts";
import type { CodeCell, Notebook } from "./notebook.ts";

const cell = (source: string): CodeCell => ({
  cell_type: "code",
  source,
  metadata: {},
  execution_count: 9,
  outputs: [{ output_type: "stream", name: "stdout", text: "of an earlier run" }],
});
const notebook = (...cells: CodeCell[]): Notebook => ({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
const stream = (text: string, name = "stdout"): KernelMessage => ({ type: "stream", content: { name, text } });
const display = (text: string, id?: string, type = "display_data"): KernelMessage => ({
  type,
  content: { data: { "text/plain": text }, metadata: {}, transient: id === undefined ? {} : { display_id: id } },
});

/** A kernel whose cells send the messages of this table. */
function fakeKernel(messages: Record<string, KernelMessage[]>): Kernel {
  return {
    execute: (code, receive) => {
      for (const message of messages[code] ?? []) receive(message);
      const error = { name: "TypeError", message: "boom", traceback: ["TypeError: boom", "    at <anonymous>:1:1"] };
      return Promise.resolve(code === "fail" ? error : null);
    },
    interrupt: () => {},
    stop: () => Promise.resolve(),
  };
}

async function outputs(...cells: KernelMessage[][]): Promise<CodeCell["outputs"][]> {
  const kernel = fakeKernel(Object.fromEntries(cells.map((messages, i) => [`${i}`, messages])));
  const done = await executeNotebook(notebook(...cells.map((_, i) => cell(`${i}`))), kernel);
  return done.cells.map((cell) => (cell as CodeCell).outputs);
}

Deno.test("executeNotebook() joins what a cell prints and keeps the order of outputs", async () => {
  assertEquals(await outputs([stream("a"), stream("b"), stream("c", "stderr"), display("d"), stream("e")], []), [[
    { output_type: "stream", name: "stdout", text: "ab" },
    { output_type: "stream", name: "stderr", text: "c" },
    { output_type: "display_data", data: { "text/plain": "d" }, metadata: {} },
    { output_type: "stream", name: "stdout", text: "e" },
  ], []]);
});

Deno.test("executeNotebook() updates displays where they are, also from a later cell", async () => {
  const update = (text: string) => display(text, "live", "update_display_data");
  const [first, second] = await outputs([display("0%", "live"), display("other"), update("50%")], [update("100%")]);
  assertEquals(first, [
    { output_type: "display_data", data: { "text/plain": "100%" }, metadata: {} },
    { output_type: "display_data", data: { "text/plain": "other" }, metadata: {} },
  ]);
  assertEquals(second, []);
});

Deno.test("executeNotebook() clears outputs, at once or when the next comes", async () => {
  const clear = (wait: boolean): KernelMessage => ({ type: "clear_output", content: { wait } });
  const [now, later, kept] = await outputs(
    [stream("a"), clear(false), stream("b")],
    [stream("a"), clear(true), stream("b"), stream("c")],
    [stream("a"), clear(true)],
  );
  assertEquals(now, [{ output_type: "stream", name: "stdout", text: "b" }]);
  assertEquals(later, [{ output_type: "stream", name: "stdout", text: "bc" }]);
  assertEquals(kept, [{ output_type: "stream", name: "stdout", text: "a" }]);
});

Deno.test("executeNotebook() counts code cells, leaves the notebook alone and stops at a failure", async () => {
  const given = notebook(cell("0"), cell("\n  fail"), cell("2"));
  given.cells.unshift({ cell_type: "markdown", source: "# A", metadata: {} });
  given.cells[2]!.source = "fail";
  const before = structuredClone(given);
  const seen: number[] = [];
  const failure = await assertRejects(
    () => executeNotebook(given, fakeKernel({}), (number) => seen.push(number)),
    CellFailure,
    "code cell 2 (fail): TypeError: boom\n    at <anonymous>:1:1",
  );
  assertEquals(failure.number, 2);
  assertEquals(seen, [1, 2]);
  assertEquals(given, before);
});
