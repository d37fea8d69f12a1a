import { assertAlmostEquals, assertEquals } from "@std/assert";
import { add, cast } from "./elementwise.ts";
import { topologicalOrder } from "./gradients.ts";
import { gather } from "./layout.ts";
import { evaluate } from "./reference.ts";
import { input, weight } from "./tensor.ts";
import { widenTables } from "./widen_tables.ts";

Deno.test("widenTables() leaves no float16 but the weights and their casts, and changes no value", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(Float16Array.of(1, -2, 0.5, 8, 3, -0.25, 7, 9).buffer));
  const table = weight("table", [4, 2], "float16", { path, byteOffset: 0, byteLength: 16 });
  const i = input("i", ["n"], "int32"), j = input("j", ["n"], "int32");
  const graph = { sum: add(cast(gather(table, i), "float32"), cast(gather(table, j), "float32")) };
  const widened = widenTables(graph);

  const feeds = { i: { shape: [3], data: [3, 0, 1] }, j: { shape: [3], data: [2, 2, 0] } };
  const [before, after] = [evaluate(graph, feeds).sum!, evaluate(widened, feeds).sum!];
  before.data.forEach((value, k) => assertAlmostEquals(after.data[k]!, value, 0));
  const gathers = topologicalOrder([widened.sum!]).filter((node) => node.op === "Gather");
  assertEquals(gathers.map((node) => node.inputs[0]!.dtype), ["float32", "float32"]);
  await Deno.remove(path);
});
