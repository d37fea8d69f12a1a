import { assertEquals, assertRejects } from "@std/assert";
import { toDataFrame } from "./data_frame.ts";
import { permittedTest } from "../_testing.ts";

permittedTest("toDataFrame() keeps cells, columns and undefined values", async () => {
  const frame = await toDataFrame([{ group: "a", auc: 0.75 }, { group: "b", auc: null }]);
  assertEquals(frame.columns, ["group", "auc"]);
  assertEquals(frame.values, [["a", 0.75], ["b", null]] as typeof frame.values);
  const sizes = (await toDataFrame([{ g: "x", n: 3 }, { g: "x", n: 4 }])).groupby(["g"]).col(["n"]).sum();
  assertEquals(sizes.values, [["x", 7]]);
});

Deno.test("toDataFrame() refuses no rows and rows with other columns", async () => {
  await assertRejects(() => toDataFrame([]), RangeError, "at least one row");
  await assertRejects(() => toDataFrame([{ a: 1 }, { b: 1 }]), RangeError, "columns a in row 1, found b");
});
